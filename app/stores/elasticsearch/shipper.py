"""Ships what the write-ahead log holds to Elasticsearch, until each record has its outcome.

A group is sent at once when nothing is in flight; otherwise those that come in the meantime are
collected and share the next request, or are sent beside it once they are enough for one. No timer adds
to the latency of a quiet service. What cannot be stored now is tried again for ever, with backoff: it is
safe in the log.
"""

import threading
from time import monotonic

import structlog

from app.domain.outcomes import Status
from app.stores.elasticsearch.backoff import pause
from app.stores.elasticsearch.bulk import BulkAwayError
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.group_queue import GroupQueue
from app.stores.elasticsearch.sender import (
    NO_TWINS,
    Create,
    FindTwins,
    Send,
    Sender,
    Successor,
)
from app.stores.elasticsearch.settlement import Bury
from app.stores.elasticsearch.shipping_figures import (
    NoObserver,
    ShipperStatistics,
    ShippingObserver,
)

_log = structlog.get_logger(__name__)


class Shipper:
    """Takes groups and settles them; safe for use from several threads.

    Args:
        send, create, bury, find_twins, successor: see ``sender``.
        senders: most requests in flight at a time.
        memory_bytes: of groups that wait; further ones are left in the log until their turn.
    """

    def __init__(
        self,
        send: Send,
        create: Create,
        bury: Bury,
        observer: ShippingObserver | None = None,
        *,
        find_twins: FindTwins = lambda actions: NO_TWINS,
        successor: Successor = lambda name: None,
        senders: int = 4,
        memory_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._observer = observer or NoObserver()
        self._sender = Sender(send, create, bury, find_twins, successor, self._observer)
        lock = threading.Lock()
        #: There may be something to send.
        self._changed = threading.Condition(lock)
        #: There may be nothing left to do.
        self._is_idle = threading.Condition(lock)
        self._queue = GroupQueue(memory_bytes)
        self._in_flight = 0
        self._away_attempts = 0
        self._retried = 0
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"shipper-{n}", daemon=True)
            for n in range(senders)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, group: Group) -> None:
        """Take ``group`` in; it is shipped as soon as may be after the next ``wake``."""
        self._observer.logged(group.count)
        with self._changed:
            self._queue.add(group)

    def submit_left(self, group: Group) -> None:
        """Take in ``group``, which a former process has left in its log; nobody waits for it."""
        self._observer.logged(group.count)
        with self._changed:
            self._queue.add_left(group)

    def wake(self) -> None:
        """Ship what was submitted: what became durable together goes together."""
        with self._changed:
            if self._queue.is_worth_a_request(self._in_flight):
                self._changed.notify()

    def statistics(self) -> ShipperStatistics:
        """Where records are now."""
        with self._changed:
            return ShipperStatistics(
                len(self._queue),
                self._retried,
                self._sender.buried,
                is_away=self._away_attempts > 0,
            )

    def drain(self, seconds: float) -> bool:
        """Whether everything was settled within ``seconds``."""
        with self._is_idle:
            return self._is_idle.wait_for(lambda: not (self._queue or self._in_flight), seconds)

    def close(self, seconds: float) -> None:
        """Stop after at most ``seconds``, and no sooner than need be; the rest stays in the log."""
        until = monotonic() + seconds
        self.drain(seconds)
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(max(until - monotonic(), 0.1))

    def _run(self) -> None:
        while groups := self._take():
            groups = [group for group in groups if self._load(group)]
            try:
                self._ship(groups)
            except Exception:  # noqa: BLE001 -- nothing may end this thread: what is left is tried again
                _log.exception("shipping_failed")
                self._again(groups)
            # This thread looks for more by itself: waking the others as well would cost a switch each.
            with self._is_idle:
                self._in_flight -= 1
                self._is_idle.notify_all()

    def _take(self) -> list[Group]:
        """The groups of the next request; none at the end."""
        with self._changed:
            while not self._stopping.is_set():
                now = monotonic()
                self._queue.bring_due(now)
                if self._queue.is_worth_a_request(self._in_flight):
                    self._in_flight += 1
                    return self._queue.take(self._sender.size.records)
                due = self._queue.next_due()
                self._changed.wait(None if due is None else due - now)
        return []

    def _ship(self, groups: list[Group]) -> None:
        if not groups:
            return
        try:
            self._sender.send(groups)
        except BulkAwayError as error:
            self._note_away(error, groups)
            return
        self._note_back()
        left = [group for group in groups if not group.finish_if_settled()]
        for group in left:
            if group.is_held_up:
                # How long that takes nobody knows: what is safe in the log is answered as that.
                group.answer_now()
        self._again(left)

    def _again(self, groups: list[Group]) -> None:
        """Try what is left of ``groups`` again, each after a pause that doubles by its attempts."""
        if not groups:
            return
        by_attempts: dict[int, list[Group]] = {}
        for group in groups:
            by_attempts.setdefault(group.attempts, []).append(group)
            group.attempts += 1
        with self._changed:
            for attempts, some in by_attempts.items():
                self._retried += sum([group.unsettled for group in some])
                self._queue.add_later(some, monotonic() + pause(attempts))
            self._changed.notify_all()

    def _note_away(self, error: BulkAwayError, groups: list[Group]) -> None:
        if not self._away_attempts:
            _log.warning("elasticsearch_away", reason=str(error))
        for group in groups:
            group.may_be_there = group.may_be_there or error.is_ambiguous
        self._again([group for group in groups if not group.finish_if_settled()])
        self._stopping.wait(pause(self._away_attempts))
        self._away_attempts += 1

    def _note_back(self) -> None:
        if self._away_attempts:
            _log.info("elasticsearch_back")
            self._away_attempts = 0

    def _load(self, group: Group) -> bool:
        """Whether it can be sent now; never raises."""
        known = group.count
        try:
            group.load()
        except (LookupError, ValueError) as error:
            # The log has said so, counted it, and kept the bytes: there is nothing to send.
            _log.error("record_lost_in_log", records=group.unsettled, reason=str(error))
            self._observer.settled(Status.FAILED, group.unsettled)
            group.abandon()
            return False
        except Exception as error:  # noqa: BLE001 -- too many open files, say: it is there and will be read
            _log.warning("log_not_readable", reason=str(error))
            self._again([group])
            return False
        if group.count != known:
            # It could not be read when it was submitted.
            self._observer.logged(group.count - known)
        return True
