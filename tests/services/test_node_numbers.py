"""Node numbers leased from shared state: never one number for two processes."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import StoreUnavailableError
from app.domain.ids import NODE_COUNT, NodeLease, SnowflakeIDGenerator
from app.services.node_numbers import LEASE_MS, MARGIN_MS, LeasedNodeNumbers
from tests.builders import NOON_NS
from tests.fakes import FakeClock, FlakyStateStore

NOON_MS = NOON_NS // 1_000_000
HOURS_TO_EXPIRY = (LEASE_MS + MARGIN_MS) // 3_600_000


def taken(state: FlakyStateStore, *free: int, end_ms: int = NOON_MS * 2) -> None:
    """Let somebody else hold every number but the ``free`` ones."""
    for number in range(NODE_COUNT):
        if number not in free:
            state.create(f"node-number-{number}", {"end_ms": end_ms, "released_ms": None})


def try_until(lease: Callable[[], NodeLease]) -> NodeLease:
    """A lease, by as many attempts as chance needs to hit the one number that is free."""
    while True:
        try:
            return lease()
        except StoreUnavailableError:
            continue


def test_a_lease_runs_a_day_from_now() -> None:
    lease = LeasedNodeNumbers(FlakyStateStore(), FakeClock()).lease()

    assert 0 <= lease.number < 1_024
    assert (lease.first_ms, lease.end_ms) == (0, NOON_MS + 24 * 3_600_000)


def test_no_two_instances_hold_one_number() -> None:
    state, clock = FlakyStateStore(), FakeClock()

    numbers = [LeasedNodeNumbers(state, clock).lease().number for _ in range(300)]

    assert len(set(numbers)) == 300


def test_two_that_claim_a_number_at_once_do_not_both_get_it() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7)
    rival: list[NodeLease] = []
    state.before_write = lambda: rival.append(try_until(LeasedNodeNumbers(state, clock).lease))

    with pytest.raises(StoreUnavailableError):
        LeasedNodeNumbers(state, clock).lease()

    assert [lease.number for lease in rival] == [7]


def test_two_that_reclaim_a_number_at_once_do_not_both_get_it() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7)
    state.create("node-number-7", {"end_ms": NOON_MS, "released_ms": NOON_MS - 5})
    numbers = [LeasedNodeNumbers(state, clock) for _ in range(2)]

    one = try_until(numbers[0].lease)

    assert one.number == 7
    with pytest.raises(StoreUnavailableError):
        numbers[1].lease()


def test_when_no_number_is_free_the_error_says_what_to_do() -> None:
    state = FlakyStateStore()
    taken(state)

    with pytest.raises(StoreUnavailableError, match="LOGFEED_NODE_NUMBER"):
        LeasedNodeNumbers(state, FakeClock()).lease()


def test_a_released_number_begins_after_the_last_millisecond_used() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7)
    numbers = LeasedNodeNumbers(state, clock)
    numbers.release(try_until(numbers.lease), last_ms=NOON_MS + 40)

    again = try_until(numbers.lease)

    assert (again.number, again.first_ms) == (7, NOON_MS + 41)
    assert again.end_ms == NOON_MS + 41 + LEASE_MS


def test_an_expired_number_is_free_after_a_margin_for_clocks_that_differ() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7)
    numbers = LeasedNodeNumbers(state, clock)
    former = try_until(numbers.lease)

    clock.advance(hours=HOURS_TO_EXPIRY)
    with pytest.raises(StoreUnavailableError):
        numbers.lease()

    clock.advance(ms=1)
    again = try_until(numbers.lease)
    assert (again.number, again.first_ms) == (7, former.end_ms)


def test_a_renewed_lease_runs_a_day_from_the_renewal() -> None:
    clock = FakeClock()
    numbers = LeasedNodeNumbers(FlakyStateStore(), clock)
    lease = numbers.lease()

    clock.advance(hours=12)

    assert numbers.renew(lease) == NodeLease(lease.number, 0, lease.end_ms + 12 * 3_600_000)


def test_a_lease_that_somebody_else_has_taken_over_is_not_renewed() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7)
    numbers = LeasedNodeNumbers(state, clock)
    lost = try_until(numbers.lease)
    clock.advance(hours=HOURS_TO_EXPIRY, ms=1)
    held = try_until(LeasedNodeNumbers(state, clock).lease)

    assert held.number == lost.number
    assert numbers.renew(lost) is None
    assert numbers.renew(held) is not None


def test_a_release_that_comes_too_late_does_not_free_a_number_of_another() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7)
    numbers = LeasedNodeNumbers(state, clock)
    lost = try_until(numbers.lease)
    clock.advance(hours=HOURS_TO_EXPIRY, ms=1)
    held = try_until(LeasedNodeNumbers(state, clock).lease)

    numbers.release(lost, last_ms=NOON_MS)

    assert numbers.renew(held) is not None
    with pytest.raises(StoreUnavailableError):
        numbers.lease()


def test_a_renewal_that_meets_another_writer_is_not_made() -> None:
    state = FlakyStateStore()
    numbers = LeasedNodeNumbers(state, FakeClock())
    lease = numbers.lease()
    state.before_write = lambda: numbers.release(lease, NOON_MS)

    assert numbers.renew(lease) is None


def test_while_the_state_is_away_nothing_is_renewed_and_a_release_is_let_go() -> None:
    state = FlakyStateStore()
    numbers = LeasedNodeNumbers(state, FakeClock())
    lease = numbers.lease()
    state.is_away = True

    assert numbers.renew(lease) is None
    numbers.release(lease, NOON_MS)
    with pytest.raises(StoreUnavailableError):
        numbers.lease()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 30)), max_size=60))
def test_ids_are_unique_over_instances_that_come_go_and_sleep(
    steps: list[tuple[int, int]],
) -> None:
    state, clock = FlakyStateStore(), FakeClock()
    taken(state, 7, 8, 9, 10, 11)
    instances = [SnowflakeIDGenerator(LeasedNodeNumbers(state, clock), clock) for _ in range(4)]

    made = []
    for chosen, hours in steps:
        for _ in range(20):  # a number is sought at random, so that few free ones are often missed
            with suppress(StoreUnavailableError):
                made.append(instances[chosen].next_id())
        if hours == 0:
            instances[chosen].close()
        clock.advance(hours=hours)

    assert len(set(made)) == len(made)
