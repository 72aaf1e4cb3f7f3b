"""Fetching the locked jars."""

import contextlib
import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.errors import FetchError
from app.engine.fetch import fetch_jars, from_repository
from app.engine.report import Advance, Report
from tests.engine.children import Spoken
from tests.engine.repository import Repository, content, jar, raising, sending

ONE, TWO = "org.example:one:1.0", "org.example:two:2.0"
JARS = (jar(ONE), jar(TWO))
NO_NETWORK = raising(OSError("Failed to resolve 'repository.example'"))


def fetch(repository: Repository, folder: Path) -> None:
    fetch_jars(JARS, folder, Spoken().report, repository.fetch, pause=0.0)


def test_every_jar_is_fetched(tmp_path: Path) -> None:
    fetch(Repository(), tmp_path)

    assert (tmp_path / "one-1.0.jar").read_bytes() == content(ONE)
    assert (tmp_path / "two-2.0.jar").read_bytes() == content(TWO)


def test_what_is_there_and_right_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "one-1.0.jar").write_bytes(content(ONE))
    repository = Repository()

    fetch(repository, tmp_path)

    assert repository.asked == {"two": 1}


def test_what_is_there_and_wrong_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "one-1.0.jar").write_bytes(content(ONE)[:-1])

    fetch(Repository(), tmp_path)

    assert (tmp_path / "one-1.0.jar").read_bytes() == content(ONE)


def test_a_jar_that_fails_is_tried_again(tmp_path: Path) -> None:
    repository = Repository(one=[NO_NETWORK, NO_NETWORK, sending(b"half")])

    fetch(repository, tmp_path)

    assert repository.asked == {"one": 4, "two": 1}
    assert (tmp_path / "one-1.0.jar").read_bytes() == content(ONE)


def test_half_a_file_of_a_fetch_that_was_killed_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "one-1.0.jar.part").write_bytes(content(ONE)[:5])

    fetch(Repository(), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["one-1.0.jar", "two-2.0.jar"]


def test_a_wrong_checksum_is_never_accepted(tmp_path: Path) -> None:
    wrong = sending(b"x" * len(content(ONE)))

    with pytest.raises(FetchError) as refused:
        fetch(Repository(one=[wrong] * 4), tmp_path)

    assert str(refused.value) == (
        "one-1.0.jar arrived damaged 4 times (its checksum is not the one that is locked); "
        "something between here and the repository changes files. Try again from another network."
    )
    assert not (tmp_path / "one-1.0.jar").exists()


def test_without_a_network_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FetchError) as refused:
        fetch(Repository(one=[NO_NETWORK] * 4), tmp_path)

    assert str(refused.value) == (
        "one-1.0.jar could not be fetched: there is no network. Elasticsearch is fetched once, "
        "so the first start needs the internet; connect this machine (or set HTTPS_PROXY) and "
        "start again, or set LOGFEED_ELASTICSEARCH_URL to a cluster that runs already."
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("[Errno 101] Network is unreachable", "there is no network"),
        ("[Errno -2] Name or service not known", "there is no network"),
        ("Temporary failure in name resolution", "there is no network"),
        ("ProxyError: failed to resolve 'proxy'", "the proxy cannot be used"),
        ("Read timed out. (read timeout=30)", "the repository does not answer in time"),
        ("[Errno 111] Connection refused", "the connection is refused"),
        ("certificate verify failed", "the certificate of the connection is not trusted"),
        ("Artifact not found in remote repositories", "the repository does not hand it out"),
        ("IncompleteRead(5 bytes read)", "the connection broke off"),
    ],
)
def test_the_reason_is_given_in_plain_words(tmp_path: Path, said: str, meant: str) -> None:
    with pytest.raises(FetchError, match=f"^one-1.0.jar could not be fetched: {meant}\\. "):
        fetch(Repository(one=[raising(RuntimeError(said))] * 4), tmp_path)


def test_a_full_disk_is_not_tried_again(tmp_path: Path) -> None:
    full = raising(OSError(errno.ENOSPC, "No space left on device"))
    repository = Repository(one=[full] * 4)

    with pytest.raises(OSError, match="No space left on device"):
        fetch(repository, tmp_path)

    assert repository.asked["one"] == 1


def test_a_jar_that_cannot_be_fetched_ends_those_on_their_way(tmp_path: Path) -> None:
    began, ended = threading.Event(), threading.Event()

    def endless(path: Path, advance: Advance) -> None:
        began.set()
        try:
            while True:
                advance(1)
        finally:
            ended.set()

    def fail(path: Path, advance: Advance) -> None:
        began.wait()
        NO_NETWORK(path, advance)

    with pytest.raises(FetchError):
        fetch(Repository(one=[fail] * 4, two=[endless]), tmp_path)

    assert ended.is_set()


class Counting(Report):
    """A report that only adds up the progress."""

    done = 0

    @contextlib.contextmanager
    def bar(self, what: str, total: int | None) -> Iterator[Advance]:
        yield self._advance

    def _advance(self, size: int) -> None:
        self.done += size


def test_progress_counts_only_what_stays(tmp_path: Path) -> None:
    counting = Counting()
    repository = Repository(one=[sending(b"x" * 30)] * 3)

    fetch_jars(JARS[:1], tmp_path, counting, repository.fetch, pause=0.0)

    assert counting.done == len(content(ONE))


def test_the_real_repository_behind_a_proxy_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    real = from_repository(tmp_path / "scratch")

    with pytest.raises(FetchError, match="the proxy cannot be used"):
        fetch_jars(JARS, tmp_path, Spoken().report, real, pause=0.0)
