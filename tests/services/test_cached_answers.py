"""Answers are made once for all who ask the same, and kept as long as they can hold."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from app.domain.aggregations import Plan
from app.domain.caching import CacheResult
from app.domain.errors import CancelledError, StoreUnavailableError
from app.domain.filters import (
    EVERYTHING,
    CompositeFilter,
    Filter,
    LevelFilter,
    ServiceFilter,
    TimeRangeFilter,
)
from app.domain.levels import LogLevel
from app.domain.reading import Cancellation
from app.domain.waiting import current_cancellation
from app.services.cached_answers import CachedAnswers, Keeping
from app.services.scanned_aggregations import ScannedAggregations
from app.stores.memory import InMemoryDatabase
from tests.engine.eventually import eventually

OPEN = Plan(None, ("logs-2026.11.24-000001",), 0, can_change=True)
CLOSED = Plan(None, ("logs-2026.11.23-000001",), 0, can_change=False)


class Kept:
    """A cache that keeps everything, and for how long it was asked to."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.seconds: list[float] = []

    def get(self, key: str) -> bytes | None:
        return self.answers.get(key)

    def put(self, key: str, answer: bytes, seconds: float) -> None:
        self.answers[key] = answer
        self.seconds.append(seconds)

    def close(self) -> None:
        pass


class Counted:
    def __init__(self) -> None:
        self.results: list[CacheResult] = []

    def asked(self, result: CacheResult) -> None:
        self.results.append(result)

    def failed(self, kind: str) -> None:
        raise AssertionError(kind)


def answers(cache: Kept | None, observer: Counted | None = None) -> CachedAnswers:
    aggregations = ScannedAggregations(InMemoryDatabase())
    return CachedAnswers(aggregations, cache, Keeping(2.0, 3_600.0), observer)


def test_the_same_question_is_answered_once() -> None:
    counted = Counted()
    cached = answers(Kept(), counted)

    one = cached.answer(OPEN, ["facets"], EVERYTHING, lambda: b"1")
    other = cached.answer(OPEN, ["facets"], EVERYTHING, lambda: b"2")

    assert (one, other) == ((b"1", "miss"), (b"1", "hit"))
    assert counted.results == ["miss", "hit"]


def test_what_can_still_change_is_kept_briefly_and_what_cannot_is_kept_long() -> None:
    cache = Kept()
    cached = answers(cache)

    cached.answer(OPEN, ["facets"], EVERYTHING, lambda: b"1")
    cached.answer(CLOSED, ["facets"], EVERYTHING, lambda: b"1")

    assert cache.seconds == [2.0, 3_600.0]


@pytest.mark.parametrize(
    ("plan", "question", "filter", "scope"),
    [
        (CLOSED, ["facets", "field=level"], EVERYTHING, "team-a"),
        (OPEN, ["facets", "field=service"], EVERYTHING, "team-a"),
        (OPEN, ["facets", "field=level"], ServiceFilter("a"), "team-a"),
        (OPEN, ["facets", "field=level"], EVERYTHING, "team-b"),
        (OPEN, ["facetsfield=level"], EVERYTHING, "team-a"),
    ],
    ids=["indices", "question", "filter", "scope", "parts"],
)
def test_another_question_has_another_answer(
    plan: Plan, question: list[str], filter: Filter, scope: str
) -> None:
    cached = answers(Kept())
    cached.answer(OPEN, ["facets", "field=level"], EVERYTHING, lambda: b"1", scope="team-a")

    assert cached.answer(plan, question, filter, lambda: b"2", scope=scope) == (b"2", "miss")


def test_the_order_of_conditions_makes_no_difference() -> None:
    cached = answers(Kept())
    level, service = LevelFilter(LogLevel.ERROR), ServiceFilter("a")
    hour = TimeRangeFilter(0, 3_600)

    cached.answer(OPEN, [], CompositeFilter(level, service, hour), lambda: b"1")

    turned = CompositeFilter(hour, CompositeFilter(service), level)
    assert cached.answer(OPEN, [], turned, lambda: b"2") == (b"1", "hit")


def test_a_stampede_asks_once() -> None:
    cached = answers(Kept())
    made: list[int] = []
    has_begun, may_end = threading.Event(), threading.Event()

    def make() -> bytes:
        made.append(1)
        has_begun.set()
        assert may_end.wait(60)
        return b"1"

    with ThreadPoolExecutor(16) as pool:
        first = pool.submit(cached.answer, OPEN, [], EVERYTHING, make)
        assert has_begun.wait(60)
        others = [pool.submit(cached.answer, OPEN, [], EVERYTHING, make) for _ in range(15)]
        may_end.set()
        results = [first.result(60), *(other.result(60) for other in others)]

    assert {answer for answer, _ in results} == {b"1"}
    assert made == [1]


