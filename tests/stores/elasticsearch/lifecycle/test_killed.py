"""Killed before any change that it makes, an action is taken up by the next run and ends the same."""

from collections.abc import Callable
from itertools import count

import pytest

from app.domain.lifecycle import IndexFacts
from app.domain.sharding import Partition
from app.stores.elasticsearch.lifecycle.admin import ElasticsearchAdmin
from tests.stores.elasticsearch.lifecycle.corner import Corner, expected, listed
from tests.stores.elasticsearch.lifecycle.wire import DyingAt, Killed, watched

pytestmark = [pytest.mark.es, pytest.mark.timeout(600)]

Act = Callable[[ElasticsearchAdmin, IndexFacts], None]
LATER = 2_000_000_000_000_000_000


def days(
    corner: Corner, es_url: str, prepare: Callable[[Partition], str], act: Act
) -> list[Partition]:
    """Do ``act`` to an index a day, killed before its first change, its second, and so on; then again.

    Returns:
        the days; on the last there was nothing left to kill.
    """
    done = []
    for number in count(1):
        day = Partition("default", f"2026.02.{number:02d}")
        index = corner.facts(prepare(day))
        dying = DyingAt(number)
        with watched(es_url, dying) as client:
            try:
                act(corner.admin(client), index)
            except Killed:
                act(corner.admin(), index)
        done.append(day)
        if not dying.has_killed:
            return done
    raise AssertionError("unreachable")


def test_while_it_rolls_over(corner: Corner, es_url: str) -> None:
    for day in days(
        corner, es_url,
        lambda day: corner.make(partition=day),
        lambda admin, index: admin.roll_over(index),
    ):  # fmt: skip
        aliases = corner.client.indices.get_alias(name=corner.alias(day))
        assert {
            name: body["aliases"][corner.alias(day)]["is_write_index"]
            for name, body in aliases.items()
        } == {corner.name(day): False, corner.name(day, 2): True}
        assert corner.ids(day) == expected()


def test_while_it_becomes_warm(corner: Corner, es_url: str) -> None:
    warmed = days(
        corner,
        es_url,
        lambda day: corner.make(partition=day, settings={"index.number_of_shards": 2}),
        lambda admin, index: admin.warm(index, 0),
    )

    assert len(warmed) >= 7
    for day in warmed:
        copy = corner.facts(f"{corner.name(day)}-warm")
        assert (copy.is_searched, copy.tier, copy.codec) == (True, "warm", "best_compression")
        assert (copy.segments, copy.primaries) == (1, 1)
        assert not corner.facts(corner.name(day)).is_searched
        assert corner.ids(day) == expected()


def test_while_the_original_is_removed(corner: Corner, es_url: str) -> None:
    def prepare(day: Partition) -> str:
        name = corner.make(partition=day)
        corner.admin().warm(corner.facts(name), 0)
        corner.wait(61)
        return name

    for day in days(corner, es_url, prepare, lambda admin, index: admin.clean_up(index)):
        assert corner.ids(day) == expected()
        assert not corner.names() & {corner.name(day)}


def test_while_it_is_archived(corner: Corner, es_url: str) -> None:
    archived = days(
        corner, es_url,
        lambda day: corner.make(partition=day),
        lambda admin, index: admin.archive(index),
    )  # fmt: skip

    archives = corner.admin().facts().archives
    assert [archive.base for archive in archives] == [corner.name(day) for day in archived]
    for day in archived:
        assert corner.facts(corner.name(day)).archived_as is not None
        assert corner.ids(day) == expected()
    assert corner.names() == {corner.name(day) for day in archived}


def test_while_it_is_restored(corner: Corner, es_url: str) -> None:
    def prepare(day: Partition) -> str:
        name = corner.make(partition=day)
        corner.admin().archive(corner.facts(name))
        return name

    def restore(admin: ElasticsearchAdmin, index: IndexFacts) -> None:
        admin.delete(index)
        admin.restore(f"{index.base}-001", LATER)

    restored = days(corner, es_url, prepare, restore)

    for day in restored:
        assert listed(corner.client, corner.alias(day)) == expected()
    assert corner.names() == {f"{corner.name(day)}-restored" for day in restored}
