"""What a node runs on: Java and Elasticsearch in the cache folder, fetched once, shared by all."""

import contextlib
import dataclasses
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from app.engine.errors import FetchError
from app.engine.fetch import FetchJar, fetch_jars, from_repository
from app.engine.jars import ELASTICSEARCH_VERSION, JAR_LOCK, Jar, read_lock
from app.engine.java import install_java, java_version
from app.engine.locks import locked
from app.engine.preflight import check_cache_disk
from app.engine.report import Report
from app.engine.zstd import provide_zstd

_DESCRIPTOR = f"""\
description=Netty 4 HTTP and transport
version={ELASTICSEARCH_VERSION}
elasticsearch.version={ELASTICSEARCH_VERSION}
name=transport-netty4
classname=org.elasticsearch.transport.netty4.Netty4Plugin
java.version=21
has.native.controller=false
"""


@dataclasses.dataclass(frozen=True)
class Installation:
    """The parts of a node, fetched and checked.

    Attributes:
        home: Elasticsearch's home folder; read only for the node.
        java_home: the Java runtime.
        has_zstd: whether the codec ``best_compression`` works.
    """

    home: Path
    java_home: Path
    has_zstd: bool


def provision(
    cache_dir: Path, report: Report, fetch: FetchJar | None = None, lock: Path = JAR_LOCK
) -> Installation:
    """Fetch into ``cache_dir`` what is missing of the jars in ``lock``; nothing on a second call.

    Installations that share the folder wait for each other.

    Raises:
        FetchError: a part cannot be fetched or is damaged, or the folder cannot be written.
        PreflightError: the disk of the folder is too full for what is missing.
    """
    # The machine is in the name: a cache on a shared home serves several kinds of machine.
    java_home = cache_dir / f"java-{java_version()}-{platform.machine()}"
    home = cache_dir / f"elasticsearch-{ELASTICSEARCH_VERSION}"
    jars = read_lock(lock)
    with _exclusive(cache_dir, report):
        if not java_home.is_dir() or not _complete(home, jars):
            check_cache_disk(cache_dir)
        if not java_home.is_dir():
            install_java(java_home, report)
            report.say(f"Java {java_version()} is in {cache_dir}")
        if not _complete(home, jars):
            _install_elasticsearch(home, jars, report, fetch)
            report.say(f"Elasticsearch {ELASTICSEARCH_VERSION} is in {cache_dir}")
        return Installation(home, java_home, provide_zstd(home))


@contextlib.contextmanager
def _exclusive(cache_dir: Path, report: Report) -> Iterator[None]:
    def wait() -> None:
        report.say(f"another Logfeed fetches into {cache_dir}; waiting for it ...")

    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with locked(cache_dir / "fetch.lock", when_taken=wait):
            yield
    except OSError as error:
        raise FetchError(
            f"The cache folder {cache_dir} cannot be used ({error.strerror or error}); make it "
            "writable, or choose another with LOGFEED_CACHE_DIR."
        ) from None


def _place(jar: Jar) -> str:
    return "modules/transport-netty4" if jar.is_transport else "lib"


def _complete(home: Path, jars: tuple[Jar, ...]) -> bool:
    """Whether exactly the locked jars lie in ``home``; by size, as hashing costs every start."""
    wanted = {f"{_place(jar)}/{jar.file_name}": jar.size for jar in jars}
    found = {
        str(path.relative_to(home)): path.stat().st_size for path in home.glob("**/*.jar")
    }  # fmt: skip
    return wanted == found


def _install_elasticsearch(
    home: Path, jars: tuple[Jar, ...], report: Report, fetch: FetchJar | None
) -> None:
    staged = home.with_name(f"{home.name}.partial")
    # Jars first lie side by side, so that a fetch that broke off finds what it has.
    fetched, repository = staged / "fetched", staged / "repository"
    fetched.mkdir(parents=True, exist_ok=True)
    fetch_jars(jars, fetched, report, fetch or from_repository(repository))
    built = staged / "home"
    shutil.rmtree(built, ignore_errors=True)
    for jar in jars:
        target = built / _place(jar) / jar.file_name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fetched / jar.file_name, target)
    descriptor = built / "modules" / "transport-netty4" / "plugin-descriptor.properties"
    descriptor.write_text(_DESCRIPTOR, encoding="utf-8")
    shutil.rmtree(home, ignore_errors=True)
    built.rename(home)
    shutil.rmtree(staged, ignore_errors=True)
