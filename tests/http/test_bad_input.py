"""Bad input as a table: what the real server over a real Elasticsearch answers to each, and to whom."""

import gzip
import json
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import zstandard

from tests.engine.eventually import eventually
from tests.http.live import Answer
from tests.http.served import JSON, NDJSON, Served, served
from tests.http.site import PROBLEM

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("bad input")]

MIB = 2**20
ONE, BATCH = "/api/v1/logs", "/api/v1/logs/batch"
TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
BEGIN = b'{"level":"INFO","service":"odd","message":"m"'


def record(name: bytes, value: bytes) -> bytes:
    """A record with an id of its own, and with this field in place of its own one."""
    own = uuid.uuid4().hex.encode()
    return b'%b,"id":"%b","trace_id":"%b","%b":%b}' % (BEGIN, own, own, name, value)


def nested(opening: bytes, closing: bytes, depth: int = 10_000) -> bytes:
    return opening * depth + b"1" + closing * depth


def keys(number: int) -> bytes:
    return json.dumps({f"key-{n}": n for n in range(number)}).encode()


NOT_UTF_8 = "is not valid UTF-8"
RFC_3339 = "must be an RFC 3339 time with an offset"
#: name: (field, its value, status alone, field that is named, what the reason says)
REFUSED: dict[str, tuple[bytes, bytes, int, str, str]] = {
    "invalid UTF-8": (b"message", b'"a\xffb"', 400, "message", NOT_UTF_8),
    "overlong UTF-8": (b"message", b'"\xc0\xaf"', 400, "message", NOT_UTF_8),
    "overlong NUL": (b"service", b'"\xc0\x80"', 400, "service", NOT_UTF_8),
    "UTF-8 that is cut off": (b"message", b'"\xe6\x97"', 400, "message", NOT_UTF_8),
    "a surrogate as UTF-8": (b"message", b'"\xed\xa0\x80"', 400, "message", NOT_UTF_8),
    "UTF-8 beyond Unicode": (b"message", b'"\xf4\x90\x80\x80"', 400, "message", NOT_UTF_8),
    "invalid UTF-8 in a key": (b"metadata", b'{"\xff":1}', 400, "metadata", NOT_UTF_8),
    "NaN": (b"metadata", b'{"a":NaN}', 400, "metadata", "NaN, which is no JSON number"),
    "Infinity": (b"metadata", b'{"a":[Infinity]}', 400, "metadata", "Infinity, which is no"),
    "minus Infinity": (b"timestamp", b"-Infinity", 400, "timestamp", "-Infinity, which is no"),
    "more than a double": (b"metadata", b'{"a":1e400}', 400, "metadata.a", "fit a double"),
    "a whole number of 400 digits": (
        b"metadata", b'{"a":%b}' % (b"9" * 400), 400, "metadata.a", "fit a double"),
    "a whole number of 5,000 digits": (
        b"metadata", b'{"a":%b}' % (b"9" * 5_000), 400, "metadata.a", "fit a double"),
    "a huge timestamp": (b"timestamp", b"1" * 400, 400, "timestamp", RFC_3339),
    "a raw line break": (b"level", b'"IN\\nFO"', 400, "level", "must be one of DEBUG"),
    "10,000 arrays": (b"metadata", nested(b"[", b"]"), 422, "metadata", "20 levels"),
    "10,000 objects": (b"metadata", nested(b'{"a":', b"}"), 422, "metadata", "20 levels"),
    "21 objects": (b"metadata", nested(b'{"a":', b"}", 21), 422, "metadata", "at most 20 deep"),
    "10,000 keys": (
        b"metadata", keys(10_000), 422, "metadata", "1000 keys (LOGFEED_MAX_METADATA_FIELDS)"),
    "an empty key": (b"metadata", b'{"a":{"":1}}', 400, "metadata", "must not be empty"),
    "NUL in a key": (b"metadata", b'{"a\\u0000":1}', 400, "metadata", "NUL"),
    "a key of 10,000 characters": (
        b"metadata", b'{"%b":1}' % (b"k" * 10_000), 400, "metadata", "1024 characters"),
    "the year 1": (b"timestamp", b'"0001-01-01T00:00:00Z"', 400, "timestamp", "1970-01-01"),
    "the year 9999": (b"timestamp", b'"9999-12-31T23:59:59Z"', 400, "timestamp", "2262-04-11"),
    "the year 10000": (b"timestamp", b'"10000-01-01T00:00:00Z"', 400, "timestamp", RFC_3339),
    "no zone": (b"timestamp", b'"2026-11-24T10:00:00"', 400, "timestamp", RFC_3339),
    "a day that is none": (b"timestamp", b'"2026-02-30T00:00:00Z"', 400, "timestamp", "no date"),
    "second 61": (b"timestamp", b'"2026-11-24T10:00:61Z"', 400, "timestamp", "no date"),
    "a service of 10,000 characters": (
        b"service", b'"%b"' % (b"s" * 10_000), 400, "service", "1 to 256 characters"),
    "a line break in the service": (b"service", b'"a\\nb"', 400, "service", "control characters"),
    "NUL in the service": (b"service", b'"a\\u0000"', 400, "service", "control characters"),
    "a message of 1 MiB and a byte": (
        b"message", b'"%b"' % (b"x" * (MIB + 1)), 413, "message", "1048576"),
}  # fmt: skip

