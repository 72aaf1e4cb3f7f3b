"""Exports through the real server: flat memory, clients that go away, errors in the middle."""

import subprocess
import sys
import threading
from http.client import HTTPException, HTTPResponse, IncompleteRead
from urllib.request import urlopen

import psutil
import pytest

from app.domain.entry import LogEntry
from app.domain.errors import OutOfTimeError, StoreUnavailableError
from app.domain.filters import Filter
from app.domain.raw_records import raw_record
from app.domain.reading import Cancellation, Position, RawPage, Stretch
from app.settings import Settings
from tests.builders import NOON_NS, entry
from tests.engine.eventually import eventually
from tests.http.live import SECONDS, live

_MIB = 2**20


class Endless:
    """Gives the same thousand records for ever, or ``ends_after`` times.

    Attributes:
        pages: how many were read.
        error: raised in place of the last page.
        cancelled: a reading was told that nobody waits for it.
    """

    def __init__(self, ends_after: int = 10**9, error: Exception | None = None) -> None:
        self._ends_after = ends_after
        self.error = error
        self.pages = 0
        self.waits = threading.Event()
        self.holds_at = 0
        self.cancelled = threading.Event()
        self._records = [raw_record(entry(f"{n}", message="x" * 1_000)) for n in range(1_000)]

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        assert cancellation is not None
        self.pages += 1
        if self.pages == self.holds_at:
            cancellation.call(self.cancelled.set)
            self.waits.set()
            self.cancelled.wait(SECONDS)
        is_last = self.pages >= self._ends_after
        if is_last and self.error is not None:
            raise self.error
        if self.pages > self._ends_after:
            return RawPage([], [], None)
        place = Position(NOON_NS, 0, f"{self.pages}")
        return RawPage(
            self._records, [place] * 1_000, None if is_last else place, is_partial=False, total=1
        )

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        return None

    def last_sequence(self, filter: Filter) -> int | None:
        return None


def begun(port: int) -> HTTPResponse:
    made = urlopen(f"http://127.0.0.1:{port}/logs/export", timeout=SECONDS)
    assert isinstance(made, HTTPResponse)
    return made


def grown_by_a_long_export() -> int:
    """Bytes that this process grows by while it sends 300 MiB, the first ten left out."""
    records = Endless(ends_after=300)
    process = psutil.Process()
    with live(records=records) as server, begun(server.port) as answer:
        answer.read(10 * _MIB)
        before = process.memory_info().rss
        most, size = before, 0
        while piece := answer.read(_MIB):
            size += len(piece)
            most = max(most, process.memory_info().rss)

    assert size > 300 * _MIB
    return most - before


def test_a_long_export_takes_no_more_memory_than_a_short_one() -> None:
    # In a process of its own: this one holds what other tests have left, some of which still grows.
    measure = "from tests.http.test_streaming import grown_by_a_long_export as it; print(it())"
    grown = subprocess.run(
        [sys.executable, "-c", measure], capture_output=True, text=True, check=True, timeout=300
    )

    assert int(grown.stdout) < 40 * _MIB


def test_a_client_that_reads_slowly_is_not_read_ahead_for() -> None:
    records = Endless()
    with live(records=records) as server, begun(server.port) as answer:
        answer.read(100)
        # The kernel's buffers and ours: some pages; then nothing more is read.
        settled = [0]

        def stands_still() -> bool:
            is_same = settled[0] == records.pages > 0
            settled[0] = records.pages
            threading.Event().wait(0.5)
            return is_same

        eventually(stands_still, "the reading stands still")
        assert records.pages < 30


def test_when_the_client_has_gone_nothing_more_is_read() -> None:
    records = Endless()
    with live(Settings(threads=1), records=records) as server:
        answer = begun(server.port)
        answer.read(100)
        answer.close()

        # The one thread that there is answers this as soon as it has ended the export.
        with server.connected() as other:
            other.send(b"GET /logs/export?level=no HTTP/1.1\r\nHost: here\r\n\r\n")
            assert other.answer().status == 400
        seen = records.pages
        threading.Event().wait(0.3)
        assert records.pages == seen


def test_a_search_is_told_when_nobody_waits_for_it() -> None:
    records = Endless()
    records.holds_at = 1
    with live(records=records) as server:
        with server.connected() as connection:
            connection.send(b"GET /logs HTTP/1.1\r\nHost: here\r\n\r\n")
            assert records.waits.wait(SECONDS)

        assert records.cancelled.wait(SECONDS)


@pytest.mark.parametrize(
    "error", [StoreUnavailableError("away"), OutOfTimeError("late"), RuntimeError("a bug")]
)
def test_an_error_in_the_middle_cuts_the_answer_before_its_end(error: Exception) -> None:
    with live(records=Endless(ends_after=5, error=error)) as server:
        answer = begun(server.port)
        with pytest.raises((HTTPException, ConnectionError)) as caught:
            answer.read()

    assert isinstance(caught.value, IncompleteRead | ConnectionError)


def test_the_server_goes_on_after_a_cut() -> None:
    records = Endless(ends_after=5, error=StoreUnavailableError("away"))
    with live(records=records) as server:
        with pytest.raises((HTTPException, ConnectionError)):
            begun(server.port).read()
        records.pages, records.error = 0, None

        assert len(begun(server.port).read()) > 5 * _MIB
