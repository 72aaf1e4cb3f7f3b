"""Time-rolled indices: their names, the alias that is written to, the list of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import Elasticsearch

from app.domain.sharding import Partition
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from tests.engine.eventually import eventually
from tests.node import free_port

pytestmark = pytest.mark.es

NEW_YEAR = Partition("default", "2024.01.01")


@pytest.fixture
def another(client: Elasticsearch, templates: IndexTemplates, es_prefix: str) -> Indices:
    """The same indices, as another process knows them."""
    return Indices(client, es_prefix, templates)


def test_an_index_is_named_by_stream_period_and_generation(
    client: Elasticsearch, indices: Indices, es_prefix: str
) -> None:
    indices.create(indices.target(NEW_YEAR))

    found = client.indices.get_alias(name=f"{es_prefix}-default-2024.01.01")

    assert found.body == {
        f"{es_prefix}-default-2024.01.01-000001": {
            "aliases": {f"{es_prefix}-default-2024.01.01": {"is_write_index": True}}
        }
    }


def test_several_may_create_the_same_index_at_once(indices: Indices) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: indices.create(indices.target(NEW_YEAR)), range(8)))

    assert len(indices.names([NEW_YEAR])) == 1


def test_a_record_goes_to_the_newest_generation_that_is_known(
    client: Elasticsearch, indices: Indices
) -> None:
    indices.create(indices.target(NEW_YEAR))
    client.indices.rollover(alias=indices.alias(NEW_YEAR))
    indices.forget()
    indices.catalog()

    assert indices.target(NEW_YEAR).endswith("-000002")


def test_a_generation_that_was_deleted_is_made_again_under_its_alias(
    client: Elasticsearch, indices: Indices
) -> None:
    first = indices.target(NEW_YEAR)
    indices.create(first)
    client.indices.rollover(alias=indices.alias(NEW_YEAR))
    client.indices.delete(index=first)

    indices.create(first)

    found = client.indices.get_alias(name=indices.alias(NEW_YEAR))
    assert {
        name: info["aliases"][indices.alias(NEW_YEAR)].get("is_write_index", False)
        for name, info in found.items()
    } == {first: False, first[:-1] + "2": True}


def test_the_catalog_lists_partitions_and_nothing_else(
    client: Elasticsearch, indices: Indices, es_prefix: str
) -> None:
    indices.create(indices.target(NEW_YEAR))
    indices.create(indices.target(Partition("imported", "2015")))
    client.indices.create(index=f"{es_prefix}-state")
    client.indices.create(index=f"{es_prefix}-of-somebody-else")
    indices.forget()

    assert set(indices.catalog()) == {NEW_YEAR, Partition("imported", "2015")}


def test_generations_of_a_partition_are_listed_newest_first(
    client: Elasticsearch, indices: Indices, es_prefix: str
) -> None:
    indices.create(indices.target(NEW_YEAR))
    client.indices.rollover(alias=indices.alias(NEW_YEAR))
    indices.forget()

    assert indices.names([NEW_YEAR]) == [
        f"{es_prefix}-default-2024.01.01-000002",
        f"{es_prefix}-default-2024.01.01-000001",
    ]


def test_while_the_list_is_not_current_it_is_not_known_where_a_record_without_a_time_is(
    indices: Indices, another: Indices
) -> None:
    def found() -> tuple[str, ...] | None:
        return indices.elsewhere(NEW_YEAR, is_time_given=False)

    def found_anew() -> tuple[str, ...] | None:
        indices.read_anew()
        return found()

    assert found() is None
    eventually(lambda: found_anew() == (), "there is none")
    eve = another.target(Partition("default", "2023.12.31"))
    another.create(eve)

    eventually(lambda: found() is None, "the list is too old")
    assert indices.elsewhere(NEW_YEAR, is_time_given=True) == ()
    eventually(lambda: found_anew() == (eve,), "the new one is known")
    assert indices.wherever(NEW_YEAR, is_time_given=False) == (eve,)
    assert indices.wherever(NEW_YEAR, is_time_given=True) == ()


def test_health_names_the_templates_that_are_missing(indices: Indices, es_prefix: str) -> None:
    health = indices.health()

    assert not health.is_ready
    assert f"{es_prefix}-records" in health.detail


def test_one_node_is_healthy_with_indices_in_it(indices: Indices) -> None:
    indices.create(indices.target(NEW_YEAR))

    assert indices.health().is_ready


def test_what_others_have_lost_in_the_same_cluster_is_no_concern_of_ours(
    client: Elasticsearch, indices: Indices, es_prefix: str
) -> None:
    indices.create(indices.target(NEW_YEAR))
    theirs = f"{es_prefix}theirs"
    nowhere = {"index.routing.allocation.require._name": "none"}
    client.indices.create(index=theirs, settings=nowhere, wait_for_active_shards="0")
    eventually(lambda: client.cluster.health(index=theirs)["status"] == "red", "it is lost")

    health = indices.health()

    assert (health.is_ready, health.detail) == (True, "Elasticsearch is green")


def test_ours_that_are_lost_make_us_not_ready(
    client: Elasticsearch, indices: Indices, es_prefix: str
) -> None:
    indices.install_templates()
    nowhere = {"index.routing.allocation.require._name": "none"}
    client.indices.create(
        index=indices.target(NEW_YEAR), settings=nowhere, wait_for_active_shards="0"
    )

    eventually(lambda: "Elasticsearch is red" in indices.health().detail, "it is told")
    assert not indices.health().is_ready


def test_health_of_a_cluster_that_is_away_says_so() -> None:
    with connect(ClusterAddress((f"http://127.0.0.1:{free_port()}",))) as client:
        health = Indices(client, "t-away", IndexTemplates(client, "t-away")).health()

    assert not health.is_ready
    assert "cannot be reached" in health.detail
