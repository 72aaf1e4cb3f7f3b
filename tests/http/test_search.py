"""Searching, statistics and single records."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.domain.levels import LogLevel
from tests.builders import HOUR, NOON_NS, entry
from tests.fakes import FlakyDatabase
from tests.http.site import assert_problem, record


@pytest.fixture
def client(client: FlaskClient, store: FlakyDatabase) -> FlaskClient:
    """A client of a store with four records, ``1`` the oldest; it is noon, and ``4`` is of now."""
    store.append(
        [
            entry("1", at=NOON_NS - 3 * HOUR, service="api", message="started"),
            entry(
                "2", at=NOON_NS - 2 * HOUR, service="api", level=LogLevel.ERROR, message="disk full"
            ),
            entry("3", at=NOON_NS - HOUR, service="db", level=LogLevel.WARNING, trace_id="t-1"),
            entry(
                "4",
                at=NOON_NS,
                service="db",
                level=LogLevel.CRITICAL,
                message="the disk is full",
                source_ip="10.0.0.7",
                correlation_id="c-1",
            ),
        ]
    )
    return client


def found(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_json()
    return [shown["id"] for shown in answer.get_json()["logs"]]


def test_without_parameters_all_records_come_newest_first(client: FlaskClient, prefix: str) -> None:
    answer = client.get(f"{prefix}/logs")

    body = answer.get_json()
    assert [shown["id"] for shown in body["logs"]] == ["4", "3", "2", "1"]
    assert body["count"] == 4
    assert body["pagination"] == {
        "limit": 100,
        "offset": 0,
        "total": 4,
        "total_is_exact": True,
        "next": None,
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ("service=api", ["2", "1"]),
        ("service_name=api", ["2", "1"]),
        ("level=error", ["2"]),
        ("min_level=WARNING", ["4", "3", "2"]),
        ("keyword=disk+full", ["2"]),
        ("keyword=DISK", ["4", "2"]),
        ("trace_id=t-1", ["3"]),
        ("correlation_id=c-1", ["4"]),
        ("source_ip=10.0.0.0/8", ["4"]),
        ("source_ip=::ffff:10.0.0.7", ["4"]),
        ("start_time=now-1h", ["4", "3"]),
        ("start_time=now-90m&end_time=now-30m", ["3"]),
        ("end_time=now+1h&service=db", ["4", "3"]),
        ("start_time=2026-11-24T11:00:00Z", ["4", "3"]),
        ("start_time=2026-11-24T12:00:00+01:00", ["4", "3"]),
        ("start_time=1795521600", ["4"]),
        ("level=DEBUG", []),
        ("service=api&level=CRITICAL", []),
        ("order=asc&limit=2", ["1", "2"]),
        ("limit=1&page=3", ["2"]),
        ("limit=1&offset=3", ["1"]),
        ("page=9", []),
        ("service=&level=", ["4", "3", "2", "1"]),
        ("q=service:d* -level:CRITICAL", ["3"]),
        ("q=disk full", ["4", "2"]),
        ("q=full level:%3E=ERROR&service=api", ["2"]),
        ("limit=3&limit=3", ["4", "3", "2"]),
    ],
)
def test_parameters_narrow_down(client: FlaskClient, parameters: str, ids: list[str]) -> None:
    assert found(client, f"/logs?{parameters}") == ids


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        ("limit=1001", "limit", "from 1 to 1000"),
        ("page=101", "page", "10000 hits deep"),
        ("page=2&offset=5", "page", "together with offset"),
        ("level=LOUD", "level", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("start_time=yesterday", "start_time", "RFC 3339"),
        ("start_time=now&end_time=now-1h", "start_time", "not be later than end_time"),
        ("keyword=!!", "keyword", "letter or digit"),
        ("source_ip=localhost", "source_ip", "10.0.0.0/8"),
        ("source_ip=fe80::1%25eth0", "source_ip", "IP address"),
        ("service=a&service_name=b", "service_name", "differs from service"),
        ("level=ERROR&level=INFO", "level", "more than one value"),
        ("colour=red", "colour", "allowed are service, level"),
        ("order=up", "order", "asc or desc"),
        ("q=level:ERROR (disk", "q", "at character 13: a closing ) is missing"),
        ("q=host:web1", "q", "metadata.<key>"),
        ("cursor=abc", "cursor", "not one that a page before has given"),
        ("cursor=abc&page=2", "cursor", "not one that a page before has given"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(
    client: FlaskClient, prefix: str, parameters: str, field: str, text: str
) -> None:
    assert_problem(client.get(f"{prefix}/logs?{parameters}"), 400, text, field)


def test_stats_count_by_level_and_service(client: FlaskClient, prefix: str) -> None:
    assert client.get(f"{prefix}/logs/stats").get_json() == {
        "range": {"from": None, "to": None},
        "total": 4,
        "by_level": {"DEBUG": 0, "INFO": 1, "WARNING": 1, "ERROR": 1, "CRITICAL": 1},
        "by_service": {"api": 2, "db": 2},
        "first": "2026-11-24T09:00:00.000Z",
        "last": "2026-11-24T12:00:00.000Z",
    }


def test_stats_take_the_same_filters(client: FlaskClient, prefix: str) -> None:
    assert client.get(f"{prefix}/logs/stats?service=api&level=ERROR").get_json()["total"] == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [("limit=5", "limit"), ("level=LOUD", "level"), ("level=INFO&level=DEBUG", "level")],
)
def test_stats_refuse_what_they_do_not_read(
    client: FlaskClient, prefix: str, parameters: str, field: str
) -> None:
    answer = client.get(f"{prefix}/logs/stats?{parameters}")

    assert_problem(answer, 400, f"{field}: ", field)


def test_an_id_that_is_not_there_is_404(client: FlaskClient, prefix: str) -> None:
    assert_problem(client.get(f"{prefix}/logs/5"), 404, "there is no record with the id '5'")


@pytest.mark.parametrize(
    "log_id",
    ["a b", "a/b", "/a", "a/", "a//b", "ü%2F", "a?b#c", "a\nb", "..", "batch", "<b>", "x" * 512],
    ids=lambda value: repr(value)[:20],
)
def test_whatever_its_id_a_record_is_found_by_it(
    client: FlaskClient, prefix: str, log_id: str
) -> None:
    client.post("/logs", json=record(id=log_id))

    answer = client.get(f"{prefix}/logs/{quote(log_id, safe='')}")

    assert (answer.status_code, answer.get_json()["log"]["id"]) == (200, log_id)


UGLY: dict[str, Any] = {
    "NUL": {"message": "a\0b", "metadata": {"k": "\0"}},
    "controls": {"message": "\x1b[31mred\x07\r\n"},
    "separators": {"message": "a\u2028b\u0085c", "metadata": {"\u2028": 1}},
    "astral": {"message": "😀", "service": "😀"},
    "markup": {"message": "<script>alert(1)</script>", "metadata": {"</script>": "'"}},
    "numbers": {"metadata": {"a": [0, -1, 2**63, 1.5e300, 5e-324, -0.0]}},
}


@pytest.mark.parametrize("changes", UGLY.values(), ids=UGLY)
def test_whatever_was_taken_is_given_back_the_same(
    client: FlaskClient, changes: dict[str, Any]
) -> None:
    assert client.post("/logs", json=record(id="ugly", **changes)).status_code == 201

    shown = client.get("/logs/ugly").get_json()["log"]

    assert {name: shown[name] for name in changes} == changes
    assert "ugly" in found(client, "/logs")


def test_a_lone_surrogate_is_replaced_so_that_every_reader_can_show_the_record(
    client: FlaskClient,
) -> None:
    body = b'{"level": "INFO", "service": "a", "message": "\\ud800!", "id": "s"}'
    client.post("/logs", data=body, content_type="application/json")

    assert client.get("/logs/s").get_json()["log"]["message"] == "\ufffd!"


@pytest.mark.parametrize("path", ["/logs", "/logs/stats", "/logs/1"])
def test_questions_to_a_store_that_is_away_are_503(
    client: FlaskClient, store: FlakyDatabase, prefix: str, path: str
) -> None:
    store.is_away = True

    answer = client.get(f"{prefix}{path}")

    assert_problem(answer, 503, "the store is away")
    assert answer.headers["Retry-After"] == "5"


SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"q": "service:d* OR full"}, "q=service:d* OR full"),
    ({"filter": {"service": "api"}}, "service=api"),
    ({"filter": {"keyword": "full"}, "q": "level:ERROR"}, "keyword=full&q=level:ERROR"),
    ({"filter": {"time": {"from": "now-1h"}}, "limit": 1}, "start_time=now-1h&limit=1"),
    ({"order": "asc", "page": 2, "limit": 3}, "order=asc&page=2&limit=3"),
]


@pytest.mark.parametrize(("body", "parameters"), SEARCHES, ids=str)
def test_a_search_by_body_answers_as_one_by_address(
    client: FlaskClient, prefix: str, body: dict[str, Any], parameters: str
) -> None:
    answer = client.post(f"{prefix}/logs/search", json=body)

    assert answer.status_code == 200
    by_body, by_address = answer.get_json(), client.get(f"/logs?{parameters}").get_json()
    pages = [by_body["pagination"], by_address["pagination"]]
    # A body has no address, and a cursor belongs to the very filter that it came with.
    goes_on = [(page.pop("next"), page.pop("next_cursor")) for page in pages]
    assert by_body == by_address
    assert (goes_on[0][1] is None) is (goes_on[1][1] is None)


def test_a_search_by_body_goes_on_by_its_cursor(client: FlaskClient, prefix: str) -> None:
    body: dict[str, Any] = {"filter": {"time": {"from": "now-1h"}}, "limit": 1, "order": "asc"}
    seen = []
    while True:
        page = client.post(f"{prefix}/logs/search", json=body).get_json()
        seen += [record["id"] for record in page["logs"]]
        if page["pagination"]["next_cursor"] is None:
            break
        body["cursor"] = page["pagination"]["next_cursor"]

    found = client.get("/logs?start_time=now-1h&order=asc").get_json()["logs"]
    assert seen == [record["id"] for record in found]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filter": {"all": [{"level": "LOUD"}]}}, "filter.all[0].level"),
        ({"filters": {}}, "filters"),
        ({"limit": 1_001}, "limit"),
        ({"q": "a AND"}, "q"),
    ],
    ids=str,
)
def test_a_bad_body_is_refused_by_its_place(
    client: FlaskClient, body: dict[str, Any], field: str
) -> None:
    assert_problem(client.post("/logs/search", json=body), 400, f"{field}: ", field)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"q": "' + b"a" * 65_536 + b'"}', "application/json", 413),
    ],
    ids=["no JSON", "deep", "no JSON by its type", "large"],
)
def test_a_body_that_is_no_search_is_a_problem(
    client: FlaskClient, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post("/logs/search", data=body, content_type=content_type)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


DEEP: Any = {"level": "INFO"}
for _ in range(60):
    DEEP = {"not": DEEP}

HOSTILE: dict[str, dict[str, Any]] = {
    "5,000 terms": {"q": " ".join(f"t{n}" for n in range(5_000))},
    "10 KB": {"q": "x" * 10_000},
    "nesting": {"q": "(" * 1_000 + "a1" + ")" * 1_000},
    "negations": {"q": "NOT " * 500 + "a1"},
    "choices in combinations": {"q": "(a1 b1 OR c1 AND " * 20 + "d1" + ")" * 20},
    "a short beginning": {"q": "a*"},
    "a leading wildcard": {"q": "*refused"},
    "a wildcard inside": {"q": "c*n"},
    "a regular expression": {"q": "/(a+)+b/"},
    "a fuzzy word": {"q": "a1~2"},
    "many beginnings": {"q": " ".join(f"t{n}*" for n in range(10, 60))},
    "a long phrase": {"q": '"' + "a " * 1_000 + '"'},
    "a range without bounds": {"q": "timestamp:[* TO *]"},
    "a range outside of time": {"q": "timestamp:>9999-01-01T00:00:00Z"},
    "a number beyond all": {"q": "metadata.a:>1e999"},
    "a tree of 5,000": {"filter": {"any": [{"service": "a"}] * 2_000}},
    "a deep tree": {"filter": DEEP},
    "a long phrase in a tree": {"filter": {"phrase": "a " * 1_000}},
    "a number beyond all in a tree": {"filter": {"range": {"path": "a", "gt": 10**400}}},
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_query_is_refused_before_the_store_is_asked(
    client: FlaskClient, store: FlakyDatabase, body: dict[str, Any]
) -> None:
    store.is_away = True  # whoever asked it would be answered 503

    answer = client.post("/logs/search", json=body)

    assert answer.status_code == 400
    (named,) = answer.get_json()["errors"]
    assert named["field"].split(".")[0] in body
    if "q" in body:
        assert client.get("/logs", query_string=body).status_code == 400
