"""What is counted, for people and for Prometheus."""

from typing import Any

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app.settings import Settings
from app.wiring.application import create_app
from tests.fakes import FlakyDatabase
from tests.http.site import record


def totals(client: FlaskClient) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/v1/metrics").get_json()["metrics"]
    return body


def samples(client: FlaskClient, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a metric, by the values of their labels in alphabetical order of the labels."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
        for sample in family.samples
        if sample.name == name
    }


def test_before_the_first_request_everything_is_zero(client: FlaskClient) -> None:
    assert totals(client) == {
        "logs_received": 0,
        "logs_processed": 0,
        "logs_filtered": 0,
        "logs_accepted": 0,
        "logs_pending": 0,
        "logs_duplicate": 0,
        "logs_rejected": 0,
        "logs_failed": 0,
        "cache_hit_ratio": 0.0,
        "errors": 0,
        "requests": 0,
        "avg_response_time_ms": 0.0,
    }


def test_records_are_counted_by_what_became_of_them(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    client.post("/logs", json=record(id="1"))
    client.post("/logs", json=record(id="1"))
    client.post("/logs/batch", json=[record(), record(), record(level="LOUD")])
    store.is_away = True
    client.post("/logs", json=record())

    counted = totals(client)

    assert counted["logs_received"] == 6
    assert counted["logs_processed"] == 4
    assert counted["logs_duplicate"] == 1
    assert counted["logs_rejected"] == 1
    assert counted["logs_failed"] == 1
    assert (counted["requests"], counted["errors"]) == (4, 1)
    assert counted["avg_response_time_ms"] > 0


def test_a_body_that_cannot_be_read_is_an_error_and_no_record(client: FlaskClient) -> None:
    client.post("/logs", data=b"{", content_type="application/json")

    counted = totals(client)

    assert (counted["logs_received"], counted["requests"], counted["errors"]) == (0, 1, 1)


def test_dropped_records_are_counted_by_rule() -> None:
    settings = Settings(min_level="WARNING", drop_services=("probe",))
    client = create_app(settings=settings).test_client()
    client.post("/logs/batch", json=[record(), record(), record(level="ERROR", service="probe")])

    dropped = samples(client, "logfeed_records_total")

    assert dropped == {("dropped", "min_level"): 2, ("dropped", "drop_services"): 1}
    assert totals(client)["logs_filtered"] == 3


def test_requests_are_counted_by_method_route_and_status(client: FlaskClient) -> None:
    client.get("/logs/a-secret-id")
    client.get("/nothing")
    client.post("/logs", json=record())

    counted = samples(client, "logfeed_request_seconds_count")

    assert counted == {
        ("GET", "/logs/<record_id:id>", "404"): 1,
        ("GET", "unknown", "404"): 1,
        ("POST", "/logs", "201"): 1,
    }


def test_methods_that_nobody_knows_are_counted_together(client: FlaskClient) -> None:
    for method in ("BREW", "FOO", "BAR"):
        client.open("/logs", method=method)

    assert samples(client, "logfeed_request_seconds_count") == {("other", "unknown", "405"): 3}


def test_the_two_forms_of_the_figures_agree(client: FlaskClient) -> None:
    for _ in range(3):
        client.post("/logs", json=record())

    assert samples(client, "logfeed_records_total") == {("created", ""): 3}
    assert totals(client)["logs_processed"] == 3


def test_two_applications_do_not_count_together() -> None:
    one, other = create_app().test_client(), create_app().test_client()
    one.post("/logs", json=record())

    assert (totals(one)["logs_received"], totals(other)["logs_received"]) == (1, 0)
