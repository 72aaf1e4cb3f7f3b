"""Ships what processes of this machine have left in their logs when they died."""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.domain.errors import StoreUnavailableError
from app.stores.elasticsearch.batch import number_of_actions
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.shipper import Shipper
from app.stores.write_ahead_log.log import WriteAheadLog, adopt_orphans

_log = structlog.get_logger(__name__)


@dataclass
class _Adopted:
    """A log that is ours now.

    Attributes:
        submitted: the last LSN that the shipper was given.
        is_submitted: it was given all.
        records: how many that were, as far as is known.
    """

    log: WriteAheadLog
    submitted: int = 0
    is_submitted: bool = False
    records: int = 0


class Adopter:
    """Looks for such logs, now and every few seconds, in a thread of its own.

    Nothing that goes wrong ends the thread: nobody else can have the logs that it holds.

    Args:
        folder: of the logs of all processes of this machine.
        allow_volatile: whether it may lie where a restart of the machine clears it.
        look_seconds: how often logs are looked for whose process has died.
    """

    def __init__(
        self, folder: Path, shipper: Shipper, *, allow_volatile: bool, look_seconds: float = 5.0
    ) -> None:
        self._folder = folder
        self._shipper = shipper
        self._allow_volatile = allow_volatile
        self._look_seconds = look_seconds
        self._adopted: list[_Adopted] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-adopter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take over no more, nor the rest of a log; what was submitted can still be finished."""
        self._stopping.set()
        self._thread.join()

    def leave_all(self) -> None:
        """Give the logs back; after ``stop``."""
        for adopted in self._adopted:
            leave(adopted.log)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._adopted += [_Adopted(log) for log in self._find()]
            for adopted in self._adopted.copy():
                try:
                    self._ship(adopted)
                except Exception:  # noqa: BLE001 -- the rest of it is tried again, the next one now
                    _log.exception("log_not_shipped", folder=str(adopted.log.folder))
            self._stopping.wait(self._look_seconds)

    def _find(self) -> list[WriteAheadLog]:
        try:
            return adopt_orphans(self._folder, allow_volatile=self._allow_volatile)
        except Exception as error:  # noqa: BLE001 -- looked for again
            _log.warning("logs_not_adopted", reason=str(error))
            return []

    def _ship(self, adopted: _Adopted) -> None:
        """Submit what was not yet; give it back when all of it is shipped."""
        if not adopted.is_submitted:
            self._submit(adopted)
        if not adopted.log.statistics().pending_records:
            self._adopted.remove(adopted)
            leave(adopted.log)

    def _submit(self, adopted: _Adopted) -> None:
        log = adopted.log
        for lsn in log.unfinished_behind(adopted.submitted):
            if self._stopping.is_set():
                return
            group = _left_group(log, lsn)
            self._shipper.submit_left(group)
            self._shipper.wake()
            adopted.submitted = lsn
            adopted.records += group.count
        adopted.is_submitted = True
        _log.info("log_adopted", records=adopted.records)


def leave(log: WriteAheadLog) -> None:
    """Give ``log`` back, for others to adopt if something is left in it."""
    with contextlib.suppress(OSError, StoreUnavailableError):
        if log.statistics().pending_records:
            log.close()
        else:
            log.remove()


def _left_group(log: WriteAheadLog, lsn: int) -> Group:
    """A group that a former process has left; read once, as what is pending is to be known at once."""
    try:
        count = number_of_actions(log.read(lsn))
    except (LookupError, StoreUnavailableError):
        # Either the log has said that it is lost, or it cannot be read now. Whoever loads it finds the
        # same, or reads it later and counts it then.
        count = 0
    return Group(log, lsn, size=log.size(lsn), count=count)
