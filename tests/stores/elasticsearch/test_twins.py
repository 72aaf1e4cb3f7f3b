"""An id is stored once, also where a rollover or midnight lies between the first time and the second."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from elasticsearch import Elasticsearch

from app.domain.errors import StoreUnavailableError
from app.domain.outcomes import Acknowledge, Outcome, Status
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import CATALOG_SECONDS
from app.wiring.system import System, create_elasticsearch_system
from tests.builders import DAY, NOON_NS, draft
from tests.engine.eventually import eventually
from tests.fakes import FakeClock
from tests.gate import gate_to

pytestmark = pytest.mark.es


@pytest.fixture
def client(es_url: str) -> Iterator[Elasticsearch]:
    made = connect(ClusterAddress((es_url,)))
    yield made
    made.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@contextmanager
def running(
    url: str, prefix: str, folder: Path, clock: FakeClock, *, is_prepared: bool = True
) -> Iterator[System]:
    """A system of its own; it has read the list of indices if it is prepared."""
    settings = Settings(
        index_prefix=prefix, data_dir=folder, node_number=1, acknowledge_deadline=60.0
    )
    system = create_elasticsearch_system(settings, connect(ClusterAddress((url,))), clock)
    if is_prepared:
        system.prepare()
    yield system
    system.close()


@pytest.fixture
def system(es_url: str, es_prefix: str, tmp_path: Path, clock: FakeClock) -> Iterator[System]:
    with running(es_url, es_prefix, tmp_path, clock) as made:
        yield made


def store(system: System, id: str | None, instant: int | None) -> Outcome:
    (outcome,) = system.service.ingest_batch([draft(id, at=instant)])
    return outcome


def roll_over(system: System, client: Elasticsearch, prefix: str) -> None:
    """A second generation of today's index, as another process would make it."""
    alias = f"{prefix}-default-2026.11.24"
    client.indices.create(index=f"{alias}-000002")
    client.indices.update_aliases(
        actions=[
            {
                "add": {
                    "index": f"{alias}-{name}",
                    "alias": alias,
                    "is_write_index": name == "000002",
                }
            }
            for name in ("000001", "000002")
        ]
    )
    system.service.get_log("this reads the list of indices")


def copies(client: Elasticsearch, prefix: str, id: str) -> int:
    client.indices.refresh(index=f"{prefix}-default-*")
    found = client.count(index=f"{prefix}-default-*", query={"ids": {"values": [id]}})
    return int(found["count"])


def test_an_id_of_the_generation_before_is_a_duplicate(
    system: System, client: Elasticsearch, es_prefix: str
) -> None:
    assert store(system, "mine", NOON_NS).status is Status.CREATED
    roll_over(system, client, es_prefix)

    assert store(system, "mine", NOON_NS).status is Status.DUPLICATE
    assert store(system, "new", NOON_NS).status is Status.CREATED

    assert copies(client, es_prefix, "mine") == 1
    assert client.exists(index=f"{es_prefix}-default-2026.11.24-000002", id="new")


def test_neighbours_of_a_duplicate_are_created_in_the_same_batch(
    system: System, client: Elasticsearch, es_prefix: str
) -> None:
    store(system, "mine", NOON_NS)
    roll_over(system, client, es_prefix)

    outcomes = system.service.ingest_batch([draft(name, at=NOON_NS) for name in ("a", "mine", "b")])

    assert [outcome.status for outcome in outcomes] == [
        Status.CREATED,
        Status.DUPLICATE,
        Status.CREATED,
    ]


def test_an_older_generation_that_is_closed_holds_up_only_what_it_may_hold(
    system: System, client: Elasticsearch, es_prefix: str
) -> None:
    store(system, "mine", NOON_NS)
    roll_over(system, client, es_prefix)
    client.indices.close(index=f"{es_prefix}-default-2026.11.24-000001")

    outcomes = system.service.ingest_batch([draft("other", at=NOON_NS), draft(at=NOON_NS)])
    assert [outcome.status for outcome in outcomes] == [Status.ACCEPTED, Status.CREATED]

    client.indices.open(index=f"{es_prefix}-default-2026.11.24-000001")
    eventually(lambda: copies(client, es_prefix, "other") == 1, "it is stored when it can be")


def test_a_record_without_a_time_that_is_sent_again_after_midnight_is_a_duplicate(
    system: System, client: Elasticsearch, es_prefix: str, clock: FakeClock
) -> None:
    clock.advance(hours=11)
    assert store(system, "mine", None).status is Status.CREATED
    clock.advance(hours=2)

    assert store(system, "mine", None).status is Status.DUPLICATE
    assert copies(client, es_prefix, "mine") == 1


@pytest.mark.parametrize("is_prepared", [True, False], ids=["idle", "fresh"])
def test_after_midnight_an_idle_or_fresh_process_finds_what_another_one_has_stored(
    es_url: str,
    es_prefix: str,
    tmp_path: Path,
    client: Elasticsearch,
    clock: FakeClock,
    is_prepared: bool,
) -> None:
    clock.advance(hours=11)
    with running(es_url, es_prefix, tmp_path, clock, is_prepared=is_prepared) as standby:
        idle_since = monotonic()
        with running(es_url, es_prefix, tmp_path / "other", clock) as other:
            assert store(other, "mine", None).status is Status.CREATED
        clock.advance(hours=2)
        eventually(lambda: monotonic() > idle_since + CATALOG_SECONDS, "its list is not current")

        outcomes = standby.service.ingest_batch([draft("mine"), draft("new"), draft()])

    assert [outcome.status for outcome in outcomes] == [
        Status.DUPLICATE,
        Status.CREATED,
        Status.CREATED,
    ]
    assert copies(client, es_prefix, "mine") == 1


def test_the_same_id_at_another_time_is_another_day_s_record(
    system: System, client: Elasticsearch, es_prefix: str
) -> None:
    store(system, "mine", NOON_NS)

    assert store(system, "mine", NOON_NS - DAY).status is Status.CREATED
    assert copies(client, es_prefix, "mine") == 2


def test_what_was_left_in_the_log_is_looked_up_as_well(
    es_url: str, es_prefix: str, tmp_path: Path, client: Elasticsearch, clock: FakeClock
) -> None:
    with gate_to(es_url) as gate, running(gate.url, es_prefix, tmp_path, clock) as first:
        store(first, "mine", NOON_NS)
        roll_over(first, client, es_prefix)
        gate.shut()
        (left,) = first.service.ingest_batch([draft("mine", at=NOON_NS)], ack=Acknowledge.ACCEPTED)
        assert left.status is Status.ACCEPTED
        with pytest.raises(StoreUnavailableError):
            first.service.get_log("mine")

        with running(es_url, es_prefix, tmp_path, clock) as second:
            first.close()
            eventually(lambda: not pending(second), "the second has shipped what the first left")

    assert copies(client, es_prefix, "mine") == 1


def pending(system: System) -> int:
    """Records that the system has yet to ship; at least one was shipped."""
    summary = system.metrics.summary()
    text = system.metrics.text().decode()
    return int(summary["logs_pending"]) or int('outcome="duplicate"' not in text)
