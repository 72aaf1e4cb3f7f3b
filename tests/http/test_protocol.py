"""Connections: what comes over the wire, usual or not, on the short way and the long one."""

import gzip
import json
from collections.abc import Iterator

import pytest

from app.http import protocol
from app.http.connections import Connection
from app.settings import Settings
from tests.engine.eventually import eventually
from tests.fakes import BrokenDatabase, CountingIds, FlakyDatabase
from tests.http import site
from tests.http.live import Live, live, post
from tests.http.site import PROBLEM, record

JSON = "application/json"
NDJSON = "application/x-ndjson"
ONE = json.dumps(record()).encode()
TWO = b"".join(json.dumps(record(id=name)).encode() + b"\n" for name in ("a", "b"))
LIMIT = 100_000


@pytest.fixture
def server() -> Iterator[Live]:
    with live(Settings(max_body_bytes=LIMIT)) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/api/v1/logs", ONE, {"Content_Type": JSON}),
        ("/logs", ONE, {"Content_Type": "application/json; charset=utf-8"}),
        ("/logs?ack=accepted", ONE, {"Content_Type": JSON}),
        ("/logs?stream=imported", ONE, {"Content_Type": JSON}),
        ("/logs?stream=nowhere", ONE, {"Content_Type": JSON}),
        ("/logs?ack=maybe", ONE, {"Content_Type": JSON}),
        ("/logs?ack=stored&ack=accepted", ONE, {"Content_Type": JSON}),
        ("/logs?unknown=1", ONE, {"Content_Type": JSON}),
        ("/logs", b"{", {"Content_Type": JSON}),
        ("/logs", b"", {"Content_Type": JSON}),
        ("/logs", ONE, {"Content_Type": "text/plain"}),
        ("/logs", ONE, {"Content_Type": NDJSON}),
        ("/logs", ONE, {}),
        ("/logs", json.dumps(record(level="loud")).encode(), {"Content_Type": JSON}),
        ("/logs", json.dumps(record(extra=1)).encode(), {"Content_Type": JSON}),
        ("/logs", ONE, {"Content_Type": JSON, "Content_Encoding": "br"}),
        ("/logs", b"not gzip", {"Content_Type": JSON, "Content_Encoding": "gzip"}),
        ("/logs", gzip.compress(ONE, mtime=0), {"Content_Type": JSON, "Content_Encoding": "gzip"}),
        ("/api/v1/logs/batch", b'{"logs":[%b]}' % ONE, {"Content_Type": JSON}),
        ("/logs/batch", b"[%b,%b]" % (ONE, ONE), {"Content_Type": JSON}),
        ("/logs/batch", b"[%b,{}]" % ONE, {"Content_Type": JSON}),
        ("/logs/batch", b"[]", {"Content_Type": JSON}),
        ("/logs/batch", b"[{},{}]", {"Content_Type": JSON}),
        ("/logs/batch", TWO, {"Content_Type": NDJSON}),
        ("/logs/batch", TWO + TWO, {"Content_Type": NDJSON}),
        (
            "/logs/batch",
            gzip.compress(TWO, mtime=0),
            {"Content_Type": NDJSON, "Content_Encoding": "gzip"},
        ),
        ("/logs", ONE, {"Content_Type": JSON, "Idempotency_Key": "once"}),
        ("/logs/batch", b"[%b,%b]" % (ONE, ONE), {"Content_Type": JSON, "Idempotency_Key": "once"}),
        ("/logs/batch", TWO, {"Content_Type": NDJSON, "Idempotency_Key": '"once"'}),
        ("/logs/batch", TWO, {"Content_Type": NDJSON, "Idempotency_Key": "not one"}),
        ("/logs", ONE, {"Content_Type": JSON, "Idempotency_Key": ""}),
        ("/logs/batch", b"\n\n", {"Content_Type": NDJSON}),
        ("/logs/batch", ONE * 2_000, {"Content_Type": NDJSON}),
        ("/logs/elsewhere", ONE, {"Content_Type": JSON}),
        ("/logs/batch/", TWO, {"Content_Type": NDJSON}),
        ("/logs%2Fbatch", TWO, {"Content_Type": NDJSON}),
    ],
)
def test_both_ways_answer_the_same(path: str, body: bytes, headers: dict[str, str]) -> None:
    settings = Settings(max_body_bytes=LIMIT)
    request_id = {"X_Request_Id": "mine"}
    theirs = site.client(settings, FlakyDatabase(), CountingIds()).post(
        path,
        data=body,
        headers={n.replace("_", "-"): v for n, v in (headers | request_id).items()},
    )

    with live(settings) as server, server.connected() as connection:
        connection.send(post(path, body, **headers, **request_id))
        ours = connection.answer()

    named = {name.lower(): value for name, value in ours.headers.items()}
    assert (ours.status, json.loads(ours.body)) == (theirs.status_code, theirs.get_json())
    for name in ("Content-Type", "X-Request-Id", "Retry-After"):
        assert named.get(name.lower()) == theirs.headers.get(name)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ("Content-Encoding: gzip\r\nContent-Encoding: identity\r\n", "allowed are gzip, deflate"),
        ("Content-Type: text/plain\r\n", "send application/json"),
    ],
    ids=["encoding", "type"],
)
def test_a_header_that_comes_twice_is_seen_twice(server: Live, headers: str, text: str) -> None:
    request = post("/logs", ONE, Content_Type=JSON).replace(b"Host:", f"{headers}Host:".encode())
    with server.connected() as connection:
        connection.send(request)
        answer = connection.answer()

    assert (answer.status, answer.headers["content-type"]) == (415, PROBLEM)
    assert text in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("target", [b"/logs\xff", b"/\xc3\xbc", b"/logs?ack=\xff", b"/logs%00"])
