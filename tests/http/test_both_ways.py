"""The short way for writes and Flask are one: the same answer to whatever is sent.

Both get the same requests in the same order, so that also the ids they make are the same.
"""

import gzip
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.http.ingest_door import IngestDoor, WireAnswer
from app.http.metrics import Metrics
from app.settings import Settings
from app.wiring.application import create_asgi_app
from tests.fakes import CountingIds, FakeClock, FlakyDatabase
from tests.http import site
from tests.protocols.ugly_records import CASES, GOOD

SETTINGS = Settings(max_body_bytes=2_000_000, max_batch_records=4)
JSON, NDJSON = "application/json", "application/x-ndjson"
Told = tuple[int, str, Any]


def new_door(store: FlakyDatabase | None = None) -> IngestDoor:
    metrics, clock = Metrics(), FakeClock()
    service = site.service(metrics, store or FlakyDatabase(), CountingIds(), clock)
    return create_asgi_app(service, settings=SETTINGS, metrics=metrics, clock=clock).door


class BothWays:
    """A door and a Flask application, each over a store of its own."""

    def __init__(self) -> None:
        self.door = new_door()
        self.flask: FlaskClient = site.client(SETTINGS, FlakyDatabase(), CountingIds())
        self.answered_by_door = 0

    def check(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Both answer alike; a request that the door gives to Flask needs no proof."""
        ours = self._by_door(path, body, headers)
        if ours is not None:
            self.answered_by_door += 1
            answer = self.flask.post(path, data=body, headers=headers)
            assert ours == (answer.status_code, answer.content_type, answer.get_json())

    def _by_door(self, path: str, body: bytes, headers: dict[str, str]) -> Told | None:
        named = {name.lower().encode(): value.encode("latin-1") for name, value in headers.items()}
        write = self.door.order(path.encode(), named)
        if write is None:
            return None
        told: list[WireAnswer] = []
        if write.is_single:
            self.door.take_singles([write], [body], lambda them: told.extend(it for _, it in them))
        else:
            self.door.take(write, body, told.append)
        if not told:
            return None
        (answer,) = told
        lines = answer.head.decode("latin-1").split("\r\n")
        (kind,) = [line.split(": ")[1] for line in lines if line.startswith("content-type")]
        return answer.status, kind, orjson.loads(answer.body)


WAYS = BothWays()


@pytest.mark.parametrize("record", CASES.values(), ids=CASES)
def test_an_ugly_record_is_answered_alike_both_ways(record: bytes) -> None:
    good = GOOD["least"]
    packed = {"Content-Encoding": "gzip"}

    WAYS.check("/logs", record, {"Content-Type": JSON})
    WAYS.check("/logs", gzip.compress(record), {"Content-Type": JSON} | packed)
    WAYS.check("/logs/batch", b"[%b,%b,%b]" % (good, record, good), {"Content-Type": JSON})
    WAYS.check("/logs/batch", b"\n".join([good, record, good]), {"Content-Type": NDJSON})


def test_the_door_answers_bad_bodies_itself() -> None:
    ways = BothWays()
    for body, encoding in (
        (b"{", ""),
        (b"not gzip", "gzip"),
        (gzip.compress(bytes(5_000_000)), "gzip"),
        (b"[1,2,3,4,5]", ""),
        (b"x", "br"),
    ):
        headers = {"Content-Type": JSON} | ({"Content-Encoding": encoding} if encoding else {})
        ways.check("/logs/batch", body, headers)

    assert ways.answered_by_door == 5


pieces = st.lists(
    st.sampled_from(
        [
            *[
                b"[",
                b"]",
                b"{",
                b"}",
                b",",
                b":",
                b'"',
                b'"logs"',
                b"\n",
                b" ",
                b"NaN",
                b"\\",
                b"1",
            ],
            *[b"\xff", b'"\\ud800"', b"\xef\xbb\xbf", GOOD["least"], GOOD["all fields"]],
        ]
    ),
    max_size=12,
).map(b"".join)
bodies = pieces | st.binary(max_size=40) | st.sampled_from(sorted(CASES.values(), key=len)[:200])
encodings = st.sampled_from(
    ["", "gzip", " GZIP ", "deflate", "zstd", "identity", "br", "gzip, br", "ü"]
)
kinds = st.sampled_from(
    [JSON, NDJSON, "Application/JSON ; charset=utf-8", "application/x+json", "application/jsonl", "",
     "text/plain", "application/json, text/plain", ";", "application/json;;"]
)  # fmt: skip
paths = st.builds(
    lambda path, query: path + query,
    st.sampled_from(["/logs", "/logs/batch", "/api/v1/logs", "/api/v1/logs/batch"]),
    st.sampled_from(
        ["", "?", "?ack=accepted", "?ack=", "?ack=x", "?stream=imported", "?stream=", "?x=1", "?ack",
         "?ack=stored&ack=accepted", "?ack=stored;stream=imported", "?%61ck=accepted", "?&&", "?+=1"]
    ),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(paths, bodies, kinds, encodings, st.booleans())
def test_any_request_is_answered_alike_both_ways(
    path: str, body: bytes, kind: str, encoding: str, is_packed: bool
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    if encoding:
        headers["Content-Encoding"] = encoding

    WAYS.check(path, gzip.compress(body) if is_packed else body, headers)


def test_of_single_records_taken_together_those_that_meet_an_error_are_declined() -> None:
    class HalfBroken(FlakyDatabase):
        def append(
            self,
            entries: Sequence[LogEntry],
            stream: str = DEFAULT_STREAM,
            ack: Acknowledge = Acknowledge.STORED,
        ) -> list[Outcome]:
            if stream == IMPORTED_STREAM:
                raise RuntimeError("a bug")
            return super().append(entries, stream, ack)

    door = new_door(HalfBroken())
    head = {b"content-type": JSON.encode()}
    orders = [door.order(url, head) for url in (b"/logs?stream=imported", b"/logs", b"/logs")]
    told: list[tuple[int, WireAnswer]] = []

    declined = door.take_singles(
        [order for order in orders if order is not None],
        [GOOD["least"], b"{", GOOD["least"]],
        told.extend,
    )

    assert sorted(declined) == [0, 1]
    assert [(at, answer.status) for at, answer in told] == [(2, 201)]
