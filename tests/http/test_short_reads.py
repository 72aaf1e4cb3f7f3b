"""Requests that read, usual or not: answered alike on the short way and by Flask."""

import json
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.domain.entry import LogEntry
from app.domain.errors import OutOfTimeError, StoreUnavailableError
from app.domain.filters import Filter
from app.domain.raw_records import raw_record
from app.domain.reading import Cancellation, Position, RawPage, Stretch
from app.domain.served_by import served_by
from app.http.read_door import ReadDoor
from app.settings import Settings
from tests.builders import NOON_NS, entry
from tests.engine.eventually import eventually
from tests.fakes import CountingIds, FlakyDatabase
from tests.http import site
from tests.http.live import SECONDS, Live, live, post
from tests.http.site import PROBLEM

JSON = "application/json"
ERRORS = b'{"filter":{"level":"ERROR"},"limit":2}'
#: Headers that both ways must send alike.
COMPARED = ("content-type", "x-request-id", "x-cache", "retry-after", "served-by", "allow")


def filled() -> FlakyDatabase:
    store = FlakyDatabase()
    store.append(
        [
            entry(
                f"{n}",
                at=NOON_NS - n * 1_000_000_000,
                service=f"service-{n % 3}",
                message=f"line {n} of 'ß'",
                metadata={"n": n},
            )
            for n in range(20)
        ]
    )
    return store


