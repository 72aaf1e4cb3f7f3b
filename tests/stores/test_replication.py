"""Copies of a store: what holds for every way of replication."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import StoreUnavailableError
from app.domain.filters import EVERYTHING
from app.domain.outcomes import Outcome, Status
from app.domain.query import Query
from app.domain.replication import ReplicationStrategy
from app.stores.replicated import (
    MasterSlaveReplication,
    MultiMasterReplication,
    ReplicatedDatabase,
)
from tests.builders import entry
from tests.fakes import FlakyDatabase

Replicate = Callable[[Sequence[FlakyDatabase]], ReplicationStrategy]


def master_slave(copies: Sequence[FlakyDatabase]) -> ReplicationStrategy:
    return MasterSlaveReplication(copies[0], copies[1:])


def multi_master(copies: Sequence[FlakyDatabase]) -> ReplicationStrategy:
    return MultiMasterReplication(copies)


both_ways = pytest.mark.parametrize("replicate", [master_slave, multi_master])


def ids_of(copy: FlakyDatabase) -> list[str]:
    return [record.id for record in copy.records.matching(EVERYTHING)]


@both_ways
def test_a_record_reaches_every_copy(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))

    outcomes = store.append([entry("1"), entry("2")], "imported")

    assert outcomes == [Outcome.created("1"), Outcome.created("2")]
    assert [ids_of(copy) for copy in copies] == [["1", "2"]] * 3
    assert {stream for copy in copies for stream in copy.streams} == {"imported"}


@both_ways
def test_a_record_sent_twice_is_a_duplicate_whichever_copy_takes_it(replicate: Replicate) -> None:
    store = ReplicatedDatabase(replicate([FlakyDatabase() for _ in range(3)]))
    store.append([entry("1")])

    outcomes = [store.append([entry("1")])[0] for _ in range(3)]

    assert outcomes == [Outcome.duplicate("1")] * 3
    assert store.count(EVERYTHING) == 1


@both_ways
def test_copies_are_read_in_turn(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))

    for _ in range(6):
        store.count(EVERYTHING)

    assert [copy.reads for copy in copies] == [2, 2, 2]


@both_ways
@pytest.mark.parametrize("answering", [0, 1, 2])
@pytest.mark.parametrize("how", ["is_away", "fails_unannounced"])
def test_reads_go_on_while_one_copy_answers(replicate: Replicate, answering: int, how: str) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))
    store.append([entry("1")])

    for copy in copies:
        setattr(copy, how, copy is not copies[answering])

    assert [store.get("1") for _ in range(4)] == [entry("1")] * 4
    assert store.search(Query()).total == 1
    assert store.count(EVERYTHING) == 1
    assert store.stats(EVERYTHING).total == 1


@both_ways
def test_a_copy_that_was_away_is_not_read_before_it_has_caught_up(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))
    copies[1].is_away = True
    store.append([entry("1")])

    copies[1].is_away = False

    assert [store.count(EVERYTHING) for _ in range(6)] == [1] * 6
    assert [copy.reads for copy in copies] == [3, 0, 3]


@both_ways
def test_a_refresh_brings_a_copy_that_was_away_up_to_date(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))
    copies[1].is_away = True
    store.append([entry("1"), entry("2")])
    copies[1].is_away = False

    store.refresh()

    assert [ids_of(copy) for copy in copies] == [["1", "2"]] * 3


@both_ways
def test_a_refresh_leaves_out_a_copy_that_is_away(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(2)]
    store = ReplicatedDatabase(replicate(copies))
    copies[1].is_away = True

    store.refresh()

    assert store.count(EVERYTHING) == 0


@both_ways
def test_where_every_copy_is_away_reads_raise_and_writes_fail(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(2)]
    store = ReplicatedDatabase(replicate(copies))
    for copy in copies:
        copy.is_away = True

    assert [outcome.status for outcome in store.append([entry("1")])] == [Status.FAILED]
    with pytest.raises(StoreUnavailableError):
        store.get("1")


@both_ways
def test_the_store_is_ready_while_one_copy_is(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))

    states = []
    for copy in copies:
        copy.is_away = True
        states.append((store.health().is_ready, store.health().detail))

    assert states == [
        (True, "2 of 3 copies are ready"),
        (True, "1 of 3 copies are ready"),
        (False, "0 of 3 copies are ready"),
    ]


@both_ways
def test_closing_closes_every_copy(replicate: Replicate) -> None:
    copies = [FlakyDatabase() for _ in range(3)]

    ReplicatedDatabase(replicate(copies)).close()

    assert [copy.is_closed for copy in copies] == [True] * 3


failures = st.tuples(st.integers(0, 2), st.sampled_from(["is_away", "fails_unannounced"]))
writes = st.lists(st.integers(0, 9).map(str), max_size=4)


@both_ways
@given(st.lists(st.one_of(failures, writes), max_size=40))
def test_whatever_fails_in_between_all_copies_end_the_same_and_nothing_taken_is_lost(
    replicate: Replicate, steps: list[tuple[int, str] | list[str]]
) -> None:
    copies = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(replicate(copies))

    created: list[str] = []
    for step in steps:
        if isinstance(step, tuple):
            copy, switch = copies[step[0]], step[1]
            setattr(copy, switch, not getattr(copy, switch))
        else:
            for outcome in store.append([entry(name) for name in step]):
                created += [outcome.id or ""] if outcome.status is Status.CREATED else []
    for copy in copies:
        copy.is_away = copy.fails_unannounced = False
    store.refresh()

    assert [ids_of(copy) for copy in copies] == [created] * 3