def test_what_fails_is_told_to_all_and_tried_again_by_the_next() -> None:
    cached = answers(Kept())

    def fail() -> bytes:
        raise StoreUnavailableError("away")

    with pytest.raises(StoreUnavailableError):
        cached.answer(OPEN, [], EVERYTHING, fail)

    assert cached.answer(OPEN, [], EVERYTHING, lambda: b"1") == (b"1", "miss")


class Work:
    """Makes an answer as a store does: until it may end, or until nobody waits for it."""

    def __init__(self) -> None:
        self.has_begun, self.ends = threading.Event(), threading.Event()
        self.was_called_off = False

    def __call__(self) -> bytes:
        cancellation = current_cancellation()
        assert cancellation is not None
        forget = cancellation.call(self.ends.set)
        self.has_begun.set()
        assert self.ends.wait(60)
        forget()
        self.was_called_off = cancellation.is_cancelled
        if self.was_called_off:
            raise CancelledError("nobody waits")
        return b"1"


class Crowd:
    """Callers who ask the same; each can go.

    Attributes:
        work: of the first of them.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.work = Work()
        self._pool = pool
        self._counted = Counted()
        self._cached = answers(Kept(), self._counted)

    def come(
        self, work: Work | None = None, *, is_fresh: bool = False, is_gone: bool = False
    ) -> "Caller":
        """One more; who does the work has begun, who waits for it does wait."""
        gone, work = Cancellation(), work or self.work
        if is_gone:
            gone.cancel()
        has_begun, shared = work.has_begun.is_set(), self._counted.results.count("shared")
        answer = self._pool.submit(
            self._cached.answer,
            *(OPEN, [], EVERYTHING, work),
            is_fresh=is_fresh,
            cancellation=gone,
        )
        if has_begun:
            eventually(lambda: self._counted.results.count("shared") > shared, "it is shared")
        elif not is_gone:
            assert work.has_begun.wait(60)
        return Caller(gone, answer)


@dataclass(frozen=True)
class Caller:
    gone: Cancellation
    answer: Future[tuple[bytes, CacheResult]]


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with ThreadPoolExecutor(4) as pool:
        crowd = Crowd(pool)
        yield crowd
        crowd.work.ends.set()


@pytest.mark.parametrize("is_fresh", [True, False])
def test_what_is_made_for_one_is_called_off_when_he_goes(crowd: Crowd, is_fresh: bool) -> None:
    caller = crowd.come(is_fresh=is_fresh)

    caller.gone.cancel()

    with pytest.raises(CancelledError):
        caller.answer.result(60)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_what_is_made_for_several_is_called_off_when_the_last_of_them_goes(
    crowd: Crowd, order: tuple[int, ...]
) -> None:
    callers = [crowd.come() for _ in range(3)]

    *others, last = (callers[at] for at in order)
    for caller in others:
        # A server may notice it twice.
        caller.gone.cancel()
        caller.gone.cancel()
    assert not crowd.work.ends.is_set()
    last.gone.cancel()

    for caller in callers:
        with pytest.raises(CancelledError):
            caller.answer.result(60)


def test_those_who_stay_are_answered_whoever_goes(crowd: Crowd) -> None:
    first, other = crowd.come(), crowd.come()

    first.gone.cancel()
    crowd.work.ends.set()

    assert other.answer.result(60) == (b"1", "shared")
    assert not crowd.work.was_called_off


def test_who_asks_for_what_was_just_called_off_has_it_made_anew(crowd: Crowd) -> None:
    class Stubborn(Work):
        """Takes its time to stop."""

        def __call__(self) -> bytes:
            self.has_begun.set()
            assert self.ends.wait(60)
            return b"2"

    stubborn = Stubborn()
    gone = crowd.come(stubborn)
    gone.gone.cancel()

    caller = crowd.come()
    stubborn.ends.set()
    gone.answer.result(60)
    crowd.work.ends.set()

    assert caller.answer.result(60) == (b"1", "miss")


def test_who_had_gone_before_it_was_his_turn_gets_nothing_made(crowd: Crowd) -> None:
    with pytest.raises(CancelledError):
        crowd.come(is_gone=True).answer.result(60)

    assert not crowd.work.has_begun.is_set()


def test_who_wants_it_fresh_gets_it_made() -> None:
    cached = answers(Kept())
    cached.answer(OPEN, [], EVERYTHING, lambda: b"1")

    assert cached.answer(OPEN, [], EVERYTHING, lambda: b"2", is_fresh=True) == (b"2", "off")


def test_now_is_rounded_so_that_a_moment_later_the_question_is_the_same() -> None:
    now = 1_795_521_601_999_999_999

    assert answers(Kept()).aligned(now) == 1_795_521_600_000_000_000
    assert answers(None).aligned(now) == now
