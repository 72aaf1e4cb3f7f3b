"""Answers in a real Redis, which may be away or hold rubbish."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.caching import CacheResult
from app.domain.errors import StoreError
from app.stores.redis_cache import MAX_ANSWER_BYTES, RedisCache
from tests.engine.eventually import eventually
from tests.redis_server import RedisServer, redis_server


class Observer:
    def __init__(self) -> None:
        self.failures: list[str] = []

    def asked(self, result: CacheResult) -> None:
        raise AssertionError("the cache itself answers nobody")

    def failed(self, kind: str) -> None:
        self.failures.append(kind)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as running:
        yield running


@pytest.fixture
def observer() -> Observer:
    return Observer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these is about a Redis that is slow: it may be, where the machine is."""
    monkeypatch.setattr("app.stores.redis_cache._PATIENCE", 60.0)


@pytest.fixture
def cache(server: RedisServer, observer: Observer, clock: Clock) -> Iterator[RedisCache]:
    made = RedisCache(server.url, "t:", observer, clock)
    yield made
    made.close()


def test_what_was_put_is_there_for_other_processes_too(
    cache: RedisCache, server: RedisServer
) -> None:
    cache.put("k", b'{"total":1}', 60)

    other = RedisCache(server.url, "t:")
    assert other.get("k") == b'{"total":1}'
    other.close()
    assert cache.get("other") is None


def test_it_goes_when_its_time_is_over(cache: RedisCache, server: RedisServer) -> None:
    cache.put("k", b"1", 3_600)
    with server.client() as client:
        assert 3_500 < client.ttl("t:k") <= 3_600
    cache.put("k", b"1", 0.05)

    eventually(lambda: cache.get("k") is None, "the answer is gone")


@pytest.mark.parametrize("rubbish", [b"", b"x", b"LF1\0abcd", b"LF1\0\0\0\0\0{}", b'{"total":1}'])
def test_rubbish_is_a_miss_and_counted(
    cache: RedisCache, server: RedisServer, observer: Observer, rubbish: bytes
) -> None:
    with server.client() as client:
        client.set("t:k", rubbish)

    assert cache.get("k") is None
    assert observer.failures == ["bad_bytes"]


def test_a_key_of_another_type_is_a_miss_and_redis_is_still_used(
    cache: RedisCache, server: RedisServer, observer: Observer
) -> None:
    with server.client() as client:
        client.lpush("t:k", "x")

    assert cache.get("k") is None
    assert observer.failures == ["other"]
    cache.put("l", b"1", 60)
    assert cache.get("l") == b"1"


def test_a_very_large_answer_is_not_kept(cache: RedisCache) -> None:
    cache.put("k", b"x" * (MAX_ANSWER_BYTES + 1), 60)

    assert cache.get("k") is None


def test_redis_away_is_left_alone_for_a_while_and_then_used_again(
    cache: RedisCache, server: RedisServer, observer: Observer, clock: Clock
) -> None:
    server.stop()

    assert cache.get("k") is None
    assert observer.failures == ["connection"]
    cache.put("k", b"1", 60)
    assert observer.failures == ["connection", "open"]

    server.start()
    clock.seconds += 60
    cache.put("k", b"1", 60)
    assert cache.get("k") == b"1"
    assert observer.failures == ["connection", "open"]


def test_an_address_that_is_none_is_refused_without_its_password() -> None:
    with pytest.raises(StoreError, match="LOGFEED_REDIS_URL") as refused:
        RedisCache("redis://:hunter2@host:port/0", "t:")

    assert "hunter2" not in str(refused.value)
