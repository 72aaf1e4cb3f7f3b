"""The filter tree: one closed set of values, with several readers.

``app.domain.matching`` evaluates it on a record, ``app.domain.scope`` reads off which partitions can
hold an answer, and the Elasticsearch store compiles it into a bool query. A new kind of filter is a
dataclass here and a case in each reader; mypy names the reader that was forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, TypeAlias

from app.domain import words
from app.domain.errors import InvalidQueryError
from app.domain.instants import datetime_to_ns
from app.domain.levels import LogLevel

# Here for everybody: what a filter is made of is imported from this module.
# ruff: noqa: PLC0414
from app.domain.metadata_filters import FieldExistsFilter as FieldExistsFilter
from app.domain.metadata_filters import FieldFilter as FieldFilter
from app.domain.metadata_filters import FieldOperator as FieldOperator
from app.domain.metadata_filters import FieldPrefixFilter as FieldPrefixFilter
from app.domain.metadata_filters import FieldRangeFilter as FieldRangeFilter
from app.domain.metadata_filters import MetadataFilter as MetadataFilter

#: The fields that a record may lack.
OptionalField: TypeAlias = Literal["source_ip", "correlation_id", "trace_id", "span_id", "metadata"]


@dataclass(frozen=True)
class LevelFilter:
    """Records of exactly this level."""

    level: LogLevel


@dataclass(frozen=True)
class MinimumLevelFilter:
    """Records of this level or a more severe one."""

    level: LogLevel


@dataclass(frozen=True)
class ServiceFilter:
    """Records of exactly this service; case matters."""

    service: str


@dataclass(frozen=True)
class ServicePrefixFilter:
    """Records of the services whose name begins so; case matters."""

    prefix: str


@dataclass(frozen=True)
class IdFilter:
    """The record of this id."""

    id: str


@dataclass(frozen=True)
class TimeRangeFilter:
    """Records from ``start`` to ``end``, both included; None leaves that side open.

    Each bound is an aware datetime or nanoseconds since the epoch.

    Raises:
        InvalidQueryError: a naive bound, or ``start`` after ``end``.
    """

    start: datetime | int | None = None
    end: datetime | int | None = None

    def __post_init__(self) -> None:
        for name, bound in (("start", self.start), ("end", self.end)):
            if isinstance(bound, datetime) and bound.tzinfo is None:
                raise InvalidQueryError(name, "must carry a time zone")
        if self.start_ns is not None and self.end_ns is not None and self.start_ns > self.end_ns:
            raise InvalidQueryError("start", "must not be later than the end of the range")

    @property
    def start_ns(self) -> int | None:
        """The first instant of the range."""
        return _to_ns(self.start, 0)

    @property
    def end_ns(self) -> int | None:
        """The last instant of the range; a datetime includes its whole microsecond."""
        return _to_ns(self.end, 999)


@dataclass(frozen=True)
class KeywordFilter:
    """Records whose message contains these words, next to each other and in this order.

    Words are those of ``app.domain.words``: case does not matter, punctuation separates. What is looked
    for may begin inside of a joined word, see ``app.domain.joined_words``. A keyword without a single
    word matches nothing.
    """

    keyword: str


@dataclass(frozen=True)
class WordPrefixFilter:
    """Records whose message contains these words, as a keyword's, the last of them only begun.

    ``conn`` finds ``connection``, and ``user-serv`` finds ``user-service``. Where the text ends in
    punctuation its last word is whole: ``user-`` finds ``user-service``, not ``users``; ``10.0.``
    finds ``10.0.0.1``.

    Raises:
        InvalidQueryError: the word that is begun has fewer than ``words.MIN_BEGINNING`` characters.
    """

    prefix: str

    def __post_init__(self) -> None:
        if words.beginning(self.prefix).is_too_short:
            least = words.MIN_BEGINNING
            raise InvalidQueryError(
                "prefix", f"must have at least {least} letters or digits of the last word"
            )


@dataclass(frozen=True)
class ExistsFilter:
    """Records that have this field; ``metadata`` with any leaf in it."""

    field: OptionalField


@dataclass(frozen=True)
class CorrelationIdFilter:
    """Records of one correlation id."""

    correlation_id: str


@dataclass(frozen=True)
class TraceIdFilter:
    """Records of one trace."""

    trace_id: str


@dataclass(frozen=True)
class SpanIdFilter:
    """Records of one span."""

    span_id: str


@dataclass(frozen=True)
class NetworkFilter:
    """Records whose source address lies in ``network``.

    An IPv4 address is also its IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), as in Elasticsearch's
    ``ip`` field.
    """

    network: IPv4Network | IPv6Network

    @classmethod
    def of(cls, text: str) -> "NetworkFilter":
        """The filter of an address or a CIDR block such as ``10.0.0.0/8``.

        Raises:
            InvalidQueryError: ``text`` is neither.
        """
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            network = None
        # A zone such as %eth0 means something on one machine only; no record carries one.
        if network is None or "%" in text:
            reason = "must be an IP address or a CIDR block such as 10.0.0.0/8"
            raise InvalidQueryError("source_ip", reason)
        return cls(network)


@dataclass(frozen=True, init=False)
class CompositeFilter:
    """Records that match every one of ``filters``; with none, all records."""

    filters: "tuple[Filter, ...]"

    def __init__(self, *filters: "Filter | list[Filter] | tuple[Filter, ...]") -> None:
        object.__setattr__(self, "filters", _flatten(filters))


@dataclass(frozen=True, init=False)
class AnyOfFilter:
    """Records that match at least one of ``filters``; with none, no record."""

    filters: "tuple[Filter, ...]"

    def __init__(self, *filters: "Filter | list[Filter] | tuple[Filter, ...]") -> None:
        object.__setattr__(self, "filters", _flatten(filters))


@dataclass(frozen=True)
class NotFilter:
    """Records that ``filter`` does not match."""

    filter: "Filter"


#: What asks of the words of the message.
WordFilter: TypeAlias = KeywordFilter | WordPrefixFilter
#: What asks of one field by its value.
ValueFilter: TypeAlias = (
    ServiceFilter
    | ServicePrefixFilter
    | IdFilter
    | CorrelationIdFilter
    | TraceIdFilter
    | SpanIdFilter
    | ExistsFilter
)
Filter: TypeAlias = (
    LevelFilter
    | MinimumLevelFilter
    | TimeRangeFilter
    | NetworkFilter
    | WordFilter
    | ValueFilter
    | MetadataFilter
    | CompositeFilter
    | AnyOfFilter
    | NotFilter
)


def _flatten(
    filters: "tuple[Filter | list[Filter] | tuple[Filter, ...], ...]",
) -> tuple[Filter, ...]:
    flat: list[Filter] = []
    for item in filters:
        if isinstance(item, list | tuple):
            flat.extend(item)
        else:
            flat.append(item)
    return tuple(flat)


def _to_ns(bound: datetime | int | None, nanosecond: int) -> int | None:
    return datetime_to_ns(bound, nanosecond) if isinstance(bound, datetime) else bound


#: The filter of all records.
EVERYTHING = CompositeFilter()
