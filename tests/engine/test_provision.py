"""What a node runs on, put together in the cache folder."""

import errno
import platform
import threading
from pathlib import Path

import pytest

from app.engine.errors import FetchError
from app.engine.java import java_version
from app.engine.locks import locked
from app.engine.provision import Installation, provision
from app.engine.report import Advance
from tests.engine.children import Spoken
from tests.engine.eventually import eventually
from tests.engine.repository import Repository, content, lock_line, raising

SERVER = "org.elasticsearch:elasticsearch:9.5.3"
NETTY = "io.netty:netty-buffer:4.1"
TRANSPORT = "org.elasticsearch.plugin:transport-netty4:9.5.3"
FULL = raising(OSError(errno.ENOSPC, "No space left on device"))


class Cache:
    """A cache folder that has Java already, and a lock of three jars."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cache"
        self.java = self.folder / f"java-{java_version()}-{platform.machine()}"
        self.java.mkdir(parents=True)
        self.lock = folder / "lock"
        self.lock.write_text("".join(map(lock_line, (SERVER, NETTY, TRANSPORT))), encoding="ascii")
        self.spoken = Spoken()

    def provide(self, repository: Repository) -> Installation:
        return provision(self.folder, self.spoken.report, repository.fetch, self.lock)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path)


def test_netty_is_put_into_a_module_of_its_own_and_the_rest_on_the_class_path(
    cache: Cache,
) -> None:
    made = cache.provide(Repository())

    assert made.java_home == cache.java
    jars = {path.relative_to(made.home).as_posix() for path in made.home.glob("**/*.jar")}
    assert jars == {
        "lib/elasticsearch-9.5.3.jar",
        "modules/transport-netty4/netty-buffer-4.1.jar",
        "modules/transport-netty4/transport-netty4-9.5.3.jar",
    }
    descriptor = made.home / "modules" / "transport-netty4" / "plugin-descriptor.properties"
    assert "elasticsearch.version=9.5.3\n" in descriptor.read_text(encoding="utf-8")


def test_the_second_time_nothing_is_fetched(cache: Cache) -> None:
    first = cache.provide(Repository())
    repository = Repository()

    assert cache.provide(repository) == first

    assert not repository.asked


def test_nothing_but_the_result_is_left_in_the_folder(cache: Cache) -> None:
    made = cache.provide(Repository())

    assert {path.name for path in cache.folder.iterdir()} == {
        made.home.name,
        cache.java.name,
        "fetch.lock",
    }


def test_a_fetch_that_broke_off_goes_on_where_it_was(cache: Cache) -> None:
    def fail_after_the_others(path: Path, advance: Advance) -> None:
        eventually(lambda: len(list(path.parent.glob("*.jar"))) == 2, "the others have come")
        FULL(path, advance)

    with pytest.raises(FetchError):
        cache.provide(Repository(elasticsearch=[fail_after_the_others]))
    repository = Repository()

    made = cache.provide(repository)

    assert repository.asked == {"elasticsearch": 1}
    assert (made.home / "lib" / "elasticsearch-9.5.3.jar").read_bytes() == content(SERVER)


@pytest.mark.parametrize("damage", ["removed", "cut", "added"])
def test_an_installation_that_is_not_as_locked_is_made_anew(cache: Cache, damage: str) -> None:
    made = cache.provide(Repository())
    jar = made.home / "lib" / "elasticsearch-9.5.3.jar"
    match damage:
        case "removed":
            jar.unlink()
        case "cut":
            jar.write_bytes(content(SERVER)[:3])
        case _:
            (made.home / "lib" / "of-an-older-version.jar").touch()

    cache.provide(Repository())

    assert [path.name for path in (made.home / "lib").glob("*.jar")] == [jar.name]
    assert jar.read_bytes() == content(SERVER)


def test_two_installations_that_share_the_folder_fetch_once(cache: Cache) -> None:
    first, second = Repository(), Repository()
    at_work = [
        threading.Thread(target=cache.provide, args=(repository,)) for repository in (first, second)
    ]

    for thread in at_work:
        thread.start()
    for thread in at_work:
        thread.join()

    assert first.asked + second.asked == {
        "elasticsearch": 1,
        "netty-buffer": 1,
        "transport-netty4": 1,
    }


def test_who_waits_for_another_to_fetch_is_told_so(cache: Cache) -> None:
    waiting = threading.Thread(target=cache.provide, args=(Repository(),))

    def never() -> None:
        pytest.fail("the lock is free")

    with locked(cache.folder / "fetch.lock", when_taken=never):
        waiting.start()
        eventually(lambda: cache.spoken.count("another Logfeed fetches"), "it says why it waits")
    waiting.join()

    assert cache.spoken.count("Elasticsearch 9.5.3 is in") == 1


def test_a_cache_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FetchError) as refused:
        provision(tmp_path / "file" / "cache", Spoken().report)

    assert str(refused.value) == (
        f"The cache folder {tmp_path / 'file' / 'cache'} cannot be used (Not a directory); "
        "make it writable, or choose another with LOGFEED_CACHE_DIR."
    )


def test_a_disk_that_fills_up_on_the_way_is_said(cache: Cache) -> None:
    with pytest.raises(FetchError, match=r"cannot be used \(No space left on device\)"):
        cache.provide(Repository(elasticsearch=[FULL]))