#: name: (field, its value, the same field as it is given back)
TAKEN: dict[str, tuple[bytes, bytes, Any]] = {
    "NUL": (b"message", b'"nul \\u0000 inside"', "nul \0 inside"),
    "a lone surrogate": (b"message", b'"lone \\ud800 inside"', "lone \ufffd inside"),
    "surrogates the wrong way round": (b"message", b'"\\udc00\\ud800 turned"', "\ufffd\ufffd turned"),
    "a lone surrogate in a key": (b"metadata", b'{"\\udfff":1}', {"\ufffd": 1}),
    "control characters": (b"message", b'"red \\u001b[31m\\u0007"', "red \x1b[31m\x07"),
    "a key twice": (b"message", b'"first","message":"second one"', "second one"),
    "a key twice in metadata": (b"metadata", b'{"a":1,"a":{"b":2}}', {"a": {"b": 2}}),
    "dots in keys": (
        b"metadata", b'{"a.b":1,"a":{"b":"x"},"..":2,".":{".":3}}',
        {"a.b": 1, "a": {"b": "x"}, "..": 2, ".": {".": 3}}),
    "a whole number beyond 64 bits": (
        b"metadata", b'{"a":18446744073709551616}', {"a": 1.8446744073709552e19}),
    "the largest double": (b"metadata", b'{"a":1.7976931348623157e308}', {"a": 1.7976931348623157e308}),
    "20 levels": (b"metadata", nested(b'{"a":', b"}", 20), json.loads(nested(b'{"a":', b"}", 20))),
    "1,000 keys": (b"metadata", keys(1_000), json.loads(keys(1_000))),
    "a leap second": (b"timestamp", b'"%bT00:00:60Z"' % TODAY.encode(), f"{TODAY}T00:00:59.999999999Z"),
    "an offset of 14 hours": (
        b"timestamp", b'"%bT14:00:00+14:00"' % TODAY.encode(), f"{TODAY}T00:00:00.000Z"),
    "a message of 1 MiB": (b"message", b'"%b"' % (b"x" * MIB), "x" * MIB),
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, es_url: str) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("bad-input") / "data", es_url) as made:
        yield made


@pytest.fixture(autouse=True)
def _the_same_processes_live_before_and_after(api: Served) -> Iterator[None]:
    before = api.pids()
    yield
    assert api.pids() == before
    assert api.get("/healthz")[0] == 200


def assert_refused(answer: Answer, status: int, text: str, field: str | None = None) -> None:
    """``answer`` is a problem of this status that says ``text`` and names ``field``."""
    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM)
    problem = json.loads(answer.body)
    assert problem["status"] == status
    assert text in problem["detail"]
    assert [named["field"] for named in problem.get("errors", [])] == ([field] if field else [])


def in_batch(records: list[bytes], kind: str) -> bytes:
    return b"\n".join(records) if kind == NDJSON else b'{"logs":[%b]}' % b",".join(records)


def id_of(record: bytes) -> str:
    return record.split(b'"id":"')[1][:32].decode()


