"""The composition root: what works at once, and what the settings choose."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import app
from app import LogLevel, create_app, create_log_service
from app.domain.sharding import ServiceBasedSharding, TimeBasedSharding
from app.settings import Settings
from app.stores.elasticsearch.connect import connect
from app.stores.elasticsearch.indices import Indices
from app.wiring.clock import system_clock
from app.wiring.cluster import cluster_address
from app.wiring.lifecycle import create_lifecycle
from app.wiring.scheduler import create_jobs
from app.wiring.system import create_system
from tests.builders import NOON, NOON_NS, draft
from tests.fakes import FakeClock, FlakyDatabase


@pytest.fixture(autouse=True)
def _node_numbers_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other services on this machine left in its temporary folder is not met here."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_the_three_lines_of_the_introduction_work() -> None:
    service = create_log_service(use_replication=True)
    service.ingest_log(LogLevel.ERROR, "Database failed", "user-service")
    found = service.get_logs_by_level(LogLevel.ERROR)

    assert [(record.message, record.service) for record in found] == [
        ("Database failed", "user-service")
    ]
    service.close()


def test_a_service_without_arguments_keeps_records_in_memory() -> None:
    service = create_log_service(clock=FakeClock())

    log_id = service.ingest_log(LogLevel.INFO, "m", "s") or ""

    record = service.get_log(log_id)
    assert record is not None
    assert record.timestamp == NOON
    assert re.fullmatch(rf"{NOON_NS // 1_000_000}-\d+-0", log_id)
    assert service.health().detail == "1 records in memory"
    service.close()


def test_two_services_share_no_records_and_no_ids() -> None:
    clock = FakeClock()
    one, other = create_log_service(clock=clock), create_log_service(clock=clock)

    ids = {service.ingest_log(LogLevel.INFO, "m", "s") for service in (one, other)}

    assert len(ids) == 2
    assert (one.get_stats().total, other.get_stats().total) == (1, 1)
    one.close()
    other.close()


@pytest.mark.parametrize("replication", ["master_slave", "multi_master"])
@pytest.mark.parametrize("copies", [1, 3])
def test_a_service_can_keep_several_copies(replication: str, copies: int) -> None:
    service = create_log_service(
        use_replication=True,
        replication=replication,
        copies=copies,
        settings=Settings(node_number=1),
    )

    service.ingest_log(LogLevel.INFO, "m", "s", id="1")

    assert service.health().detail == f"{copies} of {copies} copies are ready"
    assert [service.get_log("1") is not None for _ in range(copies)] == [True] * copies


@pytest.mark.parametrize(
    ("replication", "copies", "allowed"),
    [
        ("ring", 3, "must be master_slave or multi_master"),
        ("master_slave", 0, "copies must be 1 or more"),
    ],
)
def test_a_replication_that_does_not_exist_is_refused(
    replication: str, copies: int, allowed: str
) -> None:
    with pytest.raises(ValueError, match=allowed):
        create_log_service(use_replication=True, replication=replication, copies=copies)


@pytest.mark.parametrize("use_replication", [True, False])
@pytest.mark.parametrize("sharding", [TimeBasedSharding("hour"), ServiceBasedSharding(buckets=2)])
def test_records_can_be_spread_over_partitions(
    use_replication: bool, sharding: TimeBasedSharding | ServiceBasedSharding
) -> None:
    service = create_log_service(
        use_replication, sharding=sharding, settings=Settings(node_number=1)
    )

    for name in ("api", "db", "web"):
        service.ingest_log(LogLevel.INFO, "m", name)

    assert service.get_stats().by_service == {"api": 1, "db": 1, "web": 1}
    assert len(service.get_logs_by_service("db")) == 1


def test_a_store_of_ones_own_is_used() -> None:
    store = FlakyDatabase()
    service = create_log_service(store=store, settings=Settings(node_number=1))

    service.ingest_log(LogLevel.INFO, "m", "s", id="1")

    assert store.records.get("1") is not None


def test_drop_rules_come_from_the_settings() -> None:
    settings = Settings(min_level="WARNING", drop_services=("probe",), node_number=1)
    service = create_log_service(settings=settings)

    outcomes = service.ingest_batch(
        [
            draft("1", level=LogLevel.INFO),
            draft("2", level=LogLevel.ERROR, service="probe"),
            draft("3", level=LogLevel.WARNING),
        ]
    )

    assert [outcome.rule for outcome in outcomes] == ["min_level", "drop_services", None]


def test_a_record_is_checked_before_a_rule_drops_it() -> None:
    service = create_log_service(settings=Settings(min_level="ERROR", node_number=1))

    (outcome,) = service.ingest_batch([draft(message="", level=LogLevel.DEBUG)])

    assert outcome.status == "rejected"


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        (Settings(node_number=7), [f"{NOON_NS // 1_000_000}-7-0", f"{NOON_NS // 1_000_000}-7-1"]),
        (Settings(id_generator="sequential"), ["1", "2"]),
    ],
    ids=["snowflake", "sequential"],
)
def test_the_settings_choose_the_kind_of_ids(settings: Settings, ids: list[str]) -> None:
    service = create_log_service(settings=settings, clock=FakeClock())

    assert [service.ingest_log(LogLevel.INFO, "m", "s") for _ in range(2)] == ids


def test_ids_can_be_uuids() -> None:
    service = create_log_service(settings=Settings(id_generator="uuid"))

    assert UUID(service.ingest_log(LogLevel.INFO, "m", "s")).version == 7


def test_an_application_without_arguments_serves_from_memory() -> None:
    client = create_app().test_client()

    posted = client.post("/logs", json={"level": "INFO", "service": "api", "message": "m"})
    found = client.get("/logs").get_json()["logs"]

    assert [record["id"] for record in found] == [posted.get_json()["log_id"]]
    assert client.get("/api/v1/metrics").get_json()["metrics"]["logs_received"] == 1


def test_the_service_over_a_cluster_is_put_together_without_asking_it() -> None:
    # Nothing listens on port 1, so that any question would fail.
    system = create_system(Settings(elasticsearch_url="http://127.0.0.1:1"))

    assert not system.service.health().is_ready
    system.close()


@pytest.mark.parametrize(
    ("settings", "urls"),
    [
        (Settings(), ("http://127.0.0.1:9200",)),
        (Settings(elasticsearch_port=9_201), ("http://127.0.0.1:9201",)),
        (Settings(elasticsearch_url="https://a:9200,https://b"), ("https://a:9200", "https://b")),
    ],
    ids=["local node", "its port", "a cluster"],
)
def test_the_cluster_is_the_one_that_is_set_else_the_local_node(
    settings: Settings, urls: tuple[str, ...]
) -> None:
    assert cluster_address(settings).urls == urls


def test_the_clock_counts_nanoseconds() -> None:
    assert system_clock() > NOON_NS // 2


def test_the_public_names_are_all_there() -> None:
    assert {"create_app", "create_log_service", "LogEntry", "LogLevel"} <= set(app.__all__)
    assert all(getattr(app, name) is not None for name in app.__all__)


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'create_everything'"):
        app.create_everything  # noqa: B018


def test_whoever_makes_indices_puts_them_where_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[object, ...]] = []

    class Watched(Indices):
        def __init__(self, *arguments: Any) -> None:
            told.append(arguments[3:])
            super().__init__(*arguments)

    monkeypatch.setattr("app.wiring.indices.Indices", Watched)
    settings = Settings(
        data_dir=tmp_path, volatile_log="allow", tier_attribute="heat", wait_for_active_shards="2"
    )

    create_system(settings).close()
    create_lifecycle(settings).client.close()
    with connect(cluster_address(settings)) as client:
        create_jobs(settings, client, FakeClock(), "a test")

    assert len(told) == 3
    assert set(told) == {("2", "heat")}
