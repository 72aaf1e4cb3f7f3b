"""The one way a batch takes: into the write-ahead log, and from there to Elasticsearch."""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.domain.errors import OverloadedError, StoreUnavailableError
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import Appended
from app.stores.elasticsearch.admission import admit
from app.stores.elasticsearch.batch import Batch, number_of_actions
from app.stores.elasticsearch.deadlines import Deadlines
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.shares import Shares
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.shipping_figures import ShipperStatistics
from app.stores.write_ahead_log.log import (
    LogFullError,
    LogLimits,
    LogStatistics,
    LogUnavailableError,
    WriteAheadLog,
    adopt_orphans,
    open_own,
)

_log = structlog.get_logger(__name__)
#: How often logs are looked for whose process has died.
_ADOPT_SECONDS = 5.0


@dataclass(frozen=True)
class WritePathStatistics:
    """What is on its way, in this process."""

    log: LogStatistics
    shipper: ShipperStatistics


class WritePath:
    """Logs and ships: an ``ActionWriter``; one object a process.

    Args:
        folder: of the logs of all processes of this machine; each has its own in it.
        deadline: seconds that a writer waits for Elasticsearch before its records are only accepted.
        allow_volatile: whether ``folder`` may lie where a restart of the machine clears it.

    Raises:
        StoreUnavailableError: the log cannot be opened.
    """

    def __init__(
        self,
        folder: Path,
        shipper: Shipper,
        *,
        deadline: float,
        limits: LogLimits | None = None,
        allow_volatile: bool = False,
    ) -> None:
        self._folder = folder
        self._shipper = shipper
        self._allow_volatile = allow_volatile
        limits = limits or LogLimits()
        self._shares = Shares(limits.most_bytes)
        self._log = open_own(
            folder,
            limits,
            allow_volatile=allow_volatile,
            group_told=shipper.wake,
        )
        self._deadlines = Deadlines(deadline)
        self._adopted: list[WriteAheadLog] = []
        self._stopping = threading.Event()
        self._adopter = threading.Thread(target=self._adopt, name="log-adopter", daemon=True)
        self._adopter.start()

    def write(self, batch: Batch, ack: Acknowledge, then: Appended) -> None:
        """Log and ship ``batch``; ``then`` is told when it is safe or stored, as ``ack`` says.

        It must be quick: the thread that calls it writes or ships for everybody.
        """
        admitted = admit(self._shares, batch, then)
        if admitted is None:
            return
        batch, then, release = admitted.batch, admitted.then, admitted.release

        def logged(lsn: int, refusal: LogUnavailableError | None) -> None:
            if refusal is not None:
                release()
            if isinstance(refusal, LogFullError):
                then(OverloadedError(str(refusal)))
            elif refusal is not None:
                then([Outcome.failed(str(refusal), id=name) for name in batch.ids])
            elif ack is Acknowledge.ACCEPTED:
                self._shipper.submit(Group(self._log, lsn, batch, finished=release))
                then([Outcome.accepted(name) for name in batch.ids])
            else:
                group = Group(self._log, lsn, batch, then, finished=release)
                self._deadlines.add(group)
                self._shipper.submit(group)

        self._log.append_then(batch.lines, logged)

    def trouble(self) -> str:
        """Nothing: a log that cannot be written now is tried with each write."""
        return ""

    def statistics(self) -> WritePathStatistics:
        """What is on its way now."""
        return WritePathStatistics(self._log.statistics(), self._shipper.statistics())

    def close(self, seconds: float = 10.0) -> None:
        """Ship what can be shipped within ``seconds``; the rest stays in the log."""
        self._stopping.set()
        self._adopter.join()
        self._shipper.close(seconds)
        self._deadlines.close()
        for log in (self._log, *self._adopted):
            self._leave(log)

    def _adopt(self) -> None:
        """Ship what processes have left that died; also what this one's predecessor has."""
        while not self._stopping.is_set():
            try:
                found = adopt_orphans(self._folder, allow_volatile=self._allow_volatile)
            except (OSError, StoreUnavailableError) as error:
                _log.warning("logs_not_adopted", reason=str(error))
                found = []
            for log in found:
                self._adopted.append(log)
                records = 0
                for lsn in log.unfinished():
                    group = _left_group(log, lsn)
                    records += group.count
                    self._shipper.submit_left(group)
                    self._shipper.wake()
                _log.info("log_adopted", records=records)
            for log in [log for log in self._adopted if not log.statistics().pending_records]:
                self._adopted.remove(log)
                self._leave(log)
            self._stopping.wait(_ADOPT_SECONDS)

    def _leave(self, log: WriteAheadLog) -> None:
        with contextlib.suppress(OSError, StoreUnavailableError):
            if log.statistics().pending_records:
                log.close()
            else:
                log.remove()


def _left_group(log: WriteAheadLog, lsn: int) -> Group:
    """A group that a former process has left; read once, as what is pending is to be known at once."""
    try:
        count = number_of_actions(log.read(lsn))
    except LookupError:
        count = 0  # the log has said so; whoever loads it finds the same
    return Group(log, lsn, size=log.size(lsn), count=count)
