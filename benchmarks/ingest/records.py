"""Realistic records from a seed: the same seed and moment give the same bytes.

Thirty services, the busiest with a fifth of all records; levels as in production logs, mostly INFO;
messages of 100 to 180 bytes; metadata of 3 to 5 keys, texts and numbers, a key always of one type.
"""

from collections.abc import Callable, Iterator
from itertools import accumulate
from random import Random
from uuid import UUID

import orjson

from app.domain.instants import NANOS_PER_SECOND, format_instant
from benchmarks.ingest.words import (
    CURRENCIES,
    EVENTS,
    HOST_PARTS,
    METHODS,
    REGIONS,
    ROUTES,
    SERVICES,
    SUBJECTS,
    TAILS,
)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_LEVEL_SHARES = tuple(accumulate((22, 65, 8, 4.5, 0.5)))
_SERVICE_SHARES = tuple(accumulate(1 / rank for rank in range(1, len(SERVICES) + 1)))
_SHORTEST, _LONGEST = 100, 180
_HOUR = 3_600 * NANOS_PER_SECOND
_DAY = 24 * _HOUR

_METADATA: dict[str, Callable[[Random], str | int | float]] = {
    "duration_ms": lambda random: round(random.lognormvariate(3, 1.2), 2),
    "http_status": lambda random: random.choice((200, 200, 200, 201, 204, 304, 400, 404, 500, 503)),
    "http_method": lambda random: random.choice(METHODS),
    "http_route": lambda random: random.choice(ROUTES),
    "host": lambda random: f"{random.choice(HOST_PARTS)}-{random.randrange(40):02}.prod.internal",
    "region": lambda random: random.choice(REGIONS),
    "retry_attempt": lambda random: random.randrange(1, 6),
    "response_bytes": lambda random: int(random.paretovariate(1.1) * 300) % 10_000_000,
    "customer": lambda random: f"customer-{random.randrange(200_000):08}",
    "deployed_version": lambda random: f"{random.randrange(2, 5)}.{random.randrange(30)}.0",
    "thread": lambda random: f"http-worker-pool-{random.randrange(64)}",
    "amount": lambda random: round(random.uniform(1, 900), 2),
    "currency": lambda random: random.choice(CURRENCIES),
}
_KEYS = tuple(_METADATA)


def records(seed: int, count: int, now: int) -> Iterator[bytes]:
    """``count`` records as JSON, without ids, from the hour before ``now``, all of one UTC day."""
    random = Random(seed)  # noqa: S311 -- not for secrets
    first = max(now - _HOUR, now // _DAY * _DAY)
    for at in range(count):
        moment = first + (now - first) * at // count
        yield orjson.dumps(_record(random, moment))


def _record(random: Random, moment: int) -> dict[str, object]:
    service = random.choices(SERVICES, cum_weights=_SERVICE_SHARES)[0]
    record: dict[str, object] = {
        "timestamp": format_instant(moment),
        "level": random.choices(_LEVELS, cum_weights=_LEVEL_SHARES)[0],
        "service": service,
        "message": _message(random),
        "metadata": _metadata(random),
    }
    if random.random() < 0.7:
        record["correlation_id"] = str(UUID(int=random.getrandbits(128), version=4))
    if random.random() < 0.4:
        record["trace_id"] = f"{random.getrandbits(128):032x}"
        record["span_id"] = f"{random.getrandbits(64):016x}"
    if random.random() < 0.6:
        low = random.getrandbits(16)
        record["source_ip"] = f"10.{random.randrange(4)}.{low >> 8}.{low & 255}"
    return record


def _message(random: Random) -> str:
    wanted = random.randint(_SHORTEST, _LONGEST)
    text = f"{random.choice(SUBJECTS)} {random.getrandbits(32):08x} {random.choice(EVENTS)}"
    while len(text) < wanted:
        text = f"{text} {random.choice(TAILS)}, {random.randrange(10_000)}"
    whole_words = text[:wanted].rpartition(" ")[0].rstrip(",")
    return whole_words.ljust(_SHORTEST, ".")


def _metadata(random: Random) -> dict[str, str | int | float]:
    keys = random.sample(_KEYS, random.randint(3, 5))
    return {key: _METADATA[key](random) for key in keys}
