"""What Elasticsearch answers to searches, decoded no further than it is looked at."""

from typing import Any

from msgspec import Raw, Struct, field
from msgspec.json import Decoder

from app.domain.raw_records import RawRecord
from app.domain.reading import Position

_NULL = Raw(b"null")
_NOTHING = Raw(b"{}")


class Source(Struct, frozen=True, gc=False):
    """The fields of a record that are shown, each as the JSON that it is stored as.

    What is there for searching only (``numbers``, ``parts``, ``ingest_sequence``) is skipped. It comes
    along all the same: to have Elasticsearch cut it off takes longer than to send it.
    """

    timestamp: Raw
    level: Raw
    service: Raw
    message: Raw
    metadata: Raw = _NOTHING
    source_ip: Raw = _NULL
    correlation_id: Raw = _NULL
    trace_id: Raw = _NULL
    span_id: Raw = _NULL


class Hit(Struct, frozen=True, gc=False):
    """One record that was found, with the values that it was sorted by."""

    id: str = field(name="_id")
    source: Source = field(name="_source")
    sort: tuple[int, int]

    @property
    def position(self) -> Position:
        """Its place in the total order."""
        return Position(*self.sort, self.id)

    def record(self) -> RawRecord:
        """The record; it points into the answer, which lives as long."""
        source = self.source
        return RawRecord(
            self.id,
            source.timestamp,
            source.level,
            source.service,
            source.message,
            source.metadata,
            source.source_ip,
            source.correlation_id,
            source.trace_id,
            source.span_id,
        )


class Total(Struct, frozen=True):
    """How many records match."""

    value: int
    relation: str


class Hits(Struct, frozen=True):
    """The records that were found."""

    hits: list[Hit]
    total: Total | None = None


class Shards(Struct, frozen=True):
    """Copies of shards that were asked, and how they answered."""

    total: int = 0
    successful: int = 0
    failed: int = 0


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
