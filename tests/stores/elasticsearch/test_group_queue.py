"""The order in which groups are shipped."""

import tracemalloc
from collections.abc import Callable, Sequence

import pytest

from app.domain.outcomes import Outcome
from app.stores.elasticsearch.actions import Action, create_action, to_lines
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.group_queue import GroupQueue


class NoLog:
    """A log that is never asked."""

    def read(self, lsn: int) -> bytes:
        raise AssertionError(lsn)

    def finish(self, lsns: Sequence[int]) -> None:
        raise AssertionError(lsns)


class LogOf:
    """A log that holds the same actions under every number."""

    def __init__(self, actions: Sequence[Action]) -> None:
        self._payload = to_lines(actions)

    def read(self, lsn: int) -> bytes:
        return self._payload

    def finish(self, lsns: Sequence[int]) -> None:
        """Nobody minds."""


def group(size: int = 100, records: int = 1) -> Group:
    actions = [Action(f"{n}", "i", b"x" * (size // records)) for n in range(records)]
    return Group(NoLog(), 1, batch_of(actions))


NO_LOG = NoLog()


def left(lsn: int = 1, size: int = 100) -> Group:
    return Group(NO_LOG, lsn, size=size)


def outage(lsn: int) -> Group:
    """One that nobody waits for, with a service that its bytes are booked for."""
    actions = [Action(f"{lsn}", "i", b"x" * 100)]
    made = Group(NO_LOG, lsn, batch_of(actions), finished=nobody_minds)
    made.unload()
    return made


def nobody_minds(size: int) -> None:
    """A booking that many have in common."""


def test_with_nothing_in_flight_anything_is_sent() -> None:
    queue = GroupQueue(1_000)
    assert not queue.is_worth_a_request(0)

    queue.add(group())

    assert queue.is_worth_a_request(0)
    assert not queue.is_worth_a_request(1)


def test_beside_one_in_flight_only_what_is_enough_is_sent() -> None:
    queue = GroupQueue(10**7)
    queue.add(group(200_000))
    assert not queue.is_worth_a_request(1)

    queue.add(group(100_000))

    assert queue.is_worth_a_request(1)


def test_a_request_takes_what_fits_in_order_and_at_least_one() -> None:
    queue = GroupQueue(10**9)
    groups = [group(records=3), group(records=3), group(records=9), group(9_000_000), group()]
    for one in groups:
        queue.add(one)

    assert queue.take(6) == groups[:2]
    assert queue.take(6) == groups[2:3]
    assert queue.take(6) == groups[3:4]
    assert queue.take(6) == groups[4:]
    assert not len(queue)


def test_what_was_left_by_others_lets_those_pass_who_wait_but_not_for_ever() -> None:
    queue = GroupQueue(10**9)
    for lsn in range(11, 15):
        queue.add_left(left(lsn, 5_000_000))
    taken: list[Group] = []
    for _ in range(8):
        queue.add(group())
        taken += queue.take(10)

    assert [one.lsn for one in taken if one.lsn > 1] == [11, 12]
    assert queue.is_worth_a_request(3)


def test_small_ones_that_were_left_share_requests() -> None:
    queue = GroupQueue(10**9)
    for _ in range(100):
        queue.add_left(left())

    assert len(queue.take(5_000)) == 100


def test_beyond_the_memory_bound_actions_stay_in_the_log() -> None:
    groups = [group() for _ in range(5)]
    size = groups[0].memory
    queue = GroupQueue(2 * size + 50)
    for one in groups:
        queue.add(one)

    assert [one.memory for one in groups] == [size, size, 0, 0, 0]
    queue.take(2)
    queue.add(late := group())
    assert late.memory == size


def test_what_comes_back_beyond_the_memory_bound_stays_in_the_log_too() -> None:
    actions = [create_action(name, "i", b"{}") for name in ("a", "b")]
    log = LogOf(actions)
    groups = [Group(log, number, batch_of(actions)) for number in range(9)]
    size = groups[0].memory
    queue = GroupQueue(2 * size)
    for one in groups:
        queue.add(one)

    seen: list[int] = []
    there = set(groups)
    for turn in range(20):
        taken = queue.take(2)
        for one in taken:
            one.load()
        queue.add_later(taken, turn)
        queue.bring_due(turn)

        seen += [one.lsn for one in taken]
        there.update(taken)
        assert sum(one.memory for one in there) <= 2 * size
    assert set(seen) == set(range(9))
    assert len(queue) == 9


def test_what_was_settled_of_a_group_is_not_sent_again_when_it_comes_back_from_the_log() -> None:
    actions = [create_action(name, "i", b"{}") for name in ("a", "b", "c")]
    told: list[list[Outcome]] = []
    one = Group(LogOf(actions), 1, batch_of(actions), told.append)
    one.settle(1, Outcome.rejected("it does not fit", id="b"))

    one.unload()
    assert (one.memory, one.finish_if_settled()) == (0, False)
    one.load()

    assert [(at, action.id) for at, action in one.waiting()] == [(0, "a"), (2, "c")]
    one.settle_as_created()
    assert one.finish_if_settled()
    assert [outcome.status for outcome in told[0]] == ["created", "rejected", "created"]


def test_a_group_that_is_only_in_the_log_is_not_settled_by_being_asked_what_waits() -> None:
    actions = [create_action(name, "i", b"{}") for name in ("a", "b")]
    one = Group(LogOf(actions), 1, batch_of(actions))

    one.unload()
    assert one.waiting() == []
    assert not one.finish_if_settled()
    one.load()

    assert [action.id for _, action in one.waiting()] == ["a", "b"]


def test_what_is_tried_again_waits_for_its_time() -> None:
    queue = GroupQueue(10**6)
    soon, late = group(), group()
    queue.add_later([late], 9.0)
    queue.add_later([soon], 5.0)

    queue.bring_due(4.9)
    assert (queue.next_due(), queue.is_worth_a_request(0), len(queue)) == (5.0, False, 2)
    queue.bring_due(5.0)
    assert queue.take(10) == [soon]
    assert queue.next_due() == 9.0


@pytest.mark.parametrize(
    "put",
    [
        lambda queue, groups: [queue.add(one) for one in groups],
        lambda queue, groups: [queue.add_left(one) for one in groups],
        lambda queue, groups: queue.add_later(groups, 1.0),
    ],
    ids=["fresh", "left", "later"],
)
def test_a_group_that_nobody_waits_for_and_the_log_has_takes_a_few_bytes(
    put: Callable[[GroupQueue, Sequence[Group]], object],
) -> None:
    number = 8_000
    queue = GroupQueue(0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]

    for start in range(0, number, 1_000):
        put(queue, [outage(lsn) for lsn in range(start, start + 1_000)])

    assert (tracemalloc.get_traced_memory()[0] - before) / number < 60
    tracemalloc.stop()
    assert len(queue) == number
    queue.bring_due(1.0)
    taken = [one.lsn for _ in range(number) for one in queue.take(1)]
    assert taken == list(range(number))
    assert not len(queue)


def test_how_often_a_record_was_refused_is_not_forgotten_while_it_waits() -> None:
    queue = GroupQueue(memory_bytes=0)
    refused = outage(1)
    refused.count_refusal(0)

    queue.add_later([refused], 1.0)
    queue.bring_due(2.0)

    (taken,) = queue.take(10)
    assert taken.count_refusal(0) == 2
