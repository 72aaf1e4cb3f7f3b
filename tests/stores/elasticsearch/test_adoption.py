"""What processes have left in their logs is shipped, also where a log cannot be read at first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.domain.outcomes import Status
from app.stores.elasticsearch.actions import Action, create_action, from_lines
from app.stores.elasticsearch.adoption import Adopter
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.bulk import Answer
from app.stores.elasticsearch.shipper import Shipper
from app.stores.write_ahead_log.log import LogUnavailableError, WriteAheadLog
from tests.engine.eventually import eventually

Read = Callable[[WriteAheadLog, int], bytes]


class Observed:
    """What a shipper tells of its work."""

    def __init__(self) -> None:
        self.in_log = 0
        self.created = 0

    def logged(self, records: int) -> None:
        self.in_log += records

    def settled(self, status: Status, records: int) -> None:
        assert status is Status.CREATED or not records
        self.created += records


class Process:
    """Adopts what others have left, and sends it to an Elasticsearch that takes all."""

    def __init__(self, folder: Path) -> None:
        self.stored: set[str] = set()
        self.observed = Observed()
        self.shipper = Shipper(self._send, print, print, self.observed, senders=1)
        self.adopter = Adopter(folder, self.shipper, allow_volatile=True, look_seconds=0.05)

    def _send(self, lines: bytes, count: int) -> list[Answer] | None:
        self.stored.update(action.id for action in from_lines(lines))
        return None

    def stop(self) -> None:
        self.adopter.stop()
        self.shipper.close(0)
        self.adopter.leave_all()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Process]]:
    started: list[Process] = []

    def start_one() -> Process:
        started.append(Process(tmp_path))
        return started[-1]

    yield start_one
    for process in started:
        process.stop()


def leave(folder: Path, *names: str) -> None:
    """A log of a process that has died, with one record a group."""
    log = WriteAheadLog(folder, allow_volatile=True)
    for name in names:
        log.append(batch_of([action(name)]).lines)
    log.close()


def action(name: str) -> Action:
    return create_action(name, "logfeed-default-2024.01.01-000001", b"{}")


@pytest.mark.parametrize("error", [LogUnavailableError("too many open files"), MemoryError()])
def test_a_log_that_cannot_be_read_at_first_is_shipped_whole_and_so_are_others(
    tmp_path: Path,
    start: Callable[[], Process],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    leave(tmp_path / "first", "a", "b", "c")
    leave(tmp_path / "second", "d")
    read, failures = WriteAheadLog.read, [error, error, error]

    def read_later(log: WriteAheadLog, lsn: int) -> bytes:
        if lsn == 2 and failures:
            raise failures.pop()
        return read(log, lsn)

    monkeypatch.setattr(WriteAheadLog, "read", read_later)
    process = start()

    eventually(lambda: process.stored == {"a", "b", "c", "d"}, "all is shipped")
    assert failures == []
    assert process.shipper.drain(30.0)
    assert (process.observed.in_log, process.observed.created) == (4, 4)
    leave(tmp_path / "third", "e")
    eventually(lambda: "e" in process.stored, "the next log is adopted")


def test_a_stop_does_not_wait_for_the_rest_of_a_log_which_the_next_process_ships(
    tmp_path: Path, start: Callable[[], Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number}" for number in range(100)]
    leave(tmp_path / "one", *names)
    read, reads = WriteAheadLog.read, []
    is_reading, go_on = threading.Event(), threading.Event()

    def slow_read(log: WriteAheadLog, lsn: int) -> bytes:
        if threading.current_thread().name == "log-adopter":
            reads.append(lsn)
            is_reading.set()
            assert go_on.wait(60.0)
        return read(log, lsn)

    monkeypatch.setattr(WriteAheadLog, "read", slow_read)
    process = start()
    assert is_reading.wait(60.0)

    with ThreadPoolExecutor(1) as thread:
        stopping = thread.submit(process.stop)
        eventually(process.adopter._stopping.is_set, "it is told to stop")  # noqa: SLF001
        go_on.set()
        stopping.result(60.0)

    assert reads == [1]
    monkeypatch.undo()
    after = start()
    eventually(lambda: process.stored | after.stored == set(names), "the rest is shipped")
