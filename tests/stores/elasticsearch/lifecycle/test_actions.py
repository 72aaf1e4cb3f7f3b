"""What each action leaves behind, done once and done twice."""

import pytest

from app.domain.errors import StoreError
from app.domain.lifecycle import Tier
from tests.stores.elasticsearch.lifecycle.corner import Corner, expected

pytestmark = pytest.mark.es


def write_indices(corner: Corner) -> dict[str, bool]:
    found = corner.client.indices.get_alias(name=corner.alias())
    return {name: body["aliases"][corner.alias()]["is_write_index"] for name, body in found.items()}


@pytest.mark.parametrize("times", [1, 2])
def test_rolled_over_an_index_is_blocked_and_the_next_generation_takes_records(
    corner: Corner, times: int
) -> None:
    index = corner.facts(corner.make())

    for _ in range(times):
        corner.admin().roll_over(index)

    assert write_indices(corner) == {corner.name(): False, corner.name(generation=2): True}
    assert corner.facts(corner.name()).is_write_blocked
    assert not corner.facts(corner.name(generation=2)).is_write_blocked


@pytest.mark.parametrize("times", [1, 2])
def test_closed_for_writing_a_period_has_no_write_index(corner: Corner, times: int) -> None:
    index = corner.facts(corner.make())

    for _ in range(times):
        corner.admin().close_for_writing(index)

    assert write_indices(corner) == {corner.name(): False}
    assert corner.facts(corner.name()).is_write_blocked


@pytest.mark.parametrize("times", [1, 2])
def test_warm_is_a_recompressed_copy_in_one_segment_in_place_of_the_original(
    corner: Corner, times: int
) -> None:
    index = corner.facts(corner.make())

    for _ in range(times):
        corner.admin().warm(index, replicas=0)

    copy = corner.facts(f"{corner.name()}-warm")
    assert (copy.is_searched, copy.tier, copy.codec) == (True, Tier.WARM, "best_compression")
    assert (copy.segments, copy.documents, copy.base) == (1, 30, corner.name())
    assert copy.created_at == index.created_at
    assert modes(corner, copy.name) == {"BEST_COMPRESSION"}
    assert not corner.facts(corner.name()).is_searched
    assert corner.ids() == expected()


def test_an_index_of_a_single_segment_is_recompressed_too(corner: Corner) -> None:
    name = corner.make()
    corner.client.indices.forcemerge(index=name, max_num_segments=1)
    assert corner.facts(name).segments == 1

    corner.admin().warm(corner.facts(name), replicas=None)

    assert modes(corner, f"{name}-warm") == {"BEST_COMPRESSION"}


def test_an_index_of_three_shards_is_shrunk_to_one(corner: Corner) -> None:
    name = corner.make(settings={"index.number_of_shards": 3})

    corner.admin().warm(corner.facts(name), replicas=None)

    copy = corner.facts(f"{name}-warm")
    assert (copy.primaries, copy.segments, copy.documents) == (1, 1, 30)
    assert corner.ids() == expected()


def test_an_empty_index_becomes_warm(corner: Corner) -> None:
    name = corner.make(records=0)

    corner.admin().warm(corner.facts(name), replicas=0)

    assert corner.facts(f"{name}-warm").is_searched


def test_warm_keeps_the_replicas_that_there_are(corner: Corner) -> None:
    name = corner.make()

    corner.admin().warm(corner.facts(name), replicas=None)

    settings = corner.client.indices.get_settings(index=f"{name}-warm", flat_settings=True)
    assert settings[f"{name}-warm"]["settings"]["index.auto_expand_replicas"] == "0-1"


def test_more_replicas_than_there_are_nodes_hold_nothing_up(corner: Corner) -> None:
    name = corner.make()

    corner.admin().warm(corner.facts(name), replicas=2)

    copy = corner.facts(f"{name}-warm")
    assert (copy.is_searched, copy.replicas, copy.health) == (True, 2, "yellow")


@pytest.mark.parametrize("times", [1, 2])
def test_the_original_goes_a_minute_after_its_copy_took_its_place(
    corner: Corner, times: int
) -> None:
    name = corner.make()
    corner.admin().warm(corner.facts(name), replicas=0)
    original = corner.facts(name)

    with pytest.raises(StoreError, match="later run"):
        corner.admin().clean_up(original)
    corner.wait(61)
    for _ in range(times):
        corner.admin().clean_up(original)

    assert corner.names() == {f"{name}-warm"}
    assert corner.ids() == expected()


