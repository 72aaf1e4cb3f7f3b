"""A client outside of the service that writes without end and keeps a list of what was acknowledged.

It retries by id, as shippers do, so what it was not told about may be stored; what it was told about
must be.
"""

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import urllib3

from tests.engine.eventually import DEADLINE

#: Results that promise that a record is, or will be, stored.
_ACKNOWLEDGED = {"created", "duplicate", "accepted"}

Record = dict[str, Any]


def usual(number: int) -> Record:
    """A record of today; ``number`` counts them."""
    return {"level": "INFO", "service": "driver", "message": f"record {number}"}


class Driver:
    """Writes batches from several threads until it is stopped.

    Args:
        ledger: file that gets every acknowledged id, at once.
        ack: what each write waits for.
        make: makes the records; each is given an id beside.
        batch: records in one request.
        pause: seconds between two requests of a thread, so that the others get something of the
            processors.
        timeout: seconds after which an answer is not waited for any more.

    Attributes:
        sends_unnamed: after each batch, one record is written by itself and without an id; can be set
            at any time.
        statuses: how often each HTTP status was answered, 0 for no answer.
        outcomes: how often each outcome of a record was answered.
        seconds: how long each acknowledged write took.
        refusal_seconds: how long each answer took that was a 429 or 503.
        hollow_refusals: answers of these two without a Retry-After.
    """

    def __init__(
        self,
        url: str,
        ledger: Path,
        *,
        ack: str = "stored",
        threads: int = 4,
        make: Callable[[int], Record] = usual,
        batch: int = 5,
        pause: float = 0.03,
        timeout: float = 120.0,
    ) -> None:
        self._url = f"{url}/api/v1/logs/batch?ack={ack}"
        self._single_url = f"{url}/api/v1/logs?ack={ack}"
        self.sends_unnamed = False
        self._ledger = ledger.open("a", encoding="ascii")
        self._make = make
        self._batch = batch
        self._pause = pause
        self._timeout = timeout
        self._numbers = count()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._progress = threading.Condition(self._lock)
        self.statuses: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.refusal_seconds: list[float] = []
        self.hollow_refusals = 0
        self.acknowledged: set[str] = set()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int, seconds: float = DEADLINE) -> None:
        """Wait until so many more records have been acknowledged."""
        with self._progress:
            target = len(self.acknowledged) + more
            done = self._progress.wait_for(lambda: len(self.acknowledged) >= target, seconds)
            assert done, f"only {len(self.acknowledged)} of {target} acknowledged: {self.statuses}"

    def wait_for_status(self, status: int, times: int = 1, seconds: float = DEADLINE) -> None:
        """Wait until a status has been answered so many times more; 0 is no answer."""
        with self._progress:
            target = self.statuses[status] + times
            done = self._progress.wait_for(lambda: self.statuses[status] >= target, seconds)
            assert done, f"waited for {status} in vain: {self.statuses}"

    def stop(self) -> set[str]:
        """End, and return every id that was acknowledged; again is harmless."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._ledger.close()
        return self.acknowledged

    def _write(self) -> None:
        with urllib3.PoolManager(retries=False, timeout=self._timeout) as http:
            while not self._stopping.is_set():
                records = [
                    {"id": uuid4().hex, **self._make(next(self._numbers))}
                    for _ in range(self._batch)
                ]
                while records and not self._stopping.is_set():
                    records = self._send(http, records)
                if self.sends_unnamed:
                    self._send_unnamed(http)
                self._stopping.wait(self._pause)

    def _send(self, http: urllib3.PoolManager, records: list[Record]) -> list[Record]:
        """The records that must be sent again."""
        started = time.monotonic()
        try:
            answer = http.request("POST", self._url, json={"logs": records})
        except urllib3.exceptions.HTTPError:
            self._note(0, [], 0.0)
            self._stopping.wait(0.05)
            return records
        seconds = time.monotonic() - started
        results = json.loads(answer.data).get("results", [])
        self._note(answer.status, results, seconds, has_advice="Retry-After" in answer.headers)
        if answer.status >= 429:
            self._stopping.wait(0.05)
        # What is refused for good will not fare better the next time.
        done = {r.get("log_id") for r in results if r["status"] in _ACKNOWLEDGED | {"rejected"}}
        return [record for record in records if record["id"] not in done]

    def _send_unnamed(self, http: urllib3.PoolManager) -> None:
        """Without an id it is not sent again: it would be another record."""
        started = time.monotonic()
        try:
            answer = http.request("POST", self._single_url, json=self._make(next(self._numbers)))
        except urllib3.exceptions.HTTPError:
            self._note(0, [], 0.0)
            return
        seconds = time.monotonic() - started
        result = json.loads(answer.data)
        results = [{"status": "created", **result}] if answer.status < 300 else []
        self._note(answer.status, results, seconds, has_advice="Retry-After" in answer.headers)

    def _note(
        self, status: int, results: list[Any], seconds: float, *, has_advice: bool = False
    ) -> None:
        with self._progress:
            self.statuses[status] += 1
            if status in {429, 503}:
                self.refusal_seconds.append(seconds)
                self.hollow_refusals += not has_advice
            self.outcomes.update(result["status"] for result in results)
            ids = [r["log_id"] for r in results if r["status"] in _ACKNOWLEDGED]
            if ids:
                self.seconds.append(seconds)
                self.acknowledged.update(ids)
                self._ledger.writelines(f"{name}\n" for name in ids)
                self._ledger.flush()
            self._progress.notify_all()


@contextlib.contextmanager
def driving(url: str, ledger: Path, **how: Any) -> Iterator[Driver]:
    """A driver that writes for as long as the block takes, at most."""
    driver = Driver(url, ledger, **how)
    try:
        yield driver
    finally:
        driver.stop()
