"""The service itself: records go in through the filter chain, and come out by query."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import structlog
from msgspec.structs import replace

from app.domain import metadata as meta
from app.domain.draft import Draft, Malformed
from app.domain.entry import LogEntry
from app.domain.errors import InvalidRecordError, OverloadedError, StoreUnavailableError
from app.domain.filters import EVERYTHING, CompositeFilter, Filter, LevelFilter, ServiceFilter
from app.domain.instants import datetime_to_ns
from app.domain.levels import LogLevel
from app.domain.outcomes import Acknowledge, Outcome, Status
from app.domain.ports import (
    DEFAULT_STREAM,
    Appended,
    DatabaseInterface,
    DeadLetterStore,
    Health,
    IdGenerator,
    ReplicationReports,
)
from app.domain.query import DEFAULT_LIMIT, Page, Query, Stats
from app.domain.reading import RecordReader
from app.services.cached_answers import CachedAnswers
from app.services.no_dead_letters import NoDeadLetters
from app.services.no_replication import NoReplication
from app.services.page_reader import PageReader
from app.services.pipeline.chain import FilterChain, StepResult
from app.services.scanned_aggregations import ScannedAggregations
from app.services.search_reader import SearchReader

#: Is told the outcomes of each batch; must be quick. What it raises is logged and fails no write.
OutcomeObserver = Callable[[Sequence[Outcome]], None]

_log = structlog.get_logger(__name__)

#: The Python types of a record's fields, with their names in an error message.
_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "level": (LogLevel, "a LogLevel"),
    "service": (str, "text"),
    "message": (str, "text"),
    "id": (str, "text"),
    "instant": (int, "nanoseconds since the epoch"),
    "metadata": (Mapping, "a mapping"),
    "source_ip": ((IPv4Address, IPv6Address), "an IPv4 or IPv6 address"),
    "correlation_id": (str, "text"),
    "trace_id": (str, "text"),
    "span_id": (str, "text"),
}
_REQUIRED = ("level", "service", "message")


class LogFeedingService:
    """Takes records in and finds them again; every door calls this and nothing behind it.

    Args:
        chain: what records pass on their way in.
        chains: other chains for the streams that have one.

    Attributes:
        dead_letters: what the store refused for good.
        answers: figures over many records. Unless wiring sets others, the records that searches find
            are counted one by one, and nothing is cached.
        records: reads many records, in one order; through the store's searches unless it is given.
        pages: reads them for who searches, some at a time.
        replication: how this region and its peers are kept in step.
    """

    def __init__(
        self,
        store: DatabaseInterface,
        chain: FilterChain,
        ids: IdGenerator,
        observe: OutcomeObserver = lambda outcomes: None,
        chains: Mapping[str, FilterChain] | None = None,
        dead_letters: DeadLetterStore | None = None,
        records: RecordReader | None = None,
        replication: ReplicationReports | None = None,
    ) -> None:
        self._store = store
        self._chain = chain
        self._chains = chains or {}
        self._ids = ids
        self._observe = observe
        self.dead_letters: DeadLetterStore = dead_letters or NoDeadLetters()
        self.answers = CachedAnswers(ScannedAggregations(store))
        self.records: RecordReader = records or SearchReader(store)
        self.pages = PageReader(self.records)
        self.replication: ReplicationReports = replication or NoReplication()

    def ingest_log(self, level: LogLevel, message: str, service: str, **fields: Any) -> str | None:
        """Store one record and return its id; None if a drop rule dropped it.

        Args:
            fields: any of id, timestamp (an aware datetime), metadata, source_ip (an address or its
                text), correlation_id, trace_id and span_id; None is as good as not given.

        Raises:
            InvalidRecordError: the record breaks a rule.
            StoreUnavailableError: the store did not take it in time.
        """
        record = {"level": level, "message": message, "service": service, **fields}
        outcome = self.ingest_batch([record])[0]
        if outcome.status is Status.REJECTED:
            raise InvalidRecordError(outcome.field or "record", outcome.reason or "is refused")
        if outcome.status is Status.FAILED:
            raise StoreUnavailableError(outcome.reason or "the store is away")
        return outcome.id

    def ingest_batch(
        self,
        records: Sequence[Draft | Malformed | Mapping[str, Any]],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Store a batch; the answer has one outcome a record, in order.

        A record is a ``Draft``, a mapping with the arguments of ``ingest_log``, or what a door could
        not decode. No record's fate depends on its neighbours. ``ack`` says what is waited for.

        Raises:
            OverloadedError: nothing of the batch was taken; try again later.
        """
        told: Future[list[Outcome] | OverloadedError] = Future()
        self.ingest_then(records, stream, ack, told.set_result)
        result = told.result()
        if isinstance(result, OverloadedError):
            raise result
        return result

    def ingest_then(
        self,
        records: Sequence[Draft | Malformed | Mapping[str, Any]],
        stream: str,
        ack: Acknowledge,
        then: Appended,
    ) -> None:
        """``ingest_batch`` for doors that hold no thread: ``then`` is told the outcomes, once.

        It is told by any thread, or at once, and must be quick.
        """
        admitted = _admit(records, self._chains.get(stream, self._chain))
        entries = [LogEntry.of_draft(it) for it in admitted if isinstance(it, Draft)]
        # Nothing of what was sent is held while the store works.
        fates = [it if isinstance(it, Outcome) else None for it in admitted]

        def stored(result: list[Outcome] | OverloadedError) -> None:
            if isinstance(result, OverloadedError):
                then(result)
                return
            outcomes = _merged(fates, result)
            self._tell(outcomes)
            then(outcomes)

        if entries:
            self._store.append_then(entries, stream, ack, stored)
        else:
            stored([])

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        try:
            self._observe(outcomes)
        except Exception:  # noqa: BLE001 - the records are stored, whatever became of the observer
            _log.exception("observer_failed")

    def get_log(self, id: str) -> LogEntry | None:
        """The record of this id, None if there is none."""
        return self._store.get(id)

    def search(
        self,
        filter: Filter = EVERYTHING,
        *,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
        newest_first: bool = True,
    ) -> Page:
        """One page of the records that ``filter`` asks for (see ``Query``)."""
        return self.find(Query(filter, limit, offset, newest_first))

    def find(self, query: Query) -> Page:
        """The page that ``query`` asks for."""
        return self._store.search(query)

    def get_logs_by_level(self, level: LogLevel, limit: int = DEFAULT_LIMIT) -> list[LogEntry]:
        """The newest records of exactly this level."""
        return list(self.search(LevelFilter(level), limit=limit).entries)

    def get_logs_by_service(self, service: str, limit: int = DEFAULT_LIMIT) -> list[LogEntry]:
        """The newest records of this service."""
        return list(self.search(ServiceFilter(service), limit=limit).entries)

    def get_stats(self, *filters: Filter) -> Stats:
        """Counts by level and service over the records that match all of ``filters``."""
        return self._store.stats(CompositeFilter(*filters))

    def refresh(self) -> None:
        """Make everything that was ingested visible to searches at once."""
        self._store.refresh()

    def health(self) -> Health:
        """Whether the store behind can answer, and ids can be made."""
        health = self._store.health()
        if health.is_ready and (trouble := self._ids.trouble()):
            return Health(is_ready=False, detail=trouble)
        return health

    def close(self) -> None:
        """Give back node numbers and connections."""
        self._ids.close()
        self.answers.close()
        self._store.close()


