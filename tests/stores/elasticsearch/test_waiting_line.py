"""A line of groups: what comes out is what went in, however little was kept of it."""

from collections.abc import Sequence

from app.domain.outcomes import Outcome
from app.stores.elasticsearch.actions import create_action, to_lines
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.waiting_line import WaitingLine, run_of

ACTIONS = [create_action(name, "i", b"{}") for name in ("a", "b")]


class Log:
    """Holds the same actions under every number."""

    def __init__(self) -> None:
        self.finished: list[int] = []

    def read(self, lsn: int) -> bytes:
        return to_lines(ACTIONS)

    def finish(self, lsns: Sequence[int]) -> None:
        self.finished += lsns


def at_rest(log: Log, lsn: int) -> Group:
    return Group(log, lsn, size=10, count=2)


def waited_for(log: Log, lsn: int) -> Group:
    told: list[list[Outcome]] = []
    group = Group(log, lsn, batch_of(ACTIONS), told.append)
    group.unload()
    return group


def test_a_group_at_rest_comes_out_as_it_was() -> None:
    log, released = Log(), list[int]()
    group = Group(log, 7, batch_of(ACTIONS), finished=released.append)
    size = group.size
    group.unload()
    group.attempts = 300
    line = WaitingLine()
    line.append(group)

    out = line.popleft()

    assert out is not group
    assert (out.lsn, out.size, out.count, out.may_be_there) == (7, size, 2, False)
    assert out.attempts > 20
    out.load()
    out.settle_as_created()
    assert out.finish_if_settled()
    assert (log.finished, released) == ([7], [size])


def test_that_some_of_it_may_be_there_is_remembered() -> None:
    line = WaitingLine()
    line.append(at_rest(Log(), 1))

    assert line.popleft().may_be_there


def test_one_whose_sender_waits_is_kept_and_told() -> None:
    told: list[list[Outcome]] = []
    group = Group(Log(), 7, batch_of(ACTIONS), told.append)
    group.unload()
    line = WaitingLine()
    line.append(group)
    line.append(at_rest(Log(), 8))

    assert line.popleft() is group
    group.answer_now()
    assert told == [[Outcome.accepted("a"), Outcome.accepted("b")]]
    assert line.popleft().lsn == 8


def test_one_whose_sender_waits_no_more_is_made_small_when_the_next_one_comes() -> None:
    log, line = Log(), WaitingLine()
    group = waited_for(log, 7)
    line.append(group)
    group.answer_now()
    line.append(at_rest(log, 8))

    first = line.popleft()

    assert first is not group
    assert (first.lsn, line.popleft().lsn, len(line)) == (7, 8, 0)


def test_one_of_which_some_is_settled_is_kept() -> None:
    group = Group(Log(), 7, batch_of(ACTIONS))
    group.settle(0, Outcome.created("a"))
    group.unload()
    line = WaitingLine()
    line.append(group)

    assert line.popleft() is group


def test_the_order_is_that_of_coming_whatever_comes() -> None:
    log, other, line = Log(), Log(), WaitingLine()
    run = run_of(at_rest(log, 4))
    run.add(at_rest(log, 5))
    for one in (
        at_rest(log, 1),
        at_rest(other, 2),
        waited_for(log, 3),
        run,
        Group(log, 6, batch_of(ACTIONS)),
        at_rest(log, 7),
    ):
        line.append(one)
    assert len(line) == 7
    first = line.popleft()
    line.put_back(first)

    assert [line.popleft().lsn for _ in range(7)] == list(range(1, 8))
    assert not line


def test_a_long_line_is_kept_in_order() -> None:
    log, line = Log(), WaitingLine()
    for lsn in range(10_000):
        line.append(at_rest(log, lsn))

    assert [line.popleft().lsn for _ in range(10_000)] == list(range(10_000))
