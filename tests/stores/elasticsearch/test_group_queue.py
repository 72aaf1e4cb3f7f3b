"""The order in which groups are shipped."""

from collections.abc import Sequence

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


def left(size: int = 100) -> Group:
    return Group(NoLog(), 1, size=size)


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
    old = [left(5_000_000) for _ in range(4)]
    for one in old:
        queue.add_left(one)
    taken: list[Group] = []
    for _ in range(8):
        queue.add(group())
        taken += queue.take(10)

    assert [one in old for one in taken].count(True) == 2
    assert queue.is_worth_a_request(3)


def test_small_ones_that_were_left_share_requests() -> None:
    queue = GroupQueue(10**9)
    for _ in range(100):
        queue.add_left(left())

    assert len(queue.take(5_000)) == 100


def test_beyond_the_memory_bound_actions_stay_in_the_log() -> None:
    queue = GroupQueue(250)
    groups = [group() for _ in range(5)]
    for one in groups:
        queue.add(one)

    assert [one.memory for one in groups] == [100, 100, 0, 0, 0]
    queue.take(2)
    queue.add(late := group())
    assert late.memory == 100


def test_what_comes_back_beyond_the_memory_bound_stays_in_the_log_too() -> None:
    actions = [create_action(name, "i", b"{}") for name in ("a", "b")]
    size = len(to_lines(actions))
    queue = GroupQueue(2 * size)
    groups = [Group(LogOf(actions), number, batch_of(actions)) for number in range(9)]
    for one in groups:
        queue.add(one)

    for turn in range(20):
        for one in queue.take(2):
            one.load()
            queue.add_later(one, turn)
        queue.bring_due(turn)

        assert sum(one.memory for one in groups) <= 2 * size


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
    queue = GroupQueue(1_000)
    soon, late = group(), group()
    queue.add_later(late, 9.0)
    queue.add_later(soon, 5.0)

    queue.bring_due(4.9)
    assert (queue.next_due(), queue.is_worth_a_request(0), len(queue)) == (5.0, False, 2)
    queue.bring_due(5.0)
    assert queue.take(10) == [soon]
    assert queue.next_due() == 9.0
