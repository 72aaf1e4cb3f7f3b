"""Policies: which stream a record belongs to, and what becomes of the indices of a stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.lifecycle import Tier
from app.domain.sharding import PeriodLength


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
