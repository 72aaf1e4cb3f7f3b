"""The one way a batch takes: into the write-ahead log, and from there to Elasticsearch."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import OverloadedError
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import Appended
from app.stores.elasticsearch.admission import admit
from app.stores.elasticsearch.adoption import Adopter, leave
from app.stores.elasticsearch.batch import Batch
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
    open_own,
)


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
        self._shipper = shipper
        limits = limits or LogLimits()
        self._shares = Shares(limits.most_bytes)
        self._log = open_own(
            folder,
            limits,
            allow_volatile=allow_volatile,
            group_told=shipper.wake,
        )
        self._deadlines = Deadlines(deadline)
        self._adopter = Adopter(folder, shipper, allow_volatile=allow_volatile)

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
                release(len(batch.lines))
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
        self._adopter.stop()
        self._shipper.close(seconds)
        self._deadlines.close()
        leave(self._log)
        self._adopter.leave_all()