def get(target: str, method: str = "GET", **headers: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: here", "X-Request-Id: mine"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture(scope="module")
def flask() -> FlaskClient:
    return site.client(store=filled(), ids=CountingIds())


@pytest.fixture(scope="module")
def shared() -> Iterator[Live]:
    """A server for those who change nothing."""
    with live(store=filled()) as running:
        yield running


@pytest.fixture
def server() -> Iterator[Live]:
    with live(store=filled()) as running:
        yield running


def shortened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each request that the door is shown came to be: short, or left to Flask."""
    ways: list[str] = []
    order, answer = ReadDoor.order, ReadDoor.answer

    def ordered(*arguments: object) -> object:
        read = order(*arguments)  # type: ignore[arg-type]
        if read is None:
            ways.append("flask")
        return read

    def answered(*arguments: object) -> object:
        wire = answer(*arguments)  # type: ignore[arg-type]
        ways.append("flask" if wire is None else "short")
        return wire

    monkeypatch.setattr(ReadDoor, "order", ordered)
    monkeypatch.setattr(ReadDoor, "answer", answered)
    return ways


USUAL = [
    "/api/v1/logs",
    "/logs",
    "/logs?limit=3",
    "/logs?limit=3&page=2&order=asc",
    "/logs?limit=0",
    "/logs?service=service-1&level=INFO&limit=5",
    "/logs?service_name=service-1",
    "/logs?keyword=line+3",
    "/logs?keyword=" + quote("'ß'"),
    "/logs?q=" + quote('message:"line 3" OR metadata.n:>17'),
    "/logs?q=",
    "/logs?level=loud",
    "/logs?unknown=1",
    "/logs?cursor=abc",
    "/logs?saved=nothing",
    "/logs?explain=true",
    "/logs?explain=maybe",
    "/logs?start_time=now-1h&end_time=now",
    "/logs?start_time=now&end_time=now-1h",
    "/logs?q=(",
    "/logs?offset=20000",
    "/logs?q=%00",
    "/logs/histogram",
    "/api/v1/logs/histogram?by=level&interval=1m",
    "/logs/histogram?by=colour",
    "/logs/histogram?interval=1ms&start_time=2001-01-01T00:00:00Z",
    "/logs/facets?field=service,level",
    "/logs/facets",
    "/logs/services?limit=2",
    "/logs/percentiles?field=metadata.n",
    "/logs/top-messages?explain=true",
    "/logs/stats",
    "/logs/stats?cache=false",
    "/logs/stats?cache=perhaps",
    "/logs/compare?start_time=now-1h",
    "/logs/compare",
]
NOT_USUAL = [
    "/logs?limit=1&limit=2",
    "/logs?limit=1&limit=1",
    "/logs?keyword=%ff",
    "/logs#x",
    "/logs/",
    "/logs%3Flimit=1",
    "/api/v1/logs/nothing",
    "/logs/histogram/",
    "/LOGS",
]


@pytest.mark.parametrize("target", USUAL + NOT_USUAL)
def test_both_ways_answer_the_same(
    monkeypatch: pytest.MonkeyPatch, shared: Live, flask: FlaskClient, target: str
) -> None:
    # Neither has cached what the other has: both make every answer.
    uncached = {"Cache-Control": "no-cache"}
    theirs = flask.get(target.partition("#")[0], headers=uncached | {"X-Request-Id": "mine"})
    ways = shortened(monkeypatch)

    with shared.connected() as connection:
        connection.send(get(target, Cache_Control="no-cache"))
        ours = connection.answer()

    headers = {name.lower(): value for name, value in ours.headers.items()}
    assert ways == ["short" if target in USUAL else "flask"]
    assert ours.status == theirs.status_code
    assert json.loads(ours.body) == theirs.get_json()
    for name in COMPARED:
        assert headers.get(name) == theirs.headers.get(name)


@pytest.mark.parametrize(
    ("target", "body", "headers", "way"),
    [
        ("/logs/search", ERRORS, {"Content_Type": JSON}, "short"),
        ("/api/v1/logs/search", ERRORS, {"Content_Type": f"{JSON}; charset=utf-8"}, "short"),
        ("/logs/search?explain=true", b"{}", {"Content_Type": JSON}, "short"),
        ("/logs/search?limit=1", ERRORS, {"Content_Type": JSON}, "short"),
        ("/logs/search", b'{"q":"line AND 3"}', {"Content_Type": "application/x+json"}, "short"),
        ("/logs/search", b"{", {"Content_Type": JSON}, "short"),
        ("/logs/search", b"[1]", {"Content_Type": JSON}, "short"),
        ("/logs/search", b'{"filter":{"colour":1}}', {"Content_Type": JSON}, "short"),
        ("/logs/search", b'{"cursor":"abc"}', {"Content_Type": JSON}, "short"),
        ("/logs/search", b"\xff", {"Content_Type": JSON}, "short"),
        ("/logs/search", b"", {"Content_Type": JSON}, "flask"),
        ("/logs/search", ERRORS, {"Content_Type": "text/plain"}, "flask"),
        ("/logs/search", ERRORS, {}, "flask"),
        ("/logs/search", ERRORS, {"Content_Type": JSON, "Content_Encoding": "br"}, "flask"),
        ("/logs/search", b" " * 70_000, {"Content_Type": JSON}, "flask"),
    ],
)
def test_both_ways_answer_a_body_the_same(
    monkeypatch: pytest.MonkeyPatch,
    shared: Live,
    flask: FlaskClient,
    target: str,
    body: bytes,
    headers: dict[str, str],
    way: str,
) -> None:
    sent = headers | {"X_Request_Id": "mine"}
    theirs = flask.post(
        target, data=body, headers={name.replace("_", "-"): it for name, it in sent.items()}
    )
    ways = shortened(monkeypatch)

    with shared.connected() as connection:
        connection.send(post(target, body, **sent))
        ours = connection.answer()

    named = {name.lower(): value for name, value in ours.headers.items()}
    assert ways == [way]
    assert (ours.status, json.loads(ours.body)) == (theirs.status_code, theirs.get_json())
    for name in COMPARED:
        assert named.get(name) == theirs.headers.get(name)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": "2"},
        {"Transfer_Encoding": "chunked"},
        {"Expect": "100-continue"},
        {"Host": "twice"},
    ],
)
def test_a_head_that_is_not_usual_is_left_to_flask(
    monkeypatch: pytest.MonkeyPatch, server: Live, headers: dict[str, str]
) -> None:
    ways = shortened(monkeypatch)
    body = {"Content_Length": b"{}", "Transfer_Encoding": b"0\r\n\r\n"}.get(
        next(iter(headers)), b""
    )
    with server.connected() as connection:
        connection.send(get("/logs?limit=1", **headers) + body)
        if "Expect" in headers:
            assert connection.line().startswith((b"HTTP/1.1 100", b"HTTP/1.1 200"))
            return
        answer = connection.answer()

    assert (ways, answer.status) == (["flask"], 200)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "PUT"])
def test_other_methods_are_left_to_flask(
    monkeypatch: pytest.MonkeyPatch, server: Live, method: str
) -> None:
    ways = shortened(monkeypatch)
    with server.connected() as connection:
        connection.send(get("/logs", method, Connection="close"))
        status = connection.line()

    assert ways == ["flask"]
    assert status.split()[1] == (b"405" if method in {"DELETE", "PUT"} else b"200")


def test_a_page_leads_to_the_next_one(server: Live) -> None:
    seen: list[str] = []
    target: str | None = "/api/v1/logs?limit=7&level=INFO"
    with server.connected() as connection:
        while target:
            connection.send(get(target))
            page = json.loads(connection.answer().body)
            seen += [log["id"] for log in page["logs"]]
            target = page["pagination"]["next"]

    assert seen == [f"{n}" for n in range(20)]


@pytest.mark.parametrize("control", ["no-cache", "max-age=0, no-store", "max-age=5"])
def test_who_wants_no_cached_answer_gets_none(
    server: Live, flask: FlaskClient, control: str
) -> None:
    with server.connected() as connection:
        for _ in range(2):
            connection.send(get("/logs/stats"))
            connection.answer()
        connection.send(get("/logs/stats", Cache_Control=control))
        fresh = connection.answer()
        theirs = flask.get("/logs/stats", headers={"Cache-Control": control})

    assert fresh.headers["x-cache"] == theirs.headers["X-Cache"]


def test_requests_that_do_not_wait_for_answers_are_answered_in_order(server: Live) -> None:
    record = json.dumps(site.record(id="mine")).encode()
    requests = [
        get("/logs?limit=1"),
        get("/logs?limit=2"),
        post("/logs", record, Content_Type=JSON),
        get("/healthz"),
        post("/logs/search", b'{"limit":3}', Content_Type=JSON),
        get("/logs?limit=4"),
    ]
    with server.connected() as connection:
        connection.send(b"".join(requests))
        answers = [connection.answer() for _ in requests]

    assert [answer.status for answer in answers] == [200, 200, 201, 200, 200, 200]
    counts = [json.loads(answers[at].body)["count"] for at in (0, 1, 4, 5)]
    assert counts == [1, 2, 3, 4]


@pytest.mark.parametrize(("version", "keeps"), [("1.1", True), ("1.0", False)])
def test_a_connection_is_kept_as_its_version_says(server: Live, version: str, keeps: bool) -> None:
    request = get("/logs?limit=1").replace(b"HTTP/1.1", f"HTTP/{version}".encode())
    with server.connected() as connection:
        connection.send(request)
        assert connection.answer().status == 200
        if keeps:
            connection.send(request)
            assert connection.answer().status == 200
        else:
            assert connection.is_closed()


def test_requests_are_counted_by_their_route(server: Live) -> None:
    with server.connected() as connection:
        connection.send(get("/api/v1/logs?limit=1"))
        connection.answer()

    assert server.metrics.summary()["requests"] == 1
    assert b'route="/api/v1/logs",status="200"' in server.metrics.text()


class Reader:
    """Reads nothing; ``error`` is what comes of it.

    Attributes:
        reads: how often it was asked.
        cancelled: a reading was told that nobody waits for it.
    """

    def __init__(self, error: Exception | None = None, region: str = "") -> None:
        self._error = error
        self._region = region
        self.reads = 0
        self.holds = False
        self.is_reading, self.cancelled = threading.Event(), threading.Event()

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        self.reads += 1
        served_by.set(self._region)
        if self.holds:
            assert cancellation is not None
            cancellation.call(self.cancelled.set)
            self.is_reading.set()
            assert self.cancelled.wait(SECONDS)
        if self._error is not None:
            raise self._error
        found = entry("1")
        place = Position(found.timestamp_ns, 0, found.id)
        return RawPage([raw_record(found)], [place], None, 1, is_partial=not self._region)

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        return None

    def last_sequence(self, filter: Filter) -> int | None:
        return None


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreUnavailableError("away"), 503), (OutOfTimeError("late"), 504), (None, 504)],
)
def test_what_the_store_cannot_do_is_told_once_and_not_tried_again(
    error: Exception | None, status: int
) -> None:
    reader = Reader(error)
    with live(records=reader) as server, server.connected() as connection:
        connection.send(get("/logs"))
        answer = connection.answer()

    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert reader.reads == 1


def test_what_nobody_expected_is_explained_by_flask() -> None:
    with live(records=Reader(RuntimeError("a bug"))) as server, server.connected() as connection:
        connection.send(get("/logs"))
        answer = connection.answer()

    assert (answer.status, answer.headers["content-type"]) == (500, PROBLEM)
    assert b"a bug" not in answer.body


def test_the_region_that_answered_is_named_and_not_remembered() -> None:
    reader = Reader(region="north")
    with live(Settings(threads=1), records=reader) as server, server.connected() as connection:
        connection.send(get("/logs"))
        assert connection.answer().headers["served-by"] == "north"
        connection.send(get("/logs?level=loud"))
        assert "served-by" not in connection.answer().headers


def test_a_search_is_told_when_its_client_goes_and_its_thread_is_free_again() -> None:
    reader = Reader()
    reader.holds = True
    with live(Settings(threads=1), records=reader) as server:
        with server.connected() as connection:
            connection.send(get("/logs"))
            assert reader.is_reading.wait(SECONDS)
            # One that waits for the thread, and goes before it has it.
            with server.connected() as waiting:
                waiting.send(get("/logs?limit=1"))
                eventually(lambda: server.application.load.requests == 2, "it waits")
        assert reader.cancelled.wait(SECONDS)
        eventually(lambda: server.application.load.requests == 0, "nothing is held for them")

        assert reader.reads == 1


def test_clients_that_stop_in_the_middle_of_a_body_hold_nothing(server: Live) -> None:
    for _ in range(20):
        with server.connected() as gone:
            gone.send(post("/logs/search", ERRORS, Content_Type=JSON)[:-5])
    eventually(
        lambda: (server.application.load.bytes, server.application.load.requests) == (0, 0),
        "nothing is held for those who left",
    )