def test_what_was_frozen_for_the_originals_name_finds_the_copy(corner: Corner) -> None:
    name = corner.make()
    corner.admin().warm(corner.facts(name), replicas=0)
    corner.wait(61)

    corner.admin().clean_up(corner.facts(name))

    assert corner.client.get(index=name, id="1-7")["found"]


def test_a_copy_that_never_took_its_place_is_removed(corner: Corner) -> None:
    name = corner.make()
    corner.admin().close_for_writing(corner.facts(name))
    corner.client.indices.clone(index=name, target=f"{name}-warm")

    corner.admin().clean_up(corner.facts(f"{name}-warm"))

    assert corner.names() == {name}


def test_what_is_searched_is_never_cleaned_up(corner: Corner) -> None:
    name = corner.make()

    with pytest.raises(StoreError, match="is searched"):
        corner.admin().clean_up(corner.facts(name))

    assert corner.ids() == expected()


def test_the_last_index_that_holds_a_record_is_not_cleaned_up(corner: Corner) -> None:
    name = corner.make()
    corner.client.indices.delete_alias(index=name, name=corner.alias())

    with pytest.raises(StoreError, match="by hand"):
        corner.admin().clean_up(corner.facts(name))

    assert corner.names() == {name}


@pytest.mark.parametrize("times", [1, 2])
def test_where_no_node_has_a_tier_a_cold_index_stays_where_it_is(
    corner: Corner, times: int
) -> None:
    index = corner.facts(corner.make())

    for _ in range(times):
        corner.admin().move(index, Tier.COLD, 0)

    found = corner.facts(index.name)
    assert (found.tier, found.replicas, found.health) == (Tier.COLD, 0, "green")


@pytest.mark.parametrize("times", [1, 2])
def test_a_mark_is_noted_and_taken_back(corner: Corner, times: int) -> None:
    name = corner.make()

    for _ in range(times):
        corner.admin().mark(name, 1_234)
    assert corner.facts(name).marked_at == 1_234

    for _ in range(times):
        corner.admin().mark(name, None)
    assert corner.facts(name).marked_at is None


@pytest.mark.parametrize("times", [1, 2])
def test_an_index_is_deleted_by_its_name_and_no_other_is(corner: Corner, times: int) -> None:
    first = corner.facts(corner.make())
    corner.admin().roll_over(first)

    for _ in range(times):
        corner.admin().delete(first)

    assert corner.names() == {corner.name(generation=2)}


def test_what_a_recompression_has_left_goes_with_the_index(corner: Corner) -> None:
    name = corner.make()
    corner.admin().warm(corner.facts(name), replicas=0)
    assert corner.names() == {name, f"{name}-warm"}

    corner.admin().delete(corner.facts(f"{name}-warm"))

    assert corner.names() == set()


def test_a_leftover_is_deleted_without_the_index_that_took_its_place(corner: Corner) -> None:
    name = corner.make()
    corner.admin().warm(corner.facts(name), replicas=0)

    corner.admin().delete(corner.facts(name))

    assert corner.ids() == expected()


def test_the_name_of_an_original_that_is_gone_deletes_nothing(corner: Corner) -> None:
    original = corner.facts(corner.make())
    corner.admin().warm(original, replicas=0)
    corner.wait(61)
    corner.admin().clean_up(original)

    corner.admin().delete(original)

    assert corner.ids() == expected()


def test_what_was_done_is_a_document(corner: Corner) -> None:
    corner.admin().note({"kind": "delete", "target": "an index", "documents": 3, "error": None})

    corner.client.indices.refresh(index=f"{corner.prefix}-lifecycle")
    found = corner.client.search(
        index=f"{corner.prefix}-lifecycle", query={"term": {"kind": "delete"}}
    )
    assert found["hits"]["hits"][0]["_source"]["documents"] == 3


def test_whoever_leads_no_more_changes_nothing(corner: Corner) -> None:
    name = corner.make()

    class LeadsNoMoreError(Exception):
        pass

    def guard() -> None:
        raise LeadsNoMoreError

    with pytest.raises(LeadsNoMoreError):
        corner.admin(guard=guard).warm(corner.facts(name), replicas=0)

    assert not corner.facts(name).is_write_blocked
    assert corner.names() == {name}


def modes(corner: Corner, name: str) -> set[str]:
    """How the stored fields of an index are really compressed."""
    found = corner.client.indices.segments(index=name)
    return {
        mode
        for shards in found["indices"][name]["shards"].values()
        for shard in shards
        for segment in shard["segments"].values()
        for key, mode in segment["attributes"].items()
        if key.endswith("StoredFieldsFormat.mode")
    }
