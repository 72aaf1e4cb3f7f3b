"""The shipper: every group is settled in the end, whatever Elasticsearch answers on the way."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeAlias

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from app.domain.errors import InvalidQueryError, StoreUnavailableError
from app.domain.outcomes import Outcome, Status
from app.stores.elasticsearch.actions import Action, create_action, from_lines, to_lines
from app.stores.elasticsearch.batch import Batch, batch_of
from app.stores.elasticsearch.bulk import Answer, BulkAwayError, BulkRefusedError, Verdict
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.sender import NO_TWINS, FindTwins, Twins
from app.stores.elasticsearch.shipper import Shipper
from app.stores.write_ahead_log.log import LogUnavailableError

#: Far more than anything here takes.
DEADLINE = 120.0
CREATED = Answer(Verdict.CREATED)

Script: TypeAlias = Callable[[Sequence[Action]], list[Answer] | None]


class FakeLog:
    """A log in memory that remembers what was finished.

    Attributes:
        failures: of the next reads.
    """

    def __init__(self) -> None:
        self.payloads: dict[int, bytes] = {}
        self.finished: list[int] = []
        self.failures: list[Exception] = []

    def read(self, lsn: int) -> bytes:
        if self.failures:
            raise self.failures.pop(0)
        return self.payloads[lsn]

    def finish(self, lsns: Sequence[int]) -> None:
        self.finished += lsns


class FakeElasticsearch:
    """Answers each request by the next of ``script``, then that all is created."""

    def __init__(self, *script: Script) -> None:
        self.script = list(script)
        self.requests: list[list[str]] = []
        self.made: list[str] = []
        self.buried: list[tuple[str, str]] = []
        self.burial_failures: list[Exception] = []
        self._lock = threading.Lock()

    def send(self, lines: bytes, count: int) -> list[Answer] | None:
        actions = from_lines(lines)
        assert len(actions) == count
        with self._lock:
            self.requests.append([action.id for action in actions])
            answer = self.script.pop(0) if self.script else None
        return answer(actions) if answer else None

    def bury(self, refused: Sequence[tuple[Action, str]]) -> None:
        if self.burial_failures:
            raise self.burial_failures.pop()
        self.buried += [(action.id, reason) for action, reason in refused]


class Observed:
    """What a shipper tells of its work."""

    def __init__(self) -> None:
        self.in_log = 0
        self.shipped: dict[Status, int] = {}

    def logged(self, records: int) -> None:
        self.in_log += records

    def settled(self, status: Status, records: int) -> None:
        if records:
            self.shipped[status] = self.shipped.get(status, 0) + records


def ship(shipper: Shipper, group: Group) -> None:
    """Submit one group by itself."""
    shipper.submit(group)
    shipper.wake()


def actions(*ids: str) -> list[Action]:
    return [create_action(name, "logfeed-default-2024.01.01-000001", b"{}") for name in ids]


def batch(*ids: str) -> Batch:
    return batch_of(actions(*ids))


def unsure(*ids: str) -> Batch:
    """One whose ids another index may have."""
    return batch_of([replace(action, elsewhere=("older",)) for action in actions(*ids)])


def answer(*verdicts: Verdict) -> Script:
    return lambda sent: [Answer(verdict, "because") for verdict in verdicts]


def away(*, is_ambiguous: bool) -> Script:
    def fail(sent: Sequence[Action]) -> list[Answer]:
        raise BulkAwayError("nobody there", is_ambiguous=is_ambiguous)

    return fail


class Bench:
    """A shipper over fakes."""

    def __init__(self) -> None:
        self.log = FakeLog()
        self.elasticsearch = FakeElasticsearch()
        self.observed = Observed()
        self.shippers: list[Shipper] = []

    def script(self, *answers: Script) -> None:
        self.elasticsearch.script = list(answers)

    def shipper(
        self,
        memory_bytes: int = 1_000_000,
        senders: int = 2,
        find_twins: FindTwins = lambda sent: NO_TWINS,
    ) -> Shipper:
        es = self.elasticsearch
        made = Shipper(
            es.send,
            es.made.append,
            es.bury,
            self.observed,
            senders=senders,
            memory_bytes=memory_bytes,
            find_twins=find_twins,
        )
        self.shippers.append(made)
        return made

    def ship(self, *ids: str) -> list[Outcome]:
        """The outcomes of one group, once it is settled."""
        told: Future[list[Outcome]] = Future()
        ship(self.shipper(), Group(self.log, 1, batch(*ids), told.set_result))
        return told.result(DEADLINE)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for shipper in made.shippers:
        shipper.close(0)


def test_what_was_stored_is_created_and_its_group_finished(bench: Bench) -> None:
    assert bench.ship("a", "b") == [Outcome.created("a"), Outcome.created("b")]
    assert bench.log.finished == [1]


def test_a_conflict_on_the_first_try_is_a_duplicate(bench: Bench) -> None:
    bench.script(answer(Verdict.CREATED, Verdict.DUPLICATE))

    assert bench.ship("a", "b") == [Outcome.created("a"), Outcome.duplicate("b")]


def test_a_conflict_with_a_request_that_may_have_got_through_is_our_own(bench: Bench) -> None:
    bench.script(away(is_ambiguous=True), answer(Verdict.DUPLICATE))

    assert bench.ship("a") == [Outcome.created("a")]


def test_a_request_that_never_left_makes_no_conflict_our_own(bench: Bench) -> None:
    bench.script(away(is_ambiguous=False), answer(Verdict.DUPLICATE))

    assert bench.ship("a") == [Outcome.duplicate("a")]


def test_a_missing_index_is_made_and_only_its_records_are_sent_again(bench: Bench) -> None:
    bench.script(answer(Verdict.CREATED, Verdict.MISSING_INDEX))

    assert bench.ship("a", "b") == [Outcome.created("a"), Outcome.created("b")]
    assert bench.elasticsearch.made == ["logfeed-default-2024.01.01-000001"]
    assert bench.elasticsearch.requests == [["a", "b"], ["b"]]


def test_what_is_refused_for_good_is_buried_and_rejected(bench: Bench) -> None:
    bench.script(answer(Verdict.CREATED, Verdict.REJECTED))

    assert bench.ship("a", "b") == [Outcome.created("a"), Outcome.rejected("because", id="b")]
    assert bench.elasticsearch.buried == [("b", "because")]


@pytest.mark.parametrize(
    "failure",
    [
        BulkAwayError("the letters are blocked", is_ambiguous=False),
        BulkRefusedError("413"),
        StoreUnavailableError("the index of the letters cannot be made"),
        InvalidQueryError("index", "there are too many shards"),
    ],
)
def test_what_cannot_be_buried_now_waits_and_its_neighbour_gets_its_index(
    bench: Bench, failure: Exception
) -> None:
    bench.script(
        answer(Verdict.REJECTED, Verdict.MISSING_INDEX),
        answer(Verdict.CREATED),
        answer(Verdict.REJECTED),
    )
    bench.elasticsearch.burial_failures = [failure]

    with capture_logs() as said:
        assert bench.ship("a", "b") == [Outcome.accepted("a"), Outcome.created("b")]
        assert bench.shippers[0].drain(DEADLINE)

    assert bench.elasticsearch.requests == [["a", "b"], ["b"], ["a"]]
    assert bench.elasticsearch.buried == [("a", "because")]
    # What else is told may come of a thread that another test has left.
    assert [line["event"] for line in said].count("dead_letters_not_written") == 1


def test_what_cannot_be_stored_now_is_sent_again_without_its_neighbours(bench: Bench) -> None:
    bench.script(answer(Verdict.CREATED, Verdict.OVERLOADED), answer(Verdict.OVERLOADED))

    assert bench.ship("a", "b") == [Outcome.created("a"), Outcome.created("b")]
    assert bench.elasticsearch.requests == [["a", "b"], ["b"], ["b"]]
    assert bench.shippers[0].statistics().retried == 2


def test_a_record_of_a_blocked_index_is_answered_as_accepted_and_sent_again(bench: Bench) -> None:
    bench.script(answer(Verdict.CREATED, Verdict.BLOCKED), answer(Verdict.BLOCKED))

    assert bench.ship("a", "b") == [Outcome.created("a"), Outcome.accepted("b")]
    assert bench.shippers[0].drain(DEADLINE)
    assert bench.elasticsearch.requests == [["a", "b"], ["b"], ["b"]]


def test_a_record_that_another_index_has_is_a_duplicate_and_is_not_sent(bench: Bench) -> None:
    told: Future[list[Outcome]] = Future()
    shipper = bench.shipper(
        find_twins=lambda sent: Twins({at for at, a in enumerate(sent) if a.id == "b"}, {})
    )
    ship(shipper, Group(bench.log, 1, unsure("a", "b", "c"), told.set_result))

    assert told.result(DEADLINE) == [
        Outcome.created("a"),
        Outcome.duplicate("b"),
        Outcome.created("c"),
    ]
    assert bench.elasticsearch.requests == [["a", "c"]]
    assert bench.observed.shipped[Status.DUPLICATE] == 1


def test_a_record_that_another_index_may_have_is_accepted_and_waits_by_itself(bench: Bench) -> None:
    looks = [Twins(frozenset(), {1: "the index is closed"}), NO_TWINS]
    told: Future[list[Outcome]] = Future()
    shipper = bench.shipper(find_twins=lambda sent: looks.pop(0))
    ship(shipper, Group(bench.log, 1, unsure("a", "b", "c"), told.set_result))

    assert [outcome.status for outcome in told.result(DEADLINE)] == [
        Status.CREATED,
        Status.ACCEPTED,
        Status.CREATED,
    ]
    assert shipper.drain(DEADLINE)
    assert bench.elasticsearch.requests == [["a", "c"], ["b"]]


def test_while_nobody_knows_of_other_indices_nothing_is_sent(bench: Bench) -> None:
    answers: list[Script] = [away(is_ambiguous=False)]

    def find(sent: Sequence[Action]) -> Twins:
        if answers:
            answers.pop()(sent)
        return NO_TWINS

    told: Future[list[Outcome]] = Future()
    ship(bench.shipper(find_twins=find), Group(bench.log, 1, unsure("a"), told.set_result))

    assert told.result(DEADLINE) == [Outcome.created("a")]
    assert bench.elasticsearch.requests == [["a"]]


def test_a_request_that_is_refused_whole_is_halved_until_the_culprit_is_alone(bench: Bench) -> None:
    def refuse(sent: Sequence[Action]) -> list[Answer]:
        if any(action.id == "bad" for action in sent):
            raise BulkRefusedError("malformed")
        return [CREATED] * len(sent)

    bench.script(*[refuse] * 20)

    outcomes = bench.ship("a", "b", "bad", "c", "d")

    assert outcomes == [
        Outcome.created("a"),
        Outcome.created("b"),
        Outcome.rejected("malformed", id="bad"),
        Outcome.created("c"),
        Outcome.created("d"),
    ]
    assert bench.elasticsearch.buried == [("bad", "malformed")]


def test_groups_that_come_while_one_is_in_flight_share_the_next_request(bench: Bench) -> None:
    in_flight, go_on = threading.Event(), threading.Event()

    def hold(sent: Sequence[Action]) -> list[Answer]:
        in_flight.set()
        assert go_on.wait(DEADLINE)
        return [CREATED] * len(sent)

    bench.script(hold)
    shipper = bench.shipper()
    ship(shipper, Group(bench.log, 1, batch("first")))
    assert in_flight.wait(DEADLINE)
    for lsn, name in ((2, "a"), (3, "b"), (4, "c")):
        ship(shipper, Group(bench.log, lsn, batch(name)))
    go_on.set()

    assert shipper.drain(DEADLINE)
    assert bench.elasticsearch.requests == [["first"], ["a", "b", "c"]]
    assert sorted(bench.log.finished) == [1, 2, 3, 4]


@pytest.mark.parametrize("memory_bytes", [0, 1_000_000])
def test_what_comes_back_is_sent_again_from_memory_or_from_the_log(
    bench: Bench, memory_bytes: int
) -> None:
    names = ("a", "b", "c")
    for lsn, name in enumerate(names):
        bench.log.payloads[lsn] = to_lines(actions(name))
    bench.script(*[away(is_ambiguous=False)] * 4)
    shipper = bench.shipper(memory_bytes)

    for lsn, name in enumerate(names):
        ship(shipper, Group(bench.log, lsn, batch(name)))

    assert shipper.drain(DEADLINE)
    assert bench.observed.shipped == {Status.CREATED: 3}
    assert sorted(bench.log.finished) == [0, 1, 2]


def test_beyond_the_memory_bound_groups_wait_in_the_log_and_are_read_in_their_turn(
    bench: Bench,
) -> None:
    in_flight, go_on = threading.Event(), threading.Event()

    def hold(sent: Sequence[Action]) -> list[Answer]:
        in_flight.set()
        assert go_on.wait(DEADLINE)
        return [CREATED] * len(sent)

    bench.script(hold)
    shipper = bench.shipper(memory_bytes=1)
    ship(shipper, Group(bench.log, 1, batch("first")))
    assert in_flight.wait(DEADLINE)
    waiting = []
    for lsn in range(2, 12):
        bench.log.payloads[lsn] = to_lines(actions(f"id-{lsn}"))
        waiting.append(Group(bench.log, lsn, batch(f"id-{lsn}")))
        ship(shipper, waiting[-1])

    assert [group for group in waiting if group.memory] == waiting[:1]
    go_on.set()
    assert shipper.drain(DEADLINE)
    assert sorted(bench.log.finished) == list(range(1, 12))


def test_a_group_that_only_the_log_has_is_sent_and_its_conflicts_are_its_own(bench: Bench) -> None:
    bench.log.payloads[7] = to_lines(actions("a", "b"))
    bench.script(answer(Verdict.DUPLICATE, Verdict.CREATED))
    shipper = bench.shipper()

    shipper.submit_left(Group(bench.log, 7, count=2))
    shipper.wake()

    assert shipper.drain(DEADLINE)
    assert bench.observed.in_log == 2
    assert bench.observed.shipped == {Status.CREATED: 2}
    assert bench.log.finished == [7]


def test_a_group_that_the_log_has_lost_is_counted_and_holds_up_nobody(bench: Bench) -> None:
    shipper = bench.shipper()
    shipper.submit_left(Group(bench.log, 7, count=3))
    shipper.wake()
    told: Future[list[Outcome]] = Future()
    ship(shipper, Group(bench.log, 8, batch("a"), told.set_result))

    assert told.result(DEADLINE) == [Outcome.created("a")]
    assert shipper.drain(DEADLINE)
    assert (bench.observed.in_log, bench.observed.shipped) == (
        4,
        {Status.FAILED: 3, Status.CREATED: 1},
    )


def test_a_group_that_cannot_be_read_now_is_read_later_and_counted_then(bench: Bench) -> None:
    bench.log.payloads[7] = to_lines(actions("a", "b"))
    bench.log.failures = [LogUnavailableError("too many open files"), MemoryError()]
    shipper = bench.shipper()
    shipper.submit_left(Group(bench.log, 7, size=100))
    shipper.wake()

    assert shipper.drain(DEADLINE)
    assert bench.log.failures == []
    assert bench.observed.in_log == 2
    assert bench.observed.shipped == {Status.CREATED: 2}
    assert bench.log.finished == [7]


def test_its_neighbours_are_sent_without_it_and_an_error_then_sends_nothing_twice(
    bench: Bench,
) -> None:
    def explode(sent: Sequence[Action]) -> list[Answer]:
        raise RuntimeError("a bug")

    class BusyLog(FakeLog):
        """The first record cannot be read before something was sent."""

        def read(self, lsn: int) -> bytes:
            if lsn == 7 and not bench.elasticsearch.requests:
                raise LogUnavailableError("too many open files")
            return super().read(lsn)

    bench.script(explode)
    log = BusyLog()
    for lsn, name in ((7, "a"), (8, "b")):
        log.payloads[lsn] = to_lines(actions(name))
    shipper = bench.shipper()
    for lsn in (7, 8):
        shipper.submit_left(Group(log, lsn, size=100))
    shipper.wake()

    assert shipper.drain(DEADLINE)
    assert bench.elasticsearch.requests[0] == ["b"]
    assert bench.observed.shipped == {Status.CREATED: 2}
    assert sorted(log.finished) == [7, 8]


def test_after_an_unexpected_error_the_same_records_are_sent_again(bench: Bench) -> None:
    def explode(sent: Sequence[Action]) -> list[Answer]:
        raise RuntimeError("a bug")

    bench.script(explode)

    assert bench.ship("a") == [Outcome.created("a")]


def test_who_waits_no_longer_is_told_what_is_known_and_nothing_twice(bench: Bench) -> None:
    told: list[list[Outcome]] = []
    group = Group(bench.log, 1, batch("a", "b"), told.append)
    group.settle(0, Outcome.duplicate("a"))

    group.answer_now()
    group.settle(1, Outcome.created("b"))
    assert group.finish_if_settled()

    assert told == [[Outcome.duplicate("a"), Outcome.accepted("b")]]
    assert bench.log.finished == [1]


def test_what_is_enough_for_a_request_of_its_own_does_not_wait_for_the_one_in_flight(
    bench: Bench,
) -> None:
    in_flight, both = threading.Event(), threading.Barrier(2)

    def meet(sent: Sequence[Action]) -> None:
        in_flight.set()
        both.wait(DEADLINE)

    bench.script(meet, meet)
    shipper = bench.shipper()
    ship(shipper, Group(bench.log, 1, batch("first")))
    assert in_flight.wait(DEADLINE)
    ship(shipper, Group(bench.log, 2, batch(*map(str, range(5_000)))))

    assert shipper.drain(DEADLINE)
    assert sorted(map(len, bench.elasticsearch.requests)) == [1, 5_000]


def test_actions_survive_the_way_through_the_log() -> None:
    there = [
        create_action(name, "i-000001", b'{"m":"\\n"}') for name in ("a", '"quoted"\\', "ünï\n")
    ]

    read = from_lines(to_lines(there))

    assert [(item.id, item.target, item.lines) for item in read] == [
        (item.id, item.target, item.lines) for item in there
    ]


@pytest.mark.parametrize("body", [b"x", b"{}\n", b"{}\n{}\n", b'{"create":1}\n{}\n', b"[\n{}\n"])
def test_other_lines_are_no_actions(body: bytes) -> None:
    with pytest.raises(ValueError, match="not those of bulk actions"):
        from_lines(body)
