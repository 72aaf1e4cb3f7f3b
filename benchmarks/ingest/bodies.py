"""Request bodies, made before any clock starts, in files that the load processes read."""

import gzip
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator
from app.domain.ports import Clock

#: Records in one request of the cases that send batches.
BATCH = 1_000


@dataclass(frozen=True)
class Bodies:
    """A file of request bodies, one after the other.

    Attributes:
        lengths: how long each one is.
        records: how many records all of them carry.
    """

    path: Path
    lengths: list[int]
    records: int


def write(path: Path, bodies: Iterable[bytes], records: int) -> Bodies:
    """Put ``bodies``, which carry ``records``, into the file ``path``."""
    with path.open("wb") as file:
        lengths = [file.write(body) for body in bodies]
    return Bodies(path, lengths, records)


def json_batches(records: Iterable[bytes]) -> Iterator[bytes]:
    """Batches as the API takes them."""
    for batch in _batches(records):
        yield b'{"logs":[' + b",".join(batch) + b"]}"


def gzip_ndjson(records: Iterable[bytes]) -> Iterator[bytes]:
    """Batches as NDJSON, compressed as a log shipper does it."""
    for batch in _batches(records):
        yield gzip.compress(b"\n".join(batch) + b"\n", compresslevel=6, mtime=0)


def bulk_requests(records: Iterable[bytes], clock: Clock) -> Iterator[bytes]:
    """Elasticsearch's own bulk requests; ids of the same kind as the service gives."""
    ids = SnowflakeIDGenerator(FixedNodeNumber(1), clock)
    for batch in _batches(records):
        yield b"".join(
            b'{"create":{"_id":"%b"}}\n%b\n' % (ids.next_id().encode(), record) for record in batch
        )


def _batches(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(records)
    while batch := list(itertools.islice(rest, BATCH)):
        yield batch
