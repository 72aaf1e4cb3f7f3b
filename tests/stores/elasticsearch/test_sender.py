"""How much is sent in one request, and what becomes of records that are refused again and again."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest
from structlog.testing import capture_logs

from app.domain.outcomes import Outcome
from app.stores.elasticsearch.actions import Action, create_action, from_lines
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.bulk import (
    Answer,
    BulkAwayError,
    BulkOverloadedError,
    BulkRefusedError,
    Verdict,
)
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.request_size import MAX_REQUEST_BYTES, RequestSize
from app.stores.elasticsearch.sender import NO_TWINS, Sender
from app.stores.elasticsearch.shipping_figures import NoObserver

MIB = 1024 * 1024

#: The answers to one request, by its actions.
Answers: TypeAlias = Callable[[list[Action]], list[Answer] | None]


class NoLog:
    """A log that is only told what is finished."""

    def read(self, lsn: int) -> bytes:
        raise AssertionError(lsn)

    def finish(self, lsns: Sequence[int]) -> None:
        """Nobody minds."""


class Elasticsearch:
    """Answers by ``answers``.

    Attributes:
        requests: the size of each in bytes.
        sent: the ids in each.
        buried: the ids of what was buried, with the reasons.
    """

    def __init__(self, answers: Answers = lambda actions: None) -> None:
        self.answers = answers
        self.requests: list[int] = []
        self.sent: list[list[str]] = []
        self.buried: list[tuple[str, str]] = []
        self.made: list[str] = []
        self.sender = Sender(
            self._send,
            self.made.append,
            self._bury,
            lambda actions: NO_TWINS,
            lambda name: None,
            NoObserver(),
        )

    def _send(self, lines: bytes, count: int) -> list[Answer] | None:
        actions = from_lines(lines)
        assert len(actions) == count
        self.requests.append(len(lines))
        self.sent.append([action.id for action in actions])
        return self.answers(actions)

    def _bury(self, refused: Sequence[tuple[Action, str]]) -> None:
        self.buried += [(action.id, reason) for action, reason in refused]


class Waiting:
    """A group of records, and what its sender was told."""

    def __init__(self, *records: Action) -> None:
        self.told: list[list[Outcome]] = []
        self.group = Group(NoLog(), 1, batch_of(records), self.told.append)

    def is_settled_by(self, elasticsearch: Elasticsearch) -> bool:
        """Whether nothing of it waits when it was sent once more."""
        elasticsearch.sender.send([self.group])
        return self.group.finish_if_settled()


def record(id: str, size: int = 10) -> Action:
    return create_action(id, "i", b'{"m":"%b"}' % (b"x" * size))


def records(count: int, size: int) -> list[Action]:
    return [record(f"{number}", size) for number in range(count)]


def size_of(actions: Sequence[Action]) -> int:
    return sum(len(action.lines) for action in actions)


def limited(room: int, failure: Exception) -> Answers:
    """Requests of more than ``room`` bytes fail as a whole."""

    def answer(actions: list[Action]) -> None:
        if size_of(actions) > room:
            raise failure

    return answer


def test_a_large_batch_is_sent_in_several_requests() -> None:
    elasticsearch = Elasticsearch()
    waiting = Waiting(*records(30, MIB))

    assert waiting.is_settled_by(elasticsearch)

    assert len(elasticsearch.requests) == 5
    assert max(elasticsearch.requests) <= MAX_REQUEST_BYTES
    assert [len(outcomes) for outcomes in waiting.told] == [30]


def test_one_record_that_is_larger_than_a_request_goes_alone() -> None:
    elasticsearch = Elasticsearch()

    assert Waiting(record("a"), record("b", 9 * MIB), record("c")).is_settled_by(elasticsearch)

    assert elasticsearch.sent == [["a"], ["b"], ["c"]]


def test_what_is_too_much_at_once_is_sent_in_smaller_requests_the_next_time() -> None:
    elasticsearch = Elasticsearch(limited(3 * MIB, BulkOverloadedError("429 busy")))
    waiting = Waiting(*records(30, MIB // 2))

    tries = 1
    while not waiting.is_settled_by(elasticsearch):
        tries += 1

    # Each try but the last stopped at its first refusal.
    assert [size > 3 * MIB for size in elasticsearch.requests].count(True) == tries - 1
    assert tries < 10
    assert not elasticsearch.buried


def test_a_single_record_for_which_there_is_no_room_now_holds_up_nobody() -> None:
    elasticsearch = Elasticsearch(limited(2 * MIB, BulkOverloadedError("429 busy")))
    waiting = Waiting(record("large", 9 * MIB), record("a"), record("b"))

    for _ in range(20):
        assert not waiting.is_settled_by(elasticsearch)
    waiting.group.answer_now()

    assert waiting.told == [[Outcome.accepted("large"), Outcome.created("a"), Outcome.created("b")]]
    assert waiting.group.is_held_up
    assert not elasticsearch.buried
    assert not elasticsearch.sender.size.is_reduced


def test_a_limit_of_size_is_found_at_once_and_is_kept_to() -> None:
    too_large = BulkRefusedError("413", is_too_large=True)
    elasticsearch = Elasticsearch(limited(3 * MIB, too_large))
    assert Waiting(*records(20, MIB // 2)).is_settled_by(elasticsearch)
    elasticsearch.requests.clear()

    # However many are well taken in between.
    for _ in range(20):
        assert Waiting(*records(20, MIB // 2)).is_settled_by(elasticsearch)

    assert max(elasticsearch.requests) <= 3 * MIB
    assert not elasticsearch.buried


def test_a_record_beyond_a_limit_of_size_waits_and_becomes_a_dead_letter_in_the_end() -> None:
    too_large = BulkRefusedError("429 too large", is_too_large=True)
    elasticsearch = Elasticsearch(limited(2 * MIB, too_large))
    waiting = Waiting(record("a"), record("large", 3 * MIB), record("b"))

    for _ in range(9):
        assert not waiting.is_settled_by(elasticsearch)
        assert waiting.group.is_held_up
        assert not elasticsearch.buried
    assert waiting.is_settled_by(elasticsearch)

    assert elasticsearch.buried == [("large", "429 too large")]
    assert waiting.told == [
        [
            Outcome.created("a"),
            Outcome.rejected("429 too large", id="large"),
            Outcome.created("b"),
        ]
    ]


def one_by_one(**answers: Answer) -> Answers:
    """Each record is answered by its id; all others are created."""
    return lambda actions: [answers.get(action.id, Answer(Verdict.CREATED)) for action in actions]


def test_what_is_refused_in_an_unknown_way_is_tried_ten_times_and_then_a_dead_letter() -> None:
    unknown = Answer(Verdict.UNKNOWN, "418 teapot_exception: short and stout")
    elasticsearch = Elasticsearch(one_by_one(odd=unknown))
    waiting = Waiting(record("a"), record("odd"), record("b"))

    with capture_logs() as said:
        for _ in range(9):
            assert not waiting.is_settled_by(elasticsearch)
            assert waiting.group.is_held_up
            assert not elasticsearch.buried
        assert waiting.is_settled_by(elasticsearch)

    assert elasticsearch.sent == [["a", "odd", "b"], *[["odd"]] * 9]
    assert elasticsearch.buried == [("odd", unknown.reason)]
    told = [line for line in said if line["event"] == "refusal_not_known"]
    assert [(line["log_level"], line["kind"]) for line in told] == [
        ("error", "418 teapot_exception")
    ]


def test_only_what_is_too_much_makes_requests_smaller() -> None:
    elasticsearch = Elasticsearch(
        one_by_one(odd=Answer(Verdict.UNKNOWN, "418"), blocked=Answer(Verdict.BLOCKED, "500"))
    )

    Waiting(record("odd"), record("blocked")).is_settled_by(elasticsearch)
    assert not elasticsearch.sender.size.is_reduced

    elasticsearch.answers = one_by_one(busy=Answer(Verdict.OVERLOADED, "429"))
    Waiting(record("busy")).is_settled_by(elasticsearch)
    assert elasticsearch.sender.size.is_reduced


def test_too_much_to_do_is_told_once_until_it_is_over() -> None:
    elasticsearch = Elasticsearch(one_by_one(busy=Answer(Verdict.OVERLOADED, "queue is full")))

    with capture_logs() as said:
        for _ in range(9):
            Waiting(record("busy")).is_settled_by(elasticsearch)
        for _ in range(20):
            assert Waiting(record("a")).is_settled_by(elasticsearch)
        Waiting(record("busy")).is_settled_by(elasticsearch)

    told = [line for line in said if line["event"] == "elasticsearch_overloaded"]
    assert [line["reason"] for line in told] == ["queue is full"] * 2


def test_while_nobody_answers_nothing_more_is_sent() -> None:
    elasticsearch = Elasticsearch(limited(0, BulkAwayError("no connection", is_ambiguous=True)))

    with pytest.raises(BulkAwayError):
        elasticsearch.sender.send([Waiting(*records(30, MIB)).group])

    assert len(elasticsearch.requests) == 1


def test_requests_shrink_by_half_and_grow_by_steps() -> None:
    size = RequestSize()

    size.adapt(is_overloaded=True)
    assert (size.records, size.bytes) == (2_500, 4 * MIB)
    for _ in range(20):
        size.adapt(is_overloaded=True)
    assert (size.records, size.bytes) == (50, 128 * 1024)
    for _ in range(20):
        size.adapt(is_overloaded=False)
    assert (size.records, size.bytes) == (5_000, 8 * MIB)


def test_no_request_gets_as_large_again_as_one_that_was_too_large_for_good() -> None:
    size = RequestSize()

    size.note_too_large(6 * MIB)
    for _ in range(20):
        size.adapt(is_overloaded=False)

    assert size.bytes == 3 * MIB
    assert not size.is_reduced


@pytest.mark.parametrize(
    ("sizes", "first"),
    [
        ([], 0),
        ([1], 1),
        ([1] * 9_000, 5_000),
        ([9 * MIB, 1], 1),
        ([1, 9 * MIB], 1),
        ([4 * MIB, 4 * MIB, 1], 2),
    ],
)
def test_one_request_carries_as_many_as_fit_and_at_least_one(sizes: list[int], first: int) -> None:
    assert RequestSize().first_part(sizes) == first
