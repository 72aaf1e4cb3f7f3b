"""``GET /api/v1/storage``, and the same figures for Prometheus."""

import threading

import pytest
from openapi_schema_validator import OAS31Validator
from prometheus_client.parser import text_string_to_metric_families

from app.domain.disks import DataNode
from app.domain.errors import StoreUnavailableError
from app.domain.lifecycle import Tier
from app.domain.storage import Spread, StorageFigures
from app.http.storage_metrics import StorageGauges
from app.services.storage import storage_figures
from tests.builders import DAY, HOUR, NOON_NS
from tests.http import site
from tests.lifecycle_builders import GB, FakeStorage, archive, index

MIDNIGHT = NOON_NS - 12 * HOUR
YESTERDAY = index(
    "logfeed-default-2026.11.23-000001",
    created_at=MIDNIGHT - DAY,
    documents=1_000,
    primary_bytes=GB,
    total_bytes=GB,
    oldest=MIDNIGHT - DAY,
    newest=MIDNIGHT - 1,
    newest_arrival=MIDNIGHT - 1,
    tier=Tier.WARM,
)


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage(
        [YESTERDAY],
        [archive("a", "audit")],
        services={YESTERDAY.name: {"cart": Spread(1_000, MIDNIGHT - DAY, MIDNIGHT - 1)}},
        nodes=[DataNode("a", 100 * GB, 30 * GB)],
    )


def test_figures_come_by_everything_and_fit_the_document(storage: FakeStorage) -> None:
    client = site.client(storage=storage)

    answer = client.get("/api/v1/storage")

    assert answer.status_code == 200
    figures = answer.get_json()["storage"]
    assert figures["by_tier"][0] == {
        "name": "warm",
        "indices": 1,
        "documents": 1_000,
        "primary_bytes": GB,
        "total_bytes": GB,
        "growth_bytes_per_day": pytest.approx(GB, abs=1),
        "growth_documents_per_day": 1_000,
        "oldest": "2026-11-23T00:00:00.000Z",
        "newest": "2026-11-23T23:59:59.999Z",
        "estimated": False,
    }
    assert [one["name"] for one in figures["by_service"]] == ["cart"]
    assert [one["name"] for one in figures["by_day"]] == ["2026-11-23"]
    assert (figures["growth_days"], figures["room_bytes"]) == (1, 20 * GB)
    assert figures["days_until_full"] == 20.0
    document = client.get("/openapi.json").get_json()
    described = {"$ref": "#/components/schemas/StorageAnswer", "components": document["components"]}
    OAS31Validator(described).validate(answer.get_json())


def test_only_what_is_asked_for_is_counted(storage: FakeStorage) -> None:
    figures = site.client(storage=storage).get("/api/v1/storage?by=stream").get_json()["storage"]

    assert "by_stream" in figures
    assert "by_service" not in figures
    assert storage.asked == [("facts", 1)]


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("by=colour", "by", "must be stream, tier, service or day"),
        ("by=", "by", "must be stream, tier, service or day"),
        ("since=1d", "since", "is not known; allowed are by"),
        ("by=day&by=tier", "by", "has more than one value"),
    ],
)
def test_a_bad_question_is_a_problem(query: str, field: str, text: str) -> None:
    site.assert_problem(site.client().get(f"/api/v1/storage?{query}"), 400, text, field)


def test_a_cluster_that_is_away_is_a_problem(storage: FakeStorage) -> None:
    storage.is_away = True

    answer = site.client(storage=storage).get("/api/v1/storage")

    site.assert_problem(answer, 503, "the store is away")


def test_a_service_in_memory_has_empty_figures() -> None:
    assert site.client().get("/api/v1/storage").get_json()["storage"]["by_stream"] == []


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("logfeed_storage")
    }


def test_prometheus_gets_them_by_stream_and_tier(storage: FakeStorage) -> None:
    shown = samples(site.client(storage=storage).get("/metrics").get_data(as_text=True))

    assert shown == {
        ("logfeed_storage_documents", "default", "warm"): 1_000,
        ("logfeed_storage_primary_bytes", "default", "warm"): GB,
        ("logfeed_storage_bytes", "default", "warm"): GB,
        ("logfeed_storage_documents", "audit", "archive"): 100,
        ("logfeed_storage_primary_bytes", "audit", "archive"): 1_000,
        ("logfeed_storage_bytes", "audit", "archive"): 1_000,
        ("logfeed_storage_room_bytes",): 20 * GB,
        ("logfeed_storage_growth_bytes_per_day",): pytest.approx(GB, abs=1),
        ("logfeed_storage_days_until_full",): pytest.approx(20.0),
    }


def test_a_cluster_that_is_away_leaves_them_out_of_the_metrics(storage: FakeStorage) -> None:
    storage.is_away = True

    answer = site.client(storage=storage).get("/metrics")

    assert answer.status_code == 200
    assert "logfeed_request_seconds" in answer.get_data(as_text=True)
    assert samples(answer.get_data(as_text=True)) == {}


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def gauges(storage: FakeStorage, seconds: Seconds) -> StorageGauges:
    # Whoever asks waits for as long as it takes here: time decides nothing.
    return StorageGauges(lambda by: storage_figures(storage, NOON_NS, by), seconds, patience=60.0)


def test_the_cluster_is_asked_once_a_minute(storage: FakeStorage) -> None:
    seconds = Seconds()
    shown = gauges(storage, seconds)

    first = shown.text()
    seconds.now = 59.0
    assert shown.text() == first
    assert storage.asked == [("facts", 1)]
    seconds.now = 61.0
    shown.text()

    assert storage.asked == [("facts", 1)] * 2


def test_figures_of_a_cluster_that_went_away_are_not_shown_for_ever(storage: FakeStorage) -> None:
    seconds = Seconds()
    shown = gauges(storage, seconds)
    assert shown.text()

    storage.is_away = True
    seconds.now = 61.0

    assert shown.text() == b""


def test_a_slow_cluster_holds_up_nobody_and_is_asked_once() -> None:
    asked, may_answer = threading.Semaphore(0), threading.Event()

    def slow(by: object) -> StorageFigures:
        asked.release()
        may_answer.wait(60)
        raise StoreUnavailableError("too late")

    shown = StorageGauges(slow, Seconds(), patience=0.01)

    assert [shown.text() for _ in range(3)] == [b""] * 3
    may_answer.set()
    assert asked.acquire(timeout=30)
    assert not asked.acquire(blocking=False)
