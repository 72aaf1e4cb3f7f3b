"""Fetches the locked jars: in parallel, tried again, checked; a fetch that broke off goes on."""

import contextlib
import errno
import functools
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver

from app.engine.errors import FetchError
from app.engine.jars import Jar
from app.engine.report import Advance, Report

#: Puts the file of a jar at a path, telling how many bytes have come.
FetchJar = Callable[[Jar, Path, Advance], None]

_AT_ONCE = 6
_TRIES = 4

#: What the disk says, not the network; to try again would not help.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})

_DAMAGED = "its checksum is wrong"


class _StoppedError(Exception):
    """Another jar failed, or someone asked for the end."""


def fetch_jars(
    jars: Sequence[Jar],
    folder: Path,
    report: Report,
    fetch: FetchJar,
    pause: float = 1.0,
    what: str = "Elasticsearch",
) -> None:
    """Bring every jar into ``folder``; those that are there already and are right stay.

    A jar that fails is tried again after ``pause`` seconds, then after twice as many, and so on.

    Raises:
        FetchError: a jar cannot be fetched, or what comes is not what is locked.
        OSError: the folder cannot be written.
    """
    missing = [jar for jar in jars if not jar.matches(folder / jar.file_name)]
    total = sum(jar.size for jar in missing)
    stop = threading.Event()
    with (
        report.bar(f"fetching {what}", total) as advance,
        ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool,
    ):
        work = [pool.submit(_bring, jar, folder, fetch, advance, stop, pause) for jar in missing]
        try:
            for item in as_completed(work):
                item.result()
        except BaseException:
            # Also Ctrl-C: those that wait are dropped, those on their way end with the next bytes.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _bring(
    jar: Jar, folder: Path, fetch: FetchJar, advance: Advance, stop: threading.Event, pause: float
) -> None:
    reason = ""
    scratch = folder / f"{jar.file_name}.part"
    for attempt in range(_TRIES):
        if attempt and stop.wait(pause * 2 ** (attempt - 1)):
            raise _StoppedError
        came = 0

        def count(size: int) -> None:
            nonlocal came
            if stop.is_set():
                raise _StoppedError
            came += size
            advance(size)

        try:
            fetch(jar, scratch, count)
        except (OSError, RuntimeError, AssertionError) as error:
            # What jgo raises for no network, a refused name, a missing file and a broken answer.
            if isinstance(error, OSError) and error.errno in _DISK:
                raise
            reason = _plain(error)
        else:
            if jar.matches(scratch):
                scratch.replace(folder / jar.file_name)
                return
            reason = _DAMAGED
        # The bar counts only what stays.
        advance(-came)
    if reason == _DAMAGED:
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
    # A proxy first: that it cannot be reached is said in the words of any other host.
    if "proxy" in text:
        return "the proxy cannot be used"
    if any(word in text for word in ("resolve", "resolution", "name or service", "unreachable")):
        return "there is no network"
    if "timed out" in text or "timeout" in text:
        return "the repository does not answer in time"
    if "refused" in text:
        return "the connection is refused"
    if "certificate" in text or "ssl" in text:
        return "the certificate of the connection is not trusted"
    if "not found in remote" in text:
        return "the repository does not hand it out"
    return "the connection broke off"


def from_repository(scratch: Path) -> FetchJar:
    """Fetches from jgo's own repository, through the folder ``scratch``."""

    def fetch(jar: Jar, path: Path, advance: Advance) -> None:
        # A folder a jar, empty at first: jgo takes a file that lies there as whole, even if it is
        # half a file of a fetch that broke off.
        own = scratch / jar.file_name
        shutil.rmtree(own, ignore_errors=True)
        resolver = PythonResolver(progress_callback=functools.partial(_progress, advance))
        context = MavenContext(resolver=resolver, repo_cache=own, timeout=30)
        group, artifact, version, *classifier = jar.coordinate.split(":")
        component = context.project(group, artifact).at_version(version)
        component.artifact(classifier="".join(classifier)).resolve().replace(path)

    return fetch


@contextlib.contextmanager
def _progress(advance: Advance, _name: str, _size: int) -> Iterator[Advance]:
    yield advance