def test_an_address_of_any_bytes_has_an_answer(server: Live, target: bytes) -> None:
    with server.connected() as connection:
        connection.send(post("/logs", ONE, Content_Type=JSON).replace(b"/logs", target, 1))
        answer = connection.answer()

    assert (answer.status in {400, 404}, answer.headers["content-type"]) == (True, PROBLEM)


def test_a_store_that_is_away_is_503_with_a_time_to_come_back() -> None:
    store = FlakyDatabase()
    store.is_away = True
    with live(store=store) as server, server.connected() as connection:
        connection.send(post("/logs", ONE, Content_Type=JSON))
        answer = connection.answer()

    assert answer.status == 503
    assert answer.headers["retry-after"]


def test_nobody_is_left_unanswered_by_an_unexpected_error() -> None:
    with live(store=BrokenDatabase()) as server, server.connected() as connection:
        connection.send(post("/logs", ONE, Content_Type=JSON))
        answer = connection.answer()

        assert (answer.status, answer.headers["content-type"]) == (500, PROBLEM)
        eventually(lambda: server.application.load.requests == 0, "its place is free again")


def test_requests_that_do_not_wait_for_answers_are_answered_in_order(server: Live) -> None:
    requests = [
        post("/logs", json.dumps(record(id="first")).encode(), Content_Type=JSON),
        post("/logs", b"{", Content_Type=JSON),
        b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n",
        post("/logs/batch", TWO, Content_Type=NDJSON),
        post("/logs", json.dumps(record(id="last")).encode(), Content_Type=JSON),
    ]
    with server.connected() as connection:
        connection.send(b"".join(requests))
        answers = [connection.answer() for _ in requests]

    assert [answer.status for answer in answers] == [201, 400, 200, 201, 201]
    assert json.loads(answers[0].body)["log_id"] == "first"
    assert json.loads(answers[4].body)["log_id"] == "last"


def test_a_body_may_come_in_chunks_of_unknown_number(server: Live) -> None:
    head = "POST /logs HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    with server.connected() as connection:
        connection.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for byte in ONE:
            connection.send(b"1\r\n%b\r\n" % bytes([byte]))
        connection.send(b"0\r\n\r\n")

        assert connection.answer().status == 201


@pytest.mark.parametrize("is_chunked", [True, False])
@pytest.mark.parametrize("path", ["/logs/batch", "/somewhere/else"])
def test_a_body_beyond_the_limit_is_413_and_is_not_kept(
    server: Live, path: str, is_chunked: bool
) -> None:
    size = 20 * LIMIT
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {size}"
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: {JSON}\r\n{length}\r\n\r\n"
    with server.connected() as connection:
        connection.send(head.encode())
        try:
            for _ in range(20):
                chunk = b"x" * LIMIT
                connection.send(b"%x\r\n%b\r\n" % (LIMIT, chunk) if is_chunked else chunk)
            connection.send(b"0\r\n\r\n" if is_chunked else b"")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was told before it had sent everything
        answer = connection.answer()

    assert (answer.status, answer.headers["content-type"]) == (413, PROBLEM)
    assert str(LIMIT) in json.loads(answer.body)["detail"]
    eventually(lambda: server.application.load.bytes == 0, "nothing of it is kept")


