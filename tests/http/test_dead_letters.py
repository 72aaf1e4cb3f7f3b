"""Dead letters over HTTP: list, show, replay and purge."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from app.domain.dead_letters import LetterQuery
from app.domain.outcomes import Outcome
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.wiring.application import create_app
from app.wiring.system import create_elasticsearch_system
from tests.builders import dead_letter
from tests.fakes import FakeClock, FakeDeadLetters
from tests.http import site
from tests.http.site import assert_problem, record

ADDRESS = "/api/v1/dead-letters"
SHOWN = {
    "id": "l1",
    "log_id": "rl1",
    "service": "checkout",
    "index": "logfeed-default-2026.11.24-000001",
    "reason": "document_parsing_exception: [1:14] failed to parse field [timestamp]",
    "error_type": "document_parsing_exception",
    "attempts": 1,
    "first_refused_at": "2026-11-24T12:00:00.000Z",
    "last_refused_at": "2026-11-24T12:00:01.000Z",
}


@pytest.fixture
def letters() -> FakeDeadLetters:
    return FakeDeadLetters(dead_letter(), dead_letter("l2", service="cart"), dead_letter("l3"))


@pytest.fixture
def client(letters: FakeDeadLetters) -> FlaskClient:
    return site.client(dead_letters=letters)


def test_letters_are_listed_without_their_records(client: FlaskClient) -> None:
    answer = client.get(ADDRESS)

    body = answer.get_json()
    assert answer.status_code == 200
    assert body["dead_letters"][0] == SHOWN
    assert body["count"] == 3
    assert body["pagination"] == {"limit": 100, "total": 3, "next_cursor": None}


def test_the_cursor_of_a_page_gives_the_next(client: FlaskClient) -> None:
    first = client.get(f"{ADDRESS}?limit=2").get_json()

    second = client.get(f"{ADDRESS}?limit=2&cursor={first['pagination']['next_cursor']}").get_json()

    pages = [[letter["id"] for letter in page["dead_letters"]] for page in (first, second)]
    assert pages == [["l1", "l2"], ["l3"]]
    assert second["pagination"] == {"limit": 2, "total": 3, "next_cursor": None}


def test_every_parameter_is_asked_for(client: FlaskClient, letters: FakeDeadLetters) -> None:
    client.get(f"{ADDRESS}?service=a&error_type=b&reason=c&log_id=d&limit=7&cursor=e")

    assert letters.queries == [
        LetterQuery(service="a", error_type="b", reason="c", record_id="d", limit=7, cursor="e")
    ]


def test_an_empty_parameter_narrows_nothing_down(
    client: FlaskClient, letters: FakeDeadLetters
) -> None:
    client.get(f"{ADDRESS}?service=&reason=&cursor=&limit=")

    assert letters.queries == [LetterQuery()]


@pytest.mark.parametrize(
    ("method", "query", "field", "text"),
    [
        ("GET", "limit=0", "limit", "must be a whole number from 1 to 1000"),
        ("GET", "limit=1001", "limit", "must be a whole number from 1 to 1000"),
        ("GET", "limit=x", "limit", "must be a whole number from 1 to 1000"),
        ("GET", "offset=3", "offset", "is not known"),
        ("GET", "service=a&service=b", "service", "more than one value"),
        ("GET", f"reason={'x' * 1_025}", "reason", "1 to 1024 characters"),
        ("DELETE", "", "all", "must be true, unless"),
        ("DELETE", "service=", "all", "must be true, unless"),
        ("DELETE", "all=yes", "all", "must be true"),
        ("DELETE", "service=a&limit=3", "limit", "is not known"),
    ],
)
def test_a_bad_parameter_is_refused_by_its_name(
    client: FlaskClient, letters: FakeDeadLetters, method: str, query: str, field: str, text: str
) -> None:
    answer = client.open(f"{ADDRESS}?{query}", method=method)

    assert_problem(answer, 400, text, field)
    assert len(letters.letters) == 3


def test_one_letter_is_shown_with_its_record(client: FlaskClient) -> None:
    answer = client.get(f"{ADDRESS}/l1")

    assert answer.get_json() == {
        "dead_letter": {
            **SHOWN,
            "record": {"id": "rl1", "service": "checkout", "message": "payment accepted"},
        }
    }


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("name", ["l9", "<b>", "x" * 600, "%00"])
def test_a_letter_that_is_not_there_is_404(client: FlaskClient, method: str, name: str) -> None:
    answer = client.open(f"{ADDRESS}/{name}", method=method)

    assert_problem(answer, 404, "there is no dead letter with the id")


@pytest.mark.parametrize("body", [None, b"", b" ", b"{}"])
def test_a_replay_of_all_names_the_fate_of_each(
    client: FlaskClient, letters: FakeDeadLetters, body: bytes | None
) -> None:
    letters.fates["l2"] = Outcome.duplicate("rl2")
    kind = "application/json" if body else None

    answer = client.post(f"{ADDRESS}/replay", data=body, content_type=kind)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "message": "3 of 3 dead letters replayed",
        "counts": {"created": 2, "duplicate": 1, "rejected": 0, "failed": 0, "gone": 0},
        "results": [
            {"id": "l1", "status": "created", "log_id": "rl1"},
            {"id": "l2", "status": "duplicate", "log_id": "rl2"},
            {"id": "l3", "status": "created", "log_id": "rl3"},
        ],
        "next_cursor": None,
    }
    assert letters.letters == {}


def test_a_replay_by_ids_tells_what_was_refused_again_and_what_is_not_there(
    client: FlaskClient, letters: FakeDeadLetters
) -> None:
    letters.fates["l1"] = Outcome.rejected("it does not fit", id="rl1")
    letters.fates["l2"] = Outcome.failed("the index is blocked", id="rl2")

    answer = client.post(f"{ADDRESS}/replay", json={"ids": ["l1", "l2", "l9", "l3"]})

    body = answer.get_json()
    assert (answer.status_code, body["message"]) == (207, "1 of 4 dead letters replayed")
    assert [(one["status"], one.get("reason")) for one in body["results"]] == [
        ("rejected", "it does not fit"),
        ("failed", "the index is blocked"),
        ("gone", "there is no such letter; it may have been replayed or purged"),
        ("created", None),
    ]
    assert list(letters.letters) == ["l1", "l2"]


def test_a_replay_by_filter_takes_its_page_and_tells_where_to_go_on(
    client: FlaskClient, letters: FakeDeadLetters
) -> None:
    sent = {"service": "checkout", "limit": 1}
    first = client.post(f"{ADDRESS}/replay", json=sent).get_json()

    sent["cursor"] = first["next_cursor"]
    second = client.post(f"{ADDRESS}/replay", json=sent).get_json()

    assert [page["results"][0]["id"] for page in (first, second)] == ["l1", "l3"]
    assert second["next_cursor"] is None
    assert list(letters.letters) == ["l2"]


def test_every_field_of_a_replay_is_asked_for(
    client: FlaskClient, letters: FakeDeadLetters
) -> None:
    sent = {"service": "a", "error_type": "b", "reason": "c", "log_id": "d", "limit": 1_000}

    assert client.post(f"{ADDRESS}/replay", json=sent).status_code == 200

    assert letters.queries == [LetterQuery("a", "b", "c", "d", limit=1_000)]


@pytest.mark.parametrize(
    ("sent", "field", "text"),
    [
        ({"ids": []}, "ids", "1 to 1000 ids"),
        ({"ids": ["a"] * 1_001}, "ids", "1 to 1000 ids"),
        ({"ids": "l1"}, "ids", "a list of ids"),
        ({"ids": None}, "ids", "a list of ids"),
        ({"ids": [1]}, "ids", "must be text"),
        ({"ids": [""]}, "ids", "1 to 1024 characters"),
        ({"ids": ["l1"], "service": "a"}, "ids", "cannot be given together"),
        ({"service": ""}, "service", "1 to 1024 characters"),
        ({"service": 7}, "service", "must be text"),
        ({"limit": 0}, "limit", "from 1 to 1000"),
        ({"limit": 1.5}, "limit", "from 1 to 1000"),
        ({"limit": "x"}, "limit", "from 1 to 1000"),
        ({"limit": None}, "limit", "from 1 to 1000"),
        ({"all": True}, "all", "is not known here"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bad_field_of_a_replay_is_refused_by_its_name(
    client: FlaskClient, letters: FakeDeadLetters, sent: Any, field: str, text: str
) -> None:
    answer = client.post(f"{ADDRESS}/replay", json=sent)

    assert_problem(answer, 400, text, field)
    assert len(letters.letters) == 3


@pytest.mark.parametrize(
    ("body", "kind", "status", "text"),
    [
        (b"{", "application/json", 400, "Expecting"),
        (b"[]", "application/json", 400, "a replay is a JSON object"),
        (b"NaN", "application/json", 400, "a replay is a JSON object"),
        (b"\xff", "application/json", 400, ""),
        (b"{}", "text/plain", 415, "send application/json"),
        (b"{}", None, 415, "send application/json"),
    ],
)
def test_a_body_that_is_no_replay_is_refused(
    client: FlaskClient,
    letters: FakeDeadLetters,
    body: bytes,
    kind: str | None,
    status: int,
    text: str,
) -> None:
    answer = client.post(f"{ADDRESS}/replay", data=body, content_type=kind)

    assert_problem(answer, status, text)
    assert len(letters.letters) == 3


def test_one_letter_is_purged(client: FlaskClient, letters: FakeDeadLetters) -> None:
    answer = client.delete(f"{ADDRESS}/l2")

    assert (answer.status_code, answer.get_json()) == (200, {"purged": 1, "remaining": 0})
    assert list(letters.letters) == ["l1", "l3"]


@pytest.mark.parametrize(
    ("query", "left"), [("service=checkout", ["l2"]), ("all=true", []), ("service=none", 3)]
)
def test_letters_are_purged_by_what_they_have_in_common(
    client: FlaskClient, letters: FakeDeadLetters, query: str, left: Any
) -> None:
    answer = client.delete(f"{ADDRESS}?{query}")

    rest = ["l1", "l2", "l3"] if left == 3 else left
    assert answer.get_json() == {"purged": 3 - len(rest), "remaining": 0}
    assert list(letters.letters) == rest


def test_a_purge_of_very_many_tells_how_many_are_left() -> None:
    letters = FakeDeadLetters(*[dead_letter(f"l{n:05}") for n in range(10_007)])

    answer = site.client(dead_letters=letters).delete(f"{ADDRESS}?all=true")

    assert answer.get_json() == {"purged": 10_000, "remaining": 7}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/l1"),
        ("POST", "/replay"),
        ("DELETE", "/l1"),
        ("DELETE", "?all=true"),
    ],
)
def test_a_store_that_is_away_is_503(
    client: FlaskClient, letters: FakeDeadLetters, method: str, path: str
) -> None:
    letters.is_away = True

    answer = client.open(f"{ADDRESS}{path}", method=method)

    assert_problem(answer, 503, "the store is away")
    assert answer.headers["Retry-After"] == "5"


def test_what_was_done_is_counted(client: FlaskClient, letters: FakeDeadLetters) -> None:
    letters.fates["l1"] = Outcome.rejected("no", id="rl1")
    client.post(f"{ADDRESS}/replay", json={"ids": ["l1", "l2", "l9"]})
    client.delete(f"{ADDRESS}/l1")
    client.delete(f"{ADDRESS}?all=true")

    text = client.get("/metrics").get_data(as_text=True)

    for action, number in [
        ("replay_created", 1),
        ("replay_rejected", 1),
        ("replay_gone", 1),
        ("purged", 2),
    ]:
        assert f'logfeed_dead_letters_total{{action="{action}"}} {number}.0' in text


def test_a_store_that_refuses_nothing_says_so() -> None:
    client = create_app().test_client()

    assert client.get(ADDRESS).get_json()["pagination"]["total"] == 0
    assert_problem(client.get(f"{ADDRESS}?cursor=x"), 400, "a page before", "cursor")
    assert_problem(client.get(f"{ADDRESS}/l1"), 404, "no dead letter")
    assert client.post(f"{ADDRESS}/replay").get_json()["results"] == []
    gone = client.post(f"{ADDRESS}/replay", json={"ids": ["l1"]})
    assert (gone.status_code, gone.get_json()["counts"]["gone"]) == (207, 1)
    assert_problem(client.delete(f"{ADDRESS}/l1"), 404, "no dead letter")
    assert client.delete(f"{ADDRESS}?all=true").get_json() == {"purged": 0, "remaining": 0}


@pytest.fixture
def stored_client(es_url: str, es_prefix: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of the API over a real node."""
    settings = Settings(
        index_prefix=es_prefix,
        data_dir=tmp_path,
        volatile_log="allow",
        node_number=1,
        acknowledge_deadline=60.0,
    )
    clock = FakeClock()
    cluster = connect(ClusterAddress((es_url,)))
    system = create_elasticsearch_system(settings, cluster, clock)
    system.prepare()
    app = create_app(system.service, settings=settings, metrics=system.metrics, clock=clock)
    yield app.test_client()
    system.close()


