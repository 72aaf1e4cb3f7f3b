"""Answers in Redis, shared by all processes. Redis away means slower, never broken."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import cast
from zlib import crc32

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.domain.caching import CacheObserver, NoObserver
from app.domain.errors import StoreError

#: What each value begins with; a change of the form changes it.
_MAGIC = b"LF1\0"
_SUM_BYTES = 4
#: Larger answers are not kept: to send them costs more than to ask again.
MAX_ANSWER_BYTES = 1_048_576
#: Seconds that a call may take.
_PATIENCE = 0.25
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class RedisCache:
    """``AnswerCache`` in Redis.

    After a failure Redis is left alone for a while, longer each time, so that a server that does not
    answer holds up one request now and then and not every one.

    Args:
        url: ``redis://`` or ``rediss://`` address, with user and password where it needs them.
        prefix: what its keys begin with.

    Raises:
        StoreError: the address cannot be used.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        observer: CacheObserver | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise StoreError(
                "LOGFEED_REDIS_URL cannot be used: it is no address of Redis"
            ) from error
        self._prefix = prefix
        self._observer: CacheObserver = observer or NoObserver()
        self._now = now
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._pause = _SHORTEST_PAUSE

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``; None also where Redis is away or what it has is damaged."""
        name = self._prefix + key
        found = self._try(lambda: self._client.get(name))
        return self._opened(cast("bytes", found)) if found is not None else None

    def put(self, key: str, answer: bytes, seconds: float) -> None:
        """Keep ``answer``, unless it is very large."""
        milliseconds = int(seconds * 1_000)
        if len(answer) > MAX_ANSWER_BYTES or milliseconds < 1:
            return
        value = _MAGIC + crc32(answer).to_bytes(_SUM_BYTES) + answer
        self._try(lambda: self._client.set(self._prefix + key, value, px=milliseconds))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _opened(self, value: bytes) -> bytes | None:
        at = len(_MAGIC) + _SUM_BYTES
        answer = value[at:]
        if value[:at] != _MAGIC + crc32(answer).to_bytes(_SUM_BYTES):
            self._observer.failed("bad_bytes")
            return None
        return answer

    def _try(self, call: Callable[[], object]) -> object:
        with self._lock:
            if self._now() < self._closed_until:
                self._observer.failed("open")
                return None
        try:
            found = call()
        except redis.RedisError as error:
            self._observer.failed(_kind(error))
            # A refusal, of a key of another type for example, says that Redis is there.
            if not isinstance(error, redis.ResponseError):
                self._leave_alone()
            return None
        with self._lock:
            self._pause = _SHORTEST_PAUSE
        return found

    def _leave_alone(self) -> None:
        with self._lock:
            if self._now() >= self._closed_until:
                self._closed_until = self._now() + self._pause
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)


def _kind(error: redis.RedisError) -> str:
    match error:
        case redis.TimeoutError():
            return "timeout"
        case redis.ConnectionError():
            return "connection"
        case _:
            return "other"
