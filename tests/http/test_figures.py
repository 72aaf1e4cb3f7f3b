"""Figures over many records: what is answered, and what is refused."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import HOUR, NOON_NS, SECOND
from tests.http.site import assert_problem, record


@pytest.fixture(autouse=True)
def records(client: FlaskClient) -> None:
    """Three records in the last hour, one in the hour before."""
    sent = [
        record(timestamp=NOON_NS - 600 * SECOND, metadata={"ms": 10}, source_ip="10.0.0.1"),
        record(timestamp=NOON_NS - 300 * SECOND, metadata={"ms": "20"}, level="ERROR"),
        record(timestamp=NOON_NS - SECOND, metadata={"ms": "soon"}, service="search"),
        record(timestamp=NOON_NS - 2 * HOUR + SECOND, service="billing", message="other"),
    ]
    assert client.post("/logs/batch", json=sent).status_code == 201


def figures(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/logs/{path}")
    body: dict[str, Any] = answer.get_json()
    assert answer.status_code == 200, body
    return body


def test_a_histogram_has_empty_buckets_too(client: FlaskClient) -> None:
    body = figures(client, "histogram?start_time=now-20m&end_time=now&interval=5m&by=level")

    counts = [(bucket["start"][11:16], bucket["count"]) for bucket in body["buckets"]]
    assert counts == [("11:40", 0), ("11:45", 0), ("11:50", 1), ("11:55", 2), ("12:00", 0)]
    assert body["buckets"][3]["by_level"]["ERROR"] == 1
    assert (body["interval"], body["total"]) == ("5m", 3)
    assert body["range"] == {"from": "2026-11-24T11:40:00.000Z", "to": "2026-11-24T12:00:00.000Z"}


@pytest.mark.parametrize(
    ("since", "interval"), [("now-1h", "1m"), ("now-24h", "30m"), ("now-60d", "1d")]
)
def test_an_interval_is_chosen_that_gives_about_sixty_buckets(
    client: FlaskClient, since: str, interval: str
) -> None:
    assert figures(client, f"histogram?start_time={since}&end_time=now")["interval"] == interval


def test_facets_of_several_fields(client: FlaskClient) -> None:
    body = figures(client, "facets?field=service,metadata.ms&limit=1")

    assert body["facets"] == [
        {
            "field": "service",
            "values": [{"value": "checkout", "count": 2}],
            "others": 2,
            "error": 0,
        },
        {
            "field": "metadata.ms",
            "values": [{"value": "10", "count": 1}],
            "others": 2,
            "error": 0,
        },
    ]


def test_services_with_their_rate_of_errors(client: FlaskClient) -> None:
    first = figures(client, "services?limit=1")

    assert first["services"] == [
        {
            "service": "checkout",
            "records": 2,
            "errors": 1,
            "error_rate": 0.5,
            "first_seen": "2026-11-24T11:50:00.000Z",
            "last_seen": "2026-11-24T11:55:00.000Z",
        }
    ]
    assert first["others"] == 2


def test_percentiles_count_texts_that_are_numbers(client: FlaskClient) -> None:
    body = figures(client, "percentiles?field=metadata.ms&percents=50,100")

    assert body["percentiles"] == {"50": 15.0, "100": 20.0}
    assert (body["count"], body["min"], body["max"], body["mean"]) == (2, 10.0, 20.0, 15.0)
    assert body["sampled"] is False


def test_percents_that_are_close_to_each_other_have_names_of_their_own(client: FlaskClient) -> None:
    body = figures(client, "percentiles?field=metadata.ms&percents=99.99999,100,99.5")

    assert list(body["percentiles"]) == ["99.5", "99.99999", "100"]


@pytest.mark.parametrize(
    "query",
    ["NOT timestamp:>now-1h", "checkout OR timestamp:>now-1h", "-(a1 timestamp:2026-11-24)"],
)
def test_a_time_that_would_hold_for_both_periods_is_refused_wherever_it_stands(
    client: FlaskClient, query: str
) -> None:
    parameters = {"start_time": "now-1h", "q": query}
    answer = client.get("/api/v1/logs/compare", query_string=parameters)

    assert_problem(answer, 400, "must not narrow the time", "q")


def test_the_most_frequent_messages_of_the_newest_records(client: FlaskClient) -> None:
    body = figures(client, "top-messages?sample=3")

    assert body["messages"] == [{"message": "payment accepted", "count": 3, "share": 1.0}]
    assert (body["read"], body["total"], body["sampled"]) == (3, 4, True)


def test_a_period_is_compared_with_the_one_before(client: FlaskClient) -> None:
    body = figures(client, "compare?start_time=now-1h")

    assert body["before"]["to"] == "2026-11-24T10:59:59.999999999Z"
    assert body["total"] == {"now": 3, "before": 1, "change_percent": 200.0}
    assert body["by_service"]["billing"] == {"now": 0, "before": 1, "change_percent": -100.0}
    assert body["new"] == {"services": ["checkout", "search"], "levels": ["ERROR"]}
    assert body["gone"] == {"services": ["billing"], "levels": []}


def test_a_period_is_compared_with_one_that_is_given(client: FlaskClient) -> None:
    body = figures(client, "compare?start_time=now-1h&before_start=now-9h&before_end=now-8h")

    assert body["total"]["before"] == 0
    assert body["total"]["change_percent"] is None


def test_the_period_before_may_be_a_whole_day(client: FlaskClient) -> None:
    path = "compare?start_time=now-1h&before_start=now-1d/d&before_end=now-1d/d"

    assert figures(client, path)["before"] == {
        "from": "2026-11-23T00:00:00.000Z",
        "to": "2026-11-23T23:59:59.999999999Z",
    }


def test_a_time_of_a_saved_search_cannot_hold_for_both_periods(client: FlaskClient) -> None:
    saved = {"parameters": {"q": "checkout", "start_time": "now-1h"}}
    assert client.put("/api/v1/searches/late", json=saved).status_code == 201

    answer = client.get("/api/v1/logs/compare?start_time=now-1h&saved=late")

    assert_problem(answer, 400, "must not narrow the time", "saved")


def test_an_explanation_says_where_the_answer_comes_from(client: FlaskClient) -> None:
    for path in ("stats?explain=true", "?explain=true"):
        assert figures(client, path)["explain"]["cache"] == "off"


@pytest.mark.parametrize(
    ("path", "field", "said"),
    [
        ("histogram?interval=1s&start_time=now-1d&end_time=now", "interval", "at most 1000"),
        ("histogram?interval=0s", "interval", "such as 30s"),
        ("histogram?by=message", "by", "level or service"),
        ("facets", "field", "allowed are level"),
        ("facets?field=message", "field", "allowed are level"),
        (f"facets?field={','.join(f'metadata.{n}' for n in range(11))}", "field", "at most 10"),
        ("facets?field=metadata.a%00b", "field", "printable"),
        ("facets?field=level&limit=101", "limit", "from 1 to 100"),
        ("services?limit=0", "limit", "from 1 to 1000"),
        ("percentiles?field=level", "field", "metadata.<key>"),
        ("percentiles?field=metadata.ms&percents=101", "percents", "from 0 to 100"),
        ("percentiles?field=metadata.ms&percents=nan", "percents", "from 0 to 100"),
        ("percentiles?field=metadata.ms&percents=", "percents", ""),
        ("top-messages?sample=10001", "sample", "from 1 to 10000"),
        ("compare", "start_time", "must be given"),
        ("compare?q=timestamp:[now-1h TO now]", "q", "must not narrow the time"),
        ("compare?start_time=now-1h&q=timestamp:[* TO now]", "q", "must not narrow the time"),
        ("compare?start_time=now-1h&before=x", "before", "such as 30s"),
        ("compare?start_time=now-1h&before=1h&before_start=now-9h", "before", "together"),
        ("compare?start_time=now-1h&before_end=now-9h", "before_end", "before_start"),
        ("stats?cache=no", "cache", "true or false"),
        ("stats?explain=1", "explain", "true or false"),
        ("services?colour=red", "colour", "allowed are"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(
    client: FlaskClient, path: str, field: str, said: str
) -> None:
    answer = client.get(f"/api/v1/logs/{path}")

    if not said:
        assert answer.status_code == 200
        return
    assert_problem(answer, 400, said, field)
