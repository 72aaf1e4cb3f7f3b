"""Bodies that are small on the wire and large in memory are refused before anything is decoded."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.draft import Draft
from app.protocols import drafts
from app.protocols.body_limits import Most
from app.protocols.encodings import TooLargeError

SIZE = 6_000_000
WITHIN = b'{"level":"INFO","service":"a","message":"m","metadata":{"a":[%b0]}}'
LEAST = b'{"level":"d","service":"a","message":"m"}'


def filled(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


RECORDS: dict[str, bytes] = {
    "empty arrays": WITHIN % filled(b"[],"),
    "empty objects": WITHIN % filled(b"{},"),
    "objects of one key": WITHIN % filled(b'{"":0},'),
    "numbers": WITHIN % filled(b"1,"),
    "deep arrays": WITHIN % filled(b"[" * 900 + b"]" * 900 + b","),
}
BATCHES: dict[str, bytes] = {
    "values that are no records": b"[%b0]" % filled(b"{},"),
    "least records": b"[%b0]" % filled(LEAST + b","),
    "one record": b"[%b]" % RECORDS["empty arrays"],
    "one record after one that is no JSON": b"[NaN,%b]" % RECORDS["empty arrays"],
    "a body that is cut off": b'{"logs":[%b' % filled(b"{},"),
}
LINES: dict[str, bytes] = {
    "blank lines": filled(b"\n"),
    "short lines": filled(b"ab\n"),
    "one record": RECORDS["objects of one key"],
}
Read = Callable[..., Any]
BODIES: dict[str, tuple[Read, bytes]] = {
    **{f"alone: {name}": (drafts.read_one, body) for name, body in RECORDS.items()},
    **{f"batch: {name}": (drafts.read_batch, body) for name, body in BATCHES.items()},
    **{f"lines: {name}": (drafts.read_lines, body) for name, body in LINES.items()},
}


@pytest.mark.parametrize(("read", "body"), BODIES.values(), ids=BODIES)
def test_a_dense_body_is_refused_before_memory_is_spent(read: Read, body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(
            TooLargeError, match=r"LOGFEED_MAX_BODY_VALUES|LOGFEED_MAX_BATCH_RECORDS"
        ):
            read(body, Most(values=100_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < len(body)


def test_more_lines_than_allowed_are_not_cut_apart_first() -> None:
    body = b"x" * 60 + b"\n"
    body *= 4_000_000 // len(body)  # too short to be counted through
    tracemalloc.start()
    try:
        with pytest.raises(
            TooLargeError, match=r"more than 10 records \(LOGFEED_MAX_BATCH_RECORDS"
        ):
            drafts.read_lines(body, Most(records=10))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < len(body) / 10


def test_a_large_body_of_usual_records_is_taken() -> None:
    record = json.dumps({"level": "INFO", "service": "shop", "message": "one, two " * 100}).encode()
    parts = [record] * 6_000

    batch = drafts.read_batch(b"[" + b",".join(parts) + b"]")
    lines = drafts.read_lines(b"\n".join(parts))

    for read in (batch, lines):
        assert [type(it) for it in read] == [Draft] * 6_000