def test_who_asks_before_sending_is_told_to_go_on_or_that_it_is_too_much(server: Live) -> None:
    head = f"POST /logs HTTP/1.1\r\nHost: here\r\nContent-Type: {JSON}\r\nExpect: 100-continue\r\n"
    with server.connected() as connection:
        connection.send(f"{head}Content-Length: {len(ONE)}\r\n\r\n".encode())
        assert connection.line() == b"HTTP/1.1 100 Continue\r\n"
        assert connection.line() == b"\r\n"
        connection.send(ONE)
        assert connection.answer().status == 201

        connection.send(f"{head}Content-Length: {LIMIT + 1}\r\n\r\n".encode())
        assert connection.answer().status == 413
        assert connection.is_closed()


def test_a_head_without_end_is_431_and_ends_the_connection(server: Live) -> None:
    with server.connected() as connection:
        connection.send(b"POST /logs HTTP/1.1\r\nX-Long: ")
        try:
            for _ in range(64):
                connection.send(b"x" * 4_096)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = connection.answer()

        assert answer.status == 431
        assert connection.is_closed()


def test_what_is_no_http_is_400_as_a_problem(server: Live) -> None:
    with server.connected() as connection:
        connection.send(b"\x16\x03\x01 this is TLS\r\n\r\n")
        answer = connection.answer()

        assert (answer.status, answer.headers["content-type"]) == (400, PROBLEM)
        assert connection.is_closed()


def test_clients_that_stop_in_the_middle_hold_up_nobody(server: Live) -> None:
    with server.connected() as first, server.connected() as second:
        for _ in range(40):
            with server.connected() as gone:
                gone.send(post("/logs", ONE, Content_Type=JSON)[:-10])
        first.send(post("/logs", ONE, Content_Type=JSON)[:-10])
        second.send(post("/logs/batch", ONE * 500, Content_Type=NDJSON)[:-10])
        with server.connected() as third:
            third.send(post("/logs", ONE, Content_Type=JSON))
            assert third.answer().status == 201
    eventually(
        lambda: (server.application.load.bytes, server.application.load.requests) == (0, 0),
        "nothing is held for those who left",
    )


@pytest.mark.parametrize("sent", [b"", b"POST /logs HTTP/1.1\r\n", post("/logs", ONE)[:-10]])
def test_a_client_that_says_nothing_more_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "_IDLE_SECONDS", 0.1)
    with live() as server, server.connected() as connection:
        connection.send(sent)

        assert connection.is_closed()
        eventually(lambda: server.application.load.requests == 0, "nothing is held for it")


@pytest.mark.parametrize(("version", "keeps"), [("1.1", True), ("1.0", False)])
def test_a_connection_is_kept_as_its_version_says(server: Live, version: str, keeps: bool) -> None:
    request = post("/logs", ONE, Content_Type=JSON).replace(b"HTTP/1.1", f"HTTP/{version}".encode())
    with server.connected() as connection:
        connection.send(request)
        answer = connection.answer()

        assert answer.status == 201
        assert (answer.headers.get("connection") != "close") is keeps
        if keeps:
            connection.send(request)
            assert connection.answer().status == 201
        else:
            assert connection.is_closed()


def test_no_more_is_read_of_a_client_that_does_not_read(server: Live) -> None:
    batch = b"".join(json.dumps(record(message="x" * 900)).encode() + b"\n" for _ in range(100))
    ask = b"GET /logs?limit=1000 HTTP/1.1\r\nHost: here\r\n\r\n"
    with server.connected() as writer, server.connected() as silent:
        writer.send(post("/logs/batch", batch, Content_Type=NDJSON))
        writer.answer()
        held: list[Connection] = []

        def is_accepted() -> bool:
            held[:] = [
                one
                for one in list(server.state.connections)
                if isinstance(one, Connection) and one.client and one.client[1] == silent.own_port
            ]
            return bool(held)

        eventually(is_accepted, "the server has accepted it")
        flow, asked = held[0].flow, 0
        # The kernel takes some megabytes for it. Paused, no answer comes to what is sent.
        while not flow.read_paused:
            assert asked < 1_000, "whatever is sent is read"
            answered = server.state.total_requests
            silent.send(ask)
            asked += 1
            eventually(
                lambda: server.state.total_requests > answered or flow.read_paused,  # noqa: B023
                "it is answered, or not read",
            )

        assert [silent.answer().status for _ in range(asked)] == [200] * asked
        silent.send(ask)
        assert silent.answer().status == 200


def test_requests_are_counted_and_timed_on_the_short_way_too(server: Live) -> None:
    with server.connected() as connection:
        connection.send(post("/logs", ONE, Content_Type=JSON))
        connection.answer()

    assert server.metrics.summary()["requests"] == 1
    assert server.metrics.summary()["logs_received"] == 1
