"""The record: one immutable log entry."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, NoReturn

from app.domain import metadata as meta
from app.domain.addresses import to_address
from app.domain.draft import Draft
from app.domain.errors import InvalidRecordError
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, datetime_to_ns, ns_to_datetime
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue

#: Longest id in bytes of UTF-8: Elasticsearch's limit for ``_id``.
MAX_ID_BYTES = 512


class _Fields:
    """A record's fields while they are put in place, before ``LogEntry`` closes them.

    The write path makes an entry of every record. A frozen class guards each of its own assignments,
    which takes longer than all else; filling an open object and changing its class does not.
    """

    __slots__ = (
        "_read_only",
        "correlation_id",
        "given_metadata",
        "given_source_ip",
        "id",
        "is_id_given",
        "is_time_given",
        "level",
        "message",
        "service",
        "span_id",
        "timestamp_ns",
        "trace_id",
    )

    def __init__(self, draft: Draft) -> None:
        if draft.id is None or draft.instant is None:
            raise AssertionError("the filter chain ends with the step that gives id and time")
        self.id: Final = draft.id
        self.timestamp_ns: Final = draft.instant
        self.level: Final = draft.level
        self.service: Final = draft.service
        self.message: Final = draft.message
        self.given_metadata: Final = draft.metadata
        self.given_source_ip: Final = draft.source_ip
        self.correlation_id: Final = draft.correlation_id
        self.trace_id: Final = draft.trace_id
        self.span_id: Final = draft.span_id
        self.is_id_given: Final = draft.is_id_given
        self.is_time_given: Final = draft.is_time_given
        self._read_only: Mapping[str, JsonValue] | None = None


class LogEntry(_Fields):
    """One log entry as it is stored.

    Args:
        id: unique name of the record, at most 512 bytes of UTF-8.
        timestamp: when it happened; aware, kept in UTC, between 1970 and 2262.
        nanosecond: what the timestamp has beyond its microseconds, 0 to 999.
        metadata: any JSON object; read-only all the way down.

    Attributes:
        timestamp_ns: the timestamp in nanoseconds since the epoch.
        given_metadata: equal to ``metadata`` and cheaper, for those who only write it out: nothing
            guards it against changes.
        given_source_ip: ``source_ip`` as text.
        is_id_given: whoever sent it chose the id, and may send it again.
        is_time_given: likewise for the timestamp.

    Raises:
        InvalidRecordError: naive or out-of-range timestamp, or an id that cannot be stored.
    """

    __slots__ = ()

    def __init__(  # noqa: PLR0913, PLR0917 - every field of a record
        self,
        id: str,
        timestamp: datetime,
        level: LogLevel,
        service: str,
        message: str,
        metadata: Mapping[str, JsonValue] = meta.EMPTY,
        source_ip: IPv4Address | IPv6Address | None = None,
        correlation_id: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        nanosecond: int = 0,
    ) -> None:
        if not id or len(id.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
            raise InvalidRecordError("id", f"must have 1 to {MAX_ID_BYTES} bytes")
        if timestamp.tzinfo is None:
            raise InvalidRecordError("timestamp", "must carry a time zone")
        if not 0 <= nanosecond <= 999:
            raise InvalidRecordError("nanosecond", "must lie between 0 and 999")
        instant = datetime_to_ns(timestamp, nanosecond)
        if not MIN_INSTANT <= instant <= MAX_INSTANT:
            raise InvalidRecordError("timestamp", "must lie between 1970-01-01 and 2262-04-11")
        copied = meta.frozen(metadata) if metadata else meta.EMPTY
        fields = {
            "id": id,
            "timestamp_ns": instant,
            "level": level,
            "service": service,
            "message": message,
            "given_metadata": copied,
            "_read_only": copied,
            "given_source_ip": None if source_ip is None else str(source_ip),
            "correlation_id": correlation_id,
            "trace_id": trace_id,
            "span_id": span_id,
            "is_id_given": True,
            "is_time_given": True,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @staticmethod
    def of_draft(draft: Draft) -> "LogEntry":
        """The record of a draft that the filter chain has checked and given an id and an instant.

        The draft's metadata is handed over: a copy is made only when ``metadata`` is asked for.
        """
        fields = _Fields(draft)
        fields.__class__ = LogEntry
        return fields  # type: ignore[return-value]  # a `cast` is a call, for every record

    @property
    def timestamp(self) -> datetime:
        """When it happened; aware, in UTC, cut to whole microseconds."""
        return ns_to_datetime(self.timestamp_ns)

    @property
    def nanosecond(self) -> int:
        """What the timestamp has beyond its microseconds, 0 to 999."""
        return self.timestamp_ns % 1_000

    @property
    def metadata(self) -> Mapping[str, JsonValue]:
        """What the record carries beside its fields; read-only all the way down."""
        read_only = self._read_only
        if read_only is None:
            read_only = meta.frozen(self.given_metadata)
            object.__setattr__(self, "_read_only", read_only)
        return read_only

    @property
    def source_ip(self) -> IPv4Address | IPv6Address | None:
        """The address that the record is about or came from."""
        text = self.given_source_ip
        return None if text is None else to_address(text)

    if not TYPE_CHECKING:  # which knows the fields as final, and every other name as unknown

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name: str) -> NoReturn:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogEntry) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        shown = zip(_SHOWN, self._values(), strict=True)
        return f"LogEntry({', '.join(f'{name}={value!r}' for name, value in shown)})"

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in _SHOWN)


#: The fields by their names in the constructor.
_SHOWN = (
    "id",
    "timestamp",
    "level",
    "service",
    "message",
    "metadata",
    "source_ip",
    "correlation_id",
    "trace_id",
    "span_id",
    "nanosecond",
)


def split_instant(instant: int) -> tuple[datetime, int]:
    """``instant`` in nanoseconds as the pair (timestamp, nanosecond) of a ``LogEntry``."""
    return ns_to_datetime(instant), instant % 1_000
