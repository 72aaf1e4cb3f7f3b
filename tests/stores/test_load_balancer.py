"""Round robin over those that are healthy."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import StoreUnavailableError
from app.stores.load_balancer import LoadBalancer


def test_targets_take_turns() -> None:
    balancer = LoadBalancer(["a", "b", "c"])

    assert [balancer.next() for _ in range(7)] == ["a", "b", "c", "a", "b", "c", "a"]


def test_one_that_is_not_healthy_is_skipped_and_nobody_gets_a_double_share() -> None:
    balancer = LoadBalancer(["a", "b", "c"], lambda target: target != "b")

    assert Counter(balancer.next() for _ in range(100)) == {"a": 50, "c": 50}


def test_one_that_recovers_takes_its_turn_again() -> None:
    sick = {"b"}
    balancer = LoadBalancer(["a", "b"], lambda target: target not in sick)
    before = [balancer.next() for _ in range(3)]

    sick.clear()

    assert (before, {balancer.next(), balancer.next()}) == (["a", "a", "a"], {"a", "b"})


def test_where_none_is_healthy_it_says_so() -> None:
    balancer = LoadBalancer(["a", "b"], lambda target: False)

    with pytest.raises(StoreUnavailableError):
        balancer.next()


def test_without_targets_there_is_no_balancer() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LoadBalancer([])


def test_threads_share_the_turns_evenly() -> None:
    balancer = LoadBalancer(["a", "b", "c", "d"])

    with ThreadPoolExecutor(8) as threads:
        taken = Counter(threads.map(lambda _: balancer.next(), range(4_000)))

    assert taken == {"a": 1_000, "b": 1_000, "c": 1_000, "d": 1_000}