@pytest.mark.es
def test_a_record_that_elasticsearch_refuses_is_replayed_once_the_mapping_is_mended(
    stored_client: FlaskClient, es_url: str, es_prefix: str
) -> None:
    index = f"{es_prefix}-default-2026.11.24-000001"
    with connect(ClusterAddress((es_url,))) as cluster:
        make_stricter(cluster, index)
        batch = [record(id="good", message="42"), record(id="bad", message="secret 4111")]

        taken = stored_client.post("/api/v1/logs/batch", json=batch)

        results = taken.get_json()["results"]
        assert [result["status"] for result in results] == ["created", "rejected"]
        assert "message" in results[1]["reason"]
        assert "4111" not in results[1]["reason"]
        (listed,) = stored_client.get(ADDRESS).get_json()["dead_letters"]
        assert (listed["log_id"], listed["service"]) == ("bad", "checkout")
        assert "4111" not in listed["reason"]
        shown = stored_client.get(f"{ADDRESS}/{listed['id']}").get_json()["dead_letter"]["record"]
        assert shown == {**record(id="bad"), "message": "secret 4111", "timestamp": TIME}

        again = stored_client.post(f"{ADDRESS}/replay", json={"service": "checkout"})
        assert again.get_json()["counts"]["rejected"] == 1
        alias = index.rpartition("-")[0]
        cluster.indices.put_alias(index=index, name=alias, is_write_index=False)
        cluster.indices.create(
            index=index.replace("000001", "000002"), aliases={alias: {"is_write_index": True}}
        )
        replayed = stored_client.post(f"{ADDRESS}/replay")

    assert replayed.get_json()["counts"]["created"] == 1
    assert stored_client.get("/api/v1/logs/bad").get_json()["log"]["message"] == "secret 4111"
    assert stored_client.get(ADDRESS).get_json()["pagination"]["total"] == 0


TIME = "2026-11-24T12:00:00.000Z"


def make_stricter(cluster: Elasticsearch, index: str) -> None:
    """An index in which a message must be a number."""
    cluster.indices.create(
        index=index,
        aliases={index.rpartition("-")[0]: {"is_write_index": True}},
        mappings={"properties": {"message": {"type": "long"}}},
    )
