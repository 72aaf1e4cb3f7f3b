"""Records of one cluster on their way into another, through the shipper that all records take."""

import threading
from collections.abc import Sequence
from itertools import count

from msgspec import Raw

from app.domain.outcomes import Outcome, Status
from app.domain.sharding import Partition
from app.stores.elasticsearch.actions import create_action
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.replication.site import Site


class Parcel:
    """Records that were handed over together.

    Attributes:
        created: how many of them were not there before, known when it is done; those that an index
            held up are not among them.
    """

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._is_answered = self._is_finished = False
        self.created = 0

    @property
    def is_done(self) -> bool:
        """Whether each is stored, or a dead letter."""
        return self._is_answered and self._is_finished

    def answered(self, outcomes: list[Outcome]) -> None:
        """What became of them, as far as is known; before or after ``finished``."""
        created = sum(outcome.status is Status.CREATED for outcome in outcomes)
        with self._changed:
            self.created = created
            self._is_answered = True
            self._changed.notify_all()

    def finished(self, size: int) -> None:
        """Nothing is left to be done for them."""
        with self._changed:
            self._is_finished = True
            self._changed.notify_all()


class Delivery:
    """Takes records to ``target`` and holds them until they are stored; for use from several threads.

    It is the log behind its groups: what the shipper puts off for want of memory is read here again. A
    process that dies loses all of it, which is why positions are noted afterwards.

    Args:
        most_bytes: of what is under way.
    """

    def __init__(self, target: Site, most_bytes: int = 32 * 1024 * 1024) -> None:
        self._target = target
        self._most_bytes = most_bytes
        self._numbers = count()
        self._held: dict[int, bytes] = {}
        self._changed = threading.Condition()

    def submit(self, partition: Partition, records: Sequence[tuple[str, Raw]]) -> Parcel:
        """Hand over records of ``partition``, each with its id and its source as it is."""
        indices = self._target.indices
        index = indices.target(partition)
        # Ids are unique within an index only, and the older generations may have one of them.
        elsewhere = indices.elsewhere(partition, is_time_given=True)
        batch = batch_of(
            [create_action(own, index, bytes(raw), elsewhere=elsewhere) for own, raw in records]
        )
        parcel = Parcel(self._changed)
        number = next(self._numbers)
        with self._changed:
            self._held[number] = batch.lines
        self._target.shipper.submit(
            Group(self, number, batch, parcel.answered, finished=parcel.finished)
        )
        self._target.shipper.wake()
        return parcel

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be handed over now."""
        with self._changed:
            return sum(map(len, self._held.values())) >= self._most_bytes

    def wait(self, seconds: float) -> None:
        """Return when something was finished, or after so many seconds."""
        with self._changed:
            self._changed.wait(seconds)

    def read(self, lsn: int) -> bytes:
        """The lines of a group (see ``group.Log``)."""
        with self._changed:
            return self._held[lsn]

    def finish(self, lsns: Sequence[int]) -> None:
        """These are stored (see ``group.Log``)."""
        with self._changed:
            for lsn in lsns:
                self._held.pop(lsn, None)
