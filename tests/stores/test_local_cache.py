"""Answers in a process's memory."""

from app.stores.local_cache import LocalCache


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_an_answer_is_kept_for_its_time() -> None:
    clock = Clock()
    cache = LocalCache(10_000, clock)
    cache.put("k", b"1", 2)

    clock.seconds = 1.9
    assert cache.get("k") == b"1"
    clock.seconds = 2.0
    assert cache.get("k") is None
    assert cache.bytes_held == 0


def test_the_least_lately_used_go_first_and_the_bytes_are_bounded() -> None:
    cache = LocalCache(10 * (LocalCache.OVERHEAD + 101))
    for name in "abcdefghij":
        cache.put(name, b"x" * 100, 60)
    assert cache.get("a") is not None

    cache.put("k", b"x" * 100, 60)

    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.bytes_held <= 10 * (LocalCache.OVERHEAD + 101)


def test_an_answer_that_would_push_out_most_others_is_not_kept() -> None:
    cache = LocalCache(10_000)
    cache.put("k", b"x" * 2_000, 60)

    assert cache.get("k") is None


def test_an_answer_that_is_put_again_counts_once() -> None:
    cache = LocalCache(10_000)
    for _ in range(100):
        cache.put("k", b"x" * 100, 60)

    assert cache.bytes_held == len("k") + 100 + LocalCache.OVERHEAD