def _admit(
    records: Sequence[Draft | Malformed | Mapping[str, Any]], chain: FilterChain
) -> list[StepResult]:
    """What the chain makes of each record, in order."""
    results = chain.run([it if isinstance(it, Draft) else _read(it) for it in records])
    for at, (record, result) in enumerate(zip(records, results, strict=True)):
        # A mapping is the caller's own, metadata and all, so that its record takes a copy.
        if not isinstance(record, Draft) and isinstance(result, Draft):
            results[at] = replace(result, metadata=meta.frozen(result.metadata))
    return results


def _merged(fates: Sequence[Outcome | None], stored: list[Outcome]) -> list[Outcome]:
    """The outcome of each record: the one that it had before, or the next of the store's."""
    if len(stored) == len(fates):
        return stored
    others = iter(stored)
    return [next(others) if fate is None else fate for fate in fates]


def _read(record: Malformed | Mapping[str, Any]) -> StepResult:
    if isinstance(record, Malformed):
        return Outcome.rejected(record.reason, field=record.field, id=record.id, rule=record.rule)
    try:
        return _to_draft(record)
    except InvalidRecordError as error:
        return Outcome.rejected(error.reason, field=error.field)


def _to_draft(fields: Mapping[str, Any]) -> Draft:
    arguments = {name: value for name, value in fields.items() if value is not None}
    timestamp = arguments.pop("timestamp", None)
    if timestamp is not None:
        if not isinstance(timestamp, datetime) or timestamp.tzinfo is None:
            raise InvalidRecordError("timestamp", "must be a datetime with a time zone")
        arguments["instant"] = datetime_to_ns(timestamp)
    if isinstance(arguments.get("source_ip"), str):
        arguments["source_ip"] = _to_address(arguments["source_ip"])
    for name in (*_REQUIRED, *arguments):
        if name not in _KINDS:
            raise InvalidRecordError(name, "is no field of a record")
        if name not in arguments:
            raise InvalidRecordError(name, "must be given")
        kind, meaning = _KINDS[name]
        if not isinstance(arguments[name], kind):
            raise InvalidRecordError(name, f"must be {meaning}")
    if "source_ip" in arguments:
        arguments["source_ip"] = str(arguments["source_ip"])
    return Draft(**arguments)


def _to_address(text: str) -> IPv4Address | IPv6Address | str:
    try:
        return ip_address(text)
    except ValueError:
        return text  # refused with the other fields of a wrong type
