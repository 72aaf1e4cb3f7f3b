"""A client outside of the service that writes without end and keeps a list of what was acknowledged.

It retries by id, as shippers do, so what it was not told about may be stored; what it was told about
must be.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import urllib3

#: Results that promise that a record is, or will be, stored.
_ACKNOWLEDGED = {"created", "duplicate", "accepted"}


class Driver:
    """Writes batches from several threads until it is stopped.

    Args:
        ledger: file that gets every acknowledged id, at once.
        ack: what each write waits for.

    Attributes:
        statuses: how often each HTTP status was answered, 0 for no answer.
        seconds: how long each acknowledged write took.
    """

    def __init__(self, url: str, ledger: Path, *, ack: str = "stored", threads: int = 4) -> None:
        self._url = f"{url}/api/v1/logs/batch?ack={ack}"
        self._ledger = ledger.open("a", encoding="ascii")
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._progress = threading.Condition(self._lock)
        self.statuses: dict[int, int] = {}
        self.seconds: list[float] = []
        self.acknowledged: set[str] = set()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int, seconds: float = 60.0) -> None:
        """Wait until so many more records have been acknowledged."""
        with self._progress:
            target = len(self.acknowledged) + more
            done = self._progress.wait_for(lambda: len(self.acknowledged) >= target, seconds)
            assert done, f"only {len(self.acknowledged)} of {target} acknowledged: {self.statuses}"

    def stop(self) -> set[str]:
        """End, and return every id that was acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._ledger.close()
        return self.acknowledged

    def _write(self) -> None:
        with urllib3.PoolManager(retries=False, timeout=30.0) as http:
            while not self._stopping.is_set():
                records = [
                    {
                        "id": uuid4().hex,
                        "level": "INFO",
                        "service": "driver",
                        "message": f"record {n}",
                    }
                    for n in range(5)
                ]
                while records and not self._stopping.is_set():
                    records = self._send(http, records)

    def _send(
        self, http: urllib3.PoolManager, records: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """The records that must be sent again."""
        started = time.monotonic()
        try:
            answer = http.request("POST", self._url, json={"logs": records})
        except urllib3.exceptions.HTTPError:
            self._note(0, [], 0.0)
            self._stopping.wait(0.05)
            return records
        results = json.loads(answer.data).get("results", []) if answer.status < 500 else []
        good = {r["log_id"] for r in results if r["status"] in _ACKNOWLEDGED}
        self._note(answer.status, sorted(good), time.monotonic() - started)
        if answer.status >= 429:
            self._stopping.wait(0.05)
        return [record for record in records if record["id"] not in good]

    def _note(self, status: int, ids: list[str], seconds: float) -> None:
        with self._progress:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if ids:
                self.seconds.append(seconds)
                self.acknowledged.update(ids)
                self._ledger.writelines(f"{name}\n" for name in ids)
                self._ledger.flush()
                self._progress.notify_all()
