"""Records that come late: their period was closed for writing, but they still belong to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.outcomes import Status
from app.domain.sharding import Partition
from app.settings import Settings
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from app.wiring.system import System, create_elasticsearch_system
from tests.builders import NOON_NS, draft
from tests.engine.eventually import eventually
from tests.fakes import FakeClock
from tests.rolling import close_for_writing, roll_over

pytestmark = pytest.mark.es

TODAY = Partition("default", "2026.11.24")


@pytest.fixture
def system(client: Client, es_url: str, es_prefix: str, tmp_path: Path) -> Iterator[System]:
    settings = Settings(
        index_prefix=es_prefix, data_dir=tmp_path, node_number=1, acknowledge_deadline=60.0
    )
    made = create_elasticsearch_system(settings, client, FakeClock())
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def first(es_prefix: str) -> str:
    return f"{es_prefix}-default-2026.11.24-000001"


def store(system: System, *ids: str) -> list[Status]:
    outcomes = system.service.ingest_batch([draft(name, at=NOON_NS) for name in ids])
    return [outcome.status for outcome in outcomes]


def where(client: Client, prefix: str, id: str) -> list[str]:
    client.indices.refresh(index=f"{prefix}-default-*")
    found = client.search(index=f"{prefix}-default-*", query={"ids": {"values": [id]}})
    return [hit["_index"] for hit in found["hits"]["hits"]]


def test_a_late_record_gets_a_new_generation_of_its_own_period(
    system: System, client: Client, es_prefix: str, first: str
) -> None:
    store(system, "early")
    close_for_writing(client, first)

    # This process has not heard of it: its record is bound for the closed index.
    assert store(system, "late") == [Status.CREATED]

    assert where(client, es_prefix, "late") == [first[:-1] + "2"]
    system.service.refresh()
    assert system.service.search().total == 2


def test_further_late_records_go_to_the_same_generation(
    system: System, client: Client, indices: Indices, es_prefix: str, first: str
) -> None:
    store(system, "early")
    close_for_writing(client, first)
    store(system, "late")

    store(system, "later")

    assert where(client, es_prefix, "later") == [first[:-1] + "2"]
    assert len(indices.names([TODAY])) == 2


def test_a_late_record_that_is_in_the_closed_index_already_is_a_duplicate(
    system: System, client: Client, es_prefix: str, first: str
) -> None:
    store(system, "mine")
    close_for_writing(client, first)

    assert store(system, "mine", "other") == [Status.DUPLICATE, Status.CREATED]

    assert where(client, es_prefix, "mine") == [first]


def test_after_a_rollover_records_go_on_to_the_next_generation(
    system: System, client: Client, indices: Indices, es_prefix: str, first: str
) -> None:
    store(system, "a")
    second = roll_over(client, indices, first)

    assert store(system, "a", "b") == [Status.DUPLICATE, Status.CREATED]
    assert where(client, es_prefix, "b") == [second]


def test_an_index_that_somebody_else_has_blocked_is_waited_for(
    system: System, client: Client, es_prefix: str, first: str
) -> None:
    store(system, "early")
    client.indices.add_block(index=first, block="write")

    assert store(system, "mine") == [Status.ACCEPTED]

    client.indices.put_settings(index=first, settings={"index.blocks.write": None})
    eventually(lambda: where(client, es_prefix, "mine") == [first], "it is stored there")


def test_what_a_copy_has_taken_over_is_found_once_and_under_both_names(
    system: System, client: Client, es_prefix: str, first: str
) -> None:
    store(system, "mine")
    system.service.refresh()
    close_for_writing(client, first)
    alias, copy = first.rpartition("-")[0], f"{first}-warm"
    client.indices.clone(index=first, target=copy, wait_for_active_shards="1")
    assert system.service.search().total == 1  # while the copy is in the making

    client.indices.update_aliases(
        actions=[
            {"remove": {"index": first, "alias": alias}},
            {"add": {"index": copy, "alias": alias, "is_write_index": False}},
        ]
    )
    assert system.service.search().total == 1  # while the original is still there
    assert store(system, "mine") == [Status.DUPLICATE]

    client.indices.update_aliases(
        actions=[{"remove_index": {"index": first}}, {"add": {"index": copy, "alias": first}}]
    )
    assert store(system, "mine", "late") == [Status.DUPLICATE, Status.CREATED]
    assert system.service.get_log("mine") is not None
    system.service.refresh()
    assert system.service.search().total == 2


def test_a_search_says_how_many_indices_it_asked_and_skipped(
    system: System, client: Client, indices: Indices, first: str
) -> None:
    store(system, "a")
    roll_over(client, indices, first)
    indices.create(indices.target(Partition("default", "2026.11.20")))
    system.service.get_log("this reads the list of indices")

    reach = system.service.search().reach

    assert reach is not None
    assert (reach.asked, reach.skipped) == (3, 0)