refused = pytest.mark.parametrize(
    ("name", "value", "status", "field", "text"), REFUSED.values(), ids=REFUSED
)


@refused
def test_a_bad_record_alone_is_refused_and_its_field_named(
    api: Served, name: bytes, value: bytes, status: int, field: str, text: str
) -> None:
    answer = api.post(ONE, record(name, value), Content_Type=JSON)

    assert_refused(answer, status, text, field)


@refused
@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_a_bad_record_in_a_batch_costs_its_neighbours_nothing(
    api: Served, kind: str, name: bytes, value: bytes, status: int, field: str, text: str
) -> None:
    before, bad, after = record(b"id", b'"a"'), record(name, value), record(b"span_id", b'"s"')
    before = before.replace(b',"id":"a"', b"")

    answer = api.post(BATCH, in_batch([before, bad, after], kind), Content_Type=kind)

    results = json.loads(answer.body)["results"]
    assert answer.status == 207
    assert [result["status"] for result in results] == ["created", "rejected", "created"]
    assert (results[1]["field"], results[1]["log_id"]) == (field, id_of(bad))
    assert text in results[1]["reason"]
    for neighbour in (before, after):
        assert api.get(f"/api/v1/logs/{id_of(neighbour)}")[0] == 200
    assert api.get(f"/api/v1/logs/{id_of(bad)}")[0] == 404


@pytest.fixture(scope="module")
def taken(api: Served) -> dict[str, list[bytes]]:
    """Each odd record as it was sent, by its name: alone, in a JSON batch, and as NDJSON."""
    sent = {name: [record(*odd[:2]) for _ in range(3)] for name, odd in TAKEN.items()}
    for one, _, _ in sent.values():
        assert api.post(ONE, one, Content_Type=JSON).status == 201
    for way, kind in ((1, JSON), (2, NDJSON)):
        body = in_batch([records[way] for records in sent.values()], kind)
        assert api.post(BATCH, body, Content_Type=kind).status == 201
    return sent


@pytest.mark.parametrize("odd", TAKEN)
@pytest.mark.parametrize("way", [0, 1, 2], ids=["alone", "JSON", "NDJSON"])
def test_an_odd_record_that_is_taken_can_be_read_and_searched(
    api: Served, taken: dict[str, list[bytes]], odd: str, way: int
) -> None:
    log_id = id_of(taken[odd][way])
    (field, _, shown) = TAKEN[odd]

    status, stored = api.get(f"/api/v1/logs/{log_id}")
    found = {log["id"]: log for log in api.found(trace_id=log_id)}

    assert status == 200
    assert stored["log"][field.decode()] == shown
    assert found == {log_id: stored["log"]}


@pytest.mark.parametrize("words", ["nul", "inside", "turned", "red", "second one"])
def test_words_around_odd_characters_are_found(
    api: Served, taken: dict[str, list[bytes]], words: str
) -> None:
    logs = api.found(3, service="odd", keyword=words)

    assert all(words in log["message"] for log in logs)


def gzipped(plain: bytes) -> bytes:
    return gzip.compress(plain, 9, mtime=0)


