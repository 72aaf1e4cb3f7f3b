"""What Elasticsearch answers to searches, decoded no further than it is looked at."""

from collections.abc import Sequence
from typing import Any, overload

from msgspec import Struct, field
from msgspec.json import Decoder
from msgspec.structs import force_setattr

from app.domain.raw_records import RawRecord
from app.domain.reading import Position


class Hit(Struct, frozen=True, gc=False):
    """One record that was found, with the values that it was sorted by.

    Of the source, what is there for searching only (``numbers``, ``parts``, ``ingest_sequence``) is
    skipped. It comes along all the same: to have Elasticsearch cut it off takes longer than to send it.
    """

    id: str = field(name="_id")
    source: RawRecord = field(name="_source")
    sort: tuple[int, int]

    @property
    def position(self) -> Position:
        """Its place in the total order."""
        return Position(*self.sort, self.id)


def records_of(hits: Sequence[Hit]) -> list[RawRecord]:
    """The records; they point into the answer, which lives as long."""
    for hit in hits:
        # Nobody else has seen it yet. To make another one costs four times as much.
        force_setattr(hit.source, "id", hit.id)
    return [hit.source for hit in hits]


class Positions(Sequence[Position]):
    """The places of hits; each is made when it is looked at, as most never are."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._hits = hits

    def __len__(self) -> int:
        """How many."""
        return len(self._hits)

    @overload
    def __getitem__(self, at: int) -> Position: ...
    @overload
    def __getitem__(self, at: slice) -> "Positions": ...
    def __getitem__(self, at: int | slice) -> "Position | Positions":
        """One of them, or some."""
        return Positions(self._hits[at]) if isinstance(at, slice) else self._hits[at].position


class Total(Struct, frozen=True):
    """How many records match."""

    value: int
    relation: str


class Hits(Struct, frozen=True):
    """The records that were found."""

    hits: list[Hit]
    total: Total | None = None


class Shards(Struct, frozen=True):
    """Copies of shards that were asked, and how they answered.

    Attributes:
        failures: what some of those that failed said; equal reasons come once.
    """

    total: int = 0
    successful: int = 0
    failed: int = 0
    failures: Sequence[Any] = ()


class Answer(Struct, frozen=True):
    """The answer to one search of a multi-search; of a failed one there is the error only."""

    status: int = 200
    error: Any = None
    timed_out: bool = False
    took: int = 0
    shards: Shards = field(name="_shards", default=Shards())
    hits: Hits = field(default_factory=lambda: Hits([]))


class Answers(Struct, frozen=True):
    """The answer to a multi-search."""

    responses: list[Answer]


#: Reads the answer to a multi-search whose searches sort as records are sorted.
decode_answers = Decoder(Answers).decode
