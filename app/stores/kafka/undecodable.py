"""Messages that are no records of ours: kept as dead letters, so that they hold up nobody."""

import base64
import queue
import threading

import structlog

from app.stores.elasticsearch.actions import Action
from app.stores.elasticsearch.sender import Bury
from app.stores.kafka.partition import Partition

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0


class UndecodableMessages:
    """Buries messages in a thread of its own: Elasticsearch may be away, and the poll must go on.

    A message is finished when its letter is there, and not sooner. One that is delivered again gets the
    same letter.
    """

    def __init__(self, topic: str, bury: Bury) -> None:
        self._topic = topic
        self._bury = bury
        self._waiting: queue.Queue[tuple[Partition, int, Action, str] | None] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="undecodable", daemon=True)
        self._thread.start()

    def add(self, partition: Partition, offset: int, value: bytes, reason: str) -> None:
        """Keep the message at ``offset``, because of ``reason``."""
        _log.warning(
            "undecodable_message", partition=partition.number, offset=offset, reason=reason
        )
        name = f"{self._topic}/{partition.number}/{offset}"
        letter = Action(name, f"kafka:{self._topic}", _as_text(value))
        self._waiting.put((partition, offset, letter, f"undecodable_message: {reason}"))

    def close(self) -> None:
        """Stop now; what has no letter yet is read again by whoever comes next."""
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while (found := self._waiting.get()) is not None:
            partition, offset, letter, reason = found
            while not self._stopping.is_set():
                try:
                    self._bury([(letter, reason)])
                except Exception as error:  # noqa: BLE001 -- whatever it was, the letter is tried again
                    _log.warning("letter_not_written", reason=str(error))
                    self._stopping.wait(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
                else:
                    pause = _FIRST_PAUSE
                    partition.finish([offset])
                    break


def _as_text(value: bytes) -> bytes:
    """``value``, such that a letter, which is text, keeps every byte of it."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return b"base64:" + base64.b64encode(value)
    return value
