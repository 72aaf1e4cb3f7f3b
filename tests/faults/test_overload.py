"""Ten times as much as Elasticsearch takes: refused with advice, never lost, never hoarded."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.driver import Driver, Record, driving, usual
from tests.faults.middleman import PassOn, middleman_to, well
from tests.faults.oracle import Oracle

pytestmark = pytest.mark.es

MIB = 1024 * 1024
#: The least that the setting allows, so that it is reached soon.
LOG_BYTES = 64 * MIB
#: After the log is full for the first time.
SECONDS = 60.0
#: Records that are offered for each that Elasticsearch takes, at least.
TIMES = 10
#: More records of this size than one bulk request carries.
BULK = 600
#: What a process may take more than at its start: what waits in memory, what is in flight, the answers.
MOST_MORE = 256 * MIB
BATCH = 50
WORDS = " ".join(f"word{number}" for number in range(200))


class Slow:
    """One request at a time, and each only when so much has been offered that it stays an overload.

    Attributes:
        driver: who offers; until it is known, nothing is taken.
        is_over: requests pass without waiting from then on.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._taken = 0
        self.driver: Driver | None = None
        self.is_over = threading.Event()

    def __call__(self, pass_on: PassOn) -> bytes:
        with self._turn:
            self._taken += BULK
            while self.offered() < TIMES * self._taken and not self.is_over.wait(0.1):
                pass
            return pass_on()

    def offered(self) -> int:
        """How many records were sent to the API, whatever it answered."""
        # A list first: its threads go on counting meanwhile.
        return BATCH * sum(list(self.driver.statuses.values())) if self.driver else 0


def large(number: int) -> Record:
    return usual(number) | {"message": f"{number} {WORDS * 10}"}


@contextmanager
def watched(served: Api) -> Iterator[list[int]]:
    """Its memory, looked at again and again."""
    seen = [served.memory()]
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            seen.append(served.memory())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def test_ten_times_too_much(
    tmp_path: Path,
    es_url: str,
    es_prefix: str,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    with (
        middleman_to(es_url) as middleman,
        api(
            tmp_path / "data",
            middleman.url,
            es_prefix,
            LOGFEED_LOG_BYTES=str(LOG_BYTES),
            LOGFEED_ACKNOWLEDGE_DEADLINE="1",
        ) as served,
    ):
        served.start()
        ledger = tmp_path / "acknowledged"
        slow = middleman.manner = Slow()
        with (
            watched(served) as memory,
            driving(
                served.url, ledger, ack="accepted", threads=4, batch=BATCH, pause=0, make=large
            ) as driver,
        ):
            slow.driver = driver
            driver.wait_for_status(429)
            threading.Event().wait(SECONDS)
            taken = len(driver.acknowledged) - served.pending()
            assert slow.offered() > TIMES * taken, "that was no overload"
            middleman.manner = well
            slow.is_over.set()
            driver.wait_for_status(202, times=20)
            acknowledged = driver.stop()

        record_testsuite_property("overload_mib_more", (max(memory) - memory[0]) // MIB)
        assert driver.statuses.keys() == {202, 429}
        assert driver.hollow_refusals == 0, "a refusal without advice"
        assert max(memory) - memory[0] < MOST_MORE
        oracle = Oracle(es_url, es_prefix)
        oracle.holds(acknowledged)
        assert oracle.dead() == {}
        eventually(lambda: served.pending() == 0, "nothing waits any more")
        oracle.holds_one_more(served.post([large(0)]))