LEAST = BEGIN + b"}\n"
BYTES = "33554432 bytes (LOGFEED_MAX_BODY_BYTES)"
VALUES = "1000000 JSON values"
DENSE = b"[" + b"{}," * (10 * MIB) + b"{}]"
DENSE_RECORD = BEGIN + b',"metadata":{"a":' + b"[" + b"[]," * (10 * MIB) + b"1]}}"
#: name: (routes and types, body, content encoding, status, what the problem says)
BODIES: dict[str, tuple[str, bytes, str, int, str]] = {
    "a gzip bomb of zeros": ("all", gzipped(bytes(300 * MIB)), "gzip", 413, BYTES),
    "a zstd bomb of zeros": (
        "all", zstandard.ZstdCompressor().compress(bytes(300 * MIB)), "zstd", 413, BYTES),
    "a bomb of objects": ("all", gzipped(DENSE), "gzip", 413, VALUES),
    "a bomb of arrays in a record": ("all", gzipped(DENSE_RECORD), "gzip", 413, VALUES),
    "a bomb of blank lines": ("lines", gzipped(b"\n" * (30 * MIB)), "gzip", 413, VALUES),
    "a bomb of records": ("lines", gzipped(LEAST * 11_000), "gzip", 413, "(LOGFEED_MAX_BATCH_RECORDS)"),
    "truncated gzip": ("all", gzipped(LEAST)[:-9], "gzip", 415, "in the middle of its compressed data"),
    "truncated zstd": (
        "all", zstandard.ZstdCompressor().compress(LEAST)[:-2], "zstd", 415, "in the middle"),
    "gzip with a bit turned": (
        "all", gzipped(LEAST)[:-8] + bytes(4) + gzipped(LEAST)[-4:], "gzip", 415, "damaged"),
    "no gzip": ("all", LEAST, "gzip", 415, "the body is damaged"),
    "no zstd": ("all", LEAST, "zstd", 415, "the body is damaged"),
    "an unknown encoding": ("all", LEAST, "br", 415, "allowed are gzip, deflate, zstd, identity"),
    "two encodings": ("all", zlib.compress(LEAST), "deflate, gzip", 415, "allowed are gzip"),
    "an empty array": ("array", b"[]", "", 400, "the batch has no records"),
    "an empty batch": ("array", b'{"logs":[]}', "", 400, "the batch has no records"),
    "blank lines": ("lines", b"\n \r\n", "", 400, "the batch has no records"),
    "nothing at all": ("lines", b"", "", 400, "the batch has no records"),
    "nothing for JSON": ("JSON", b"", "", 400, "Expecting value"),
    "text without an end": ("JSON", b'[{"a":NaN,"b":"' + b'\\"' * MIB, "", 400, "Unterminated string"),
}  # fmt: skip
ROUTES = {
    "all": [(ONE, JSON), (BATCH, JSON), (BATCH, NDJSON)],
    "JSON": [(ONE, JSON), (BATCH, JSON)],
    "array": [(BATCH, JSON)],
    "lines": [(BATCH, NDJSON)],
}


@pytest.mark.parametrize(
    ("routes", "body", "encoding", "status", "text"), BODIES.values(), ids=BODIES
)
def test_a_bad_body_is_refused_whole_at_no_cost_of_memory(
    api: Served, routes: str, body: bytes, encoding: str, status: int, text: str
) -> None:
    headers = {"Content_Encoding": encoding} if encoding else {}
    with api.memory_grows_at_most(120):
        for path, kind in ROUTES[routes]:
            assert_refused(api.post(path, body, Content_Type=kind, **headers), status, text)


@pytest.mark.parametrize("path", [ONE, BATCH, "/somewhere/else"])
def test_a_body_of_100_mib_is_refused_and_not_kept(api: Served, path: str) -> None:
    pieces = [b"x" * MIB] * 100
    with api.memory_grows_at_most(80):
        long = api.send(path, pieces, {"Content-Length": str(100 * MIB)}, Content_Type=JSON)
        chunked = api.post_in_chunks(path, pieces, Content_Type=JSON)

    assert_refused(long, 413, BYTES)
    assert_refused(chunked, 413, BYTES)


def test_bad_bodies_over_and_over_and_at_once_leave_the_memory_as_it_was(api: Served) -> None:
    bodies = [body for body in BODIES.values() if body[0] == "all"] * 4

    def send(case: tuple[str, bytes, str, int, str]) -> None:
        _, body, encoding, status, text = case
        answer = api.post(BATCH, body, Content_Type=JSON, Content_Encoding=encoding)
        assert_refused(answer, status, text)

    send(bodies[0])
    before = api.process.memory()
    with api.memory_grows_at_most(200), ThreadPoolExecutor(12) as clients:
        list(clients.map(send, bodies))

    # What was answered may still be on its way out.
    eventually(lambda: api.process.memory() <= before + 40 * MIB, "the memory is as it was")


def test_an_id_of_any_characters_is_found_again(api: Served) -> None:
    name = "a\0b/\ufffd ü%2F" + uuid.uuid4().hex
    body = json.dumps({"level": "INFO", "service": "odd", "message": "m", "id": name}).encode()

    assert api.post(ONE, body, Content_Type=JSON).status == 201
    assert api.get(f"/api/v1/logs/{quote(name, safe='')}")[1]["log"]["id"] == name
