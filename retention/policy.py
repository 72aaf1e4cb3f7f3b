"""Policies: which stream a record belongs to, and what becomes of the indices of a stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.errors import LogfeedError
from app.domain.levels import LogLevel
from app.domain.lifecycle import Tier
from app.domain.ports import DEFAULT_STREAM
from app.domain.sharding import PeriodLength


class PolicyError(LogfeedError):
    """Policies that cannot be used.

    Attributes:
        mistakes: each with file, line and column where it has one, and what is allowed.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Rollover:
    """When the write index of a period gets a successor: as soon as one of these is reached.

    Attributes:
        age: nanoseconds since it was made.
        documents: records in it.
        primary_shard_bytes: of its largest primary shard.
    """

    age: int | None = None
    documents: int | None = None
    primary_shard_bytes: int | None = None


@dataclass(frozen=True)
class Life:
    """The life of a stream's indices. Times are nanoseconds; None means never.

    Attributes:
        period: the time slice of an index.
        counts_from: ``records``: ages count from the timestamp of the newest record that an index
            really holds; ``arrival``: from when its newest record came (imports of old files).
        warm_after, cold_after, archive_after, delete_after: ages, each later than the one before.
        replicas: copies of each shard by tier; a tier that is not named keeps what it has.
        max_bytes: most bytes on disk of the stream, replicas included; beyond it the oldest go.
        legal_hold: nothing of the stream is deleted, whatever else says so.
    """

    period: PeriodLength = "day"
    counts_from: Literal["records", "arrival"] = "records"
    rollover: Rollover = Rollover()
    warm_after: int | None = None
    cold_after: int | None = None
    archive_after: int | None = None
    delete_after: int | None = None
    replicas: Mapping[Tier, int] = field(default_factory=dict)
    max_bytes: int | None = None
    legal_hold: bool = False


@dataclass(frozen=True)
class Rule:
    """Sends records to a stream; all that it asks for must be so.

    Attributes:
        services: names, or beginnings of names with a ``*`` behind; one of them fits. Empty: any.
        levels: one of them is the record's.
        metadata: dotted paths, each with values of which one is there, as a search for the field
            would find it.
    """

    stream: str
    services: tuple[str, ...] = ()
    levels: frozenset[LogLevel] = frozenset(LogLevel)
    metadata: Mapping[str, tuple[str | int | float | bool, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """All that an operator says about streams.

    Attributes:
        streams: the life of each; ``default`` and ``imported`` are always there.
        rules: the first that matches a record names its stream; without one it is ``default``.
        max_bytes: most bytes on disk of all streams, replicas included; beyond it the oldest go.
    """

    streams: Mapping[str, Life]
    rules: tuple[Rule, ...] = ()
    max_bytes: int | None = None

    def life_of(self, stream: str) -> Life:
        """The life of ``stream``: that of ``default`` where it is not named."""
        return self.streams.get(stream) or self.streams[DEFAULT_STREAM]
