"""Batches on their way to the API: sent in order, tried again until acknowledged or given up."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Any

from app.cli.api_client import ApiClient, ApiError, ApiUnavailableError, explain
from app.domain.errors import LogfeedError
from app.domain.ports import IMPORTED_STREAM

_PATH = "/api/v1/logs/batch"
_NDJSON = "application/x-ndjson"
#: Seconds before the second try; each further one waits up to twice as long.
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 15.0
_RANDOM = SystemRandom()

#: What the API answered for one record: ``status``, and for some ``field``, ``reason`` and ``rule``.
Result = dict[str, Any]


class DeliveryError(LogfeedError):
    """The API did not take a batch in time, or never will; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be sent together.

    Attributes:
        records: each as JSON; none, where there is only progress to note.
        on_results: called in the order of the batches, with one result a record.
    """

    records: Sequence[bytes]
    on_results: Callable[[Sequence[Result]], None]


class Delivery:
    """Sends batches from a thread of its own, so that the next one is read meanwhile.

    Args:
        patience: seconds of trouble after which a batch is given up; None: never.
        say: told in one line, once for each time of trouble, what is waited for.
    """

    def __init__(
        self, client: ApiClient, patience: float | None, say: Callable[[str], None]
    ) -> None:
        self._client = client
        self._patience = patience
        self._say = say
        self._stop = threading.Event()
        self._waiting: queue.Queue[Batch | None] = queue.Queue(maxsize=2)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._thread.start()

    @property
    def stop(self) -> threading.Event:
        """Set to give up at once what has not been sent."""
        return self._stop

    def put(self, batch: Batch) -> None:
        """Take ``batch``; waits while two others wait.

        Raises:
            DeliveryError: an earlier batch was given up.
        """
        while True:
            self.check()
            try:
                return self._waiting.put(batch, timeout=0.2)
            except queue.Full:
                continue

    def drain(self) -> None:
        """Wait until everything taken has been acknowledged.

        Raises:
            DeliveryError: a batch was given up.
        """
        with self._waiting.all_tasks_done:
            while self._waiting.unfinished_tasks and self._error is None:
                self._waiting.all_tasks_done.wait(0.2)
        self.check()

    def close(self) -> None:
        """End the thread; what has not been sent is given up, what is being sent is finished."""
        self._stop.set()
        while self._thread.is_alive():
            try:
                self._waiting.put(None, timeout=0.1)
            except queue.Full:
                continue
            self._thread.join()

    def check(self) -> None:
        """Notice that a batch was given up.

        Raises:
            DeliveryError: one was.
        """
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (batch := self._waiting.get()) is not None:
            try:
                if self._error is None and not self._stop.is_set():
                    batch.on_results(self._send(batch.records) if batch.records else [])
            except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
                self._error = error
            finally:
                self._waiting.task_done()

    def _send(self, records: Sequence[bytes]) -> list[Result]:
        results: list[Result] = [{} for _ in records]
        pending = list(range(len(records)))
        tries, trouble_since = 0, None
        while pending:
            trouble = ""
            try:
                answers = self._post([records[index] for index in pending])
            except ApiUnavailableError as error:
                trouble = str(error)
            else:
                failed = []
                for index, result in zip(pending, answers, strict=True):
                    if result["status"] == "failed":
                        failed.append(index)
                        trouble = str(result.get("reason") or "the store is away")
                    else:
                        results[index] = result
                if len(failed) < len(pending):
                    tries, trouble_since = 0, None
                pending = failed
            if not pending:
                break
            now = time.monotonic()
            if trouble_since is None:
                trouble_since = now
                self._say(f"{trouble}; trying again")
            tries += 1
            self._wait(tries, now - trouble_since, trouble)
        return results

    def _wait(self, tries: int, seconds: float, trouble: str) -> None:
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries, 10)) * _RANDOM.uniform(0.5, 1.0)
        if self._patience is not None:
            if seconds >= self._patience:
                raise DeliveryError(
                    f"given up after {seconds:.0f} seconds: {trouble}. What was acknowledged is noted: "
                    "run the same command again to go on"
                )
            wait = min(wait, max(0.05, self._patience - seconds))
        if self._stop.wait(wait):
            raise DeliveryError("interrupted; run the same command again to go on")

    def _post(self, records: list[bytes]) -> list[Result]:
        status, body = self._client.post(
            _PATH, b"\n".join(records), _NDJSON, {"stream": IMPORTED_STREAM}
        )
        results = body.get("results")
        if isinstance(results, list) and len(results) == len(records):
            return results
        if status == 413 and len(records) > 1:
            middle = len(records) // 2
            return self._post(records[:middle]) + self._post(records[middle:])
        if status == 413:
            return [{"status": "rejected", "reason": explain(status, body)}]
        raise ApiError(f"{self._client.url}{_PATH}: {explain(status, body)}")
