"""Fetches the locked jars: in parallel, tried again, checked; a fetch that broke off goes on."""

import contextlib
import functools
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver

from app.engine.errors import FetchError
from app.engine.jars import Jar
from app.engine.report import Advance, Report

#: Puts the file of a jar at a path, telling how many bytes have come.
FetchJar = Callable[[Jar, Path, Advance], None]

_AT_ONCE = 6
_TRIES = 4


def fetch_jars(jars: Sequence[Jar], folder: Path, report: Report, fetch: FetchJar) -> None:
    """Bring every jar into ``folder``; those that are there already and are right stay.

    Raises:
        FetchError: a jar cannot be fetched, or what comes is not what is locked.
        OSError: the folder cannot be written.
    """
    missing = [jar for jar in jars if not jar.matches(folder / jar.file_name)]
    total = sum(jar.size for jar in missing)
    stop = threading.Event()
    with (
        report.bar("fetching Elasticsearch", total) as advance,
        ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool,
    ):
        work = [pool.submit(_bring, jar, folder, fetch, advance, stop) for jar in missing]
        try:
            for item in work:
                item.result()
        except BaseException:
            # Also Ctrl-C: those that wait are dropped, those on their way end with their file.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _bring(
    jar: Jar, folder: Path, fetch: FetchJar, advance: Advance, stop: threading.Event
) -> None:
    reason = ""
    for attempt in range(_TRIES):
        if attempt and stop.wait(2.0**attempt / 2):
            break
        scratch = folder / f"{jar.file_name}.part"
        scratch.unlink(missing_ok=True)
        try:
            fetch(jar, scratch, advance)
        except (OSError, RuntimeError, AssertionError) as error:
            # What jgo raises for no network, a refused name, a missing file and a broken answer.
            reason = _plain(error)
            continue
        if jar.matches(scratch):
            scratch.replace(folder / jar.file_name)
            return
        reason = "its checksum is wrong"
    if reason == "its checksum is wrong":
        raise FetchError(
            f"{jar.file_name} arrived damaged {_TRIES} times (its checksum is not the one that "
            "is locked); something between here and the repository changes files. "
            "Try again from another network."
        )
    raise FetchError(
        f"{jar.file_name} could not be fetched: {reason}. Elasticsearch is fetched once, so the "
        "first start needs the internet; connect this machine (or set HTTPS_PROXY) and start "
        "again, or set LOGFEED_ELASTICSEARCH_URL to a cluster that runs already."
    )


def _plain(error: BaseException) -> str:
    """The reason in a few words; the libraries wrap it in several layers of their own names."""
    text = str(error).lower()
    if any(word in text for word in ("resolve", "resolution", "name or service", "unreachable")):
        return "there is no network"
    if "timed out" in text or "timeout" in text:
        return "the repository does not answer in time"
    if "proxy" in text:
        return "the proxy refuses"
    if "refused" in text:
        return "the connection is refused"
    if "certificate" in text or "ssl" in text:
        return "the certificate of the connection is not trusted"
    if "not found in remote" in text:
        return "the repository does not hand it out"
    return type(error).__name__


def from_repository(scratch: Path) -> FetchJar:
    """Fetches from jgo's own repository, through the folder ``scratch``."""

    def fetch(jar: Jar, path: Path, advance: Advance) -> None:
        resolver = PythonResolver(progress_callback=functools.partial(_progress, advance))
        context = MavenContext(resolver=resolver, repo_cache=scratch, timeout=30)
        group, artifact, version, *classifier = jar.coordinate.split(":")
        component = context.project(group, artifact).at_version(version)
        found = component.artifact(classifier="".join(classifier))
        # jgo takes a file that lies there as whole: half a file of a broken fetch must go first.
        shutil.rmtree(scratch / component.path_prefix, ignore_errors=True)
        found.resolve().replace(path)

    return fetch


@contextlib.contextmanager
def _progress(advance: Advance, _name: str, _size: int) -> Iterator[Advance]:
    yield advance
