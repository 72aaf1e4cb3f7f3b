"""The short way for reads and Flask are one: the same answer to whatever is asked."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.reading import Cancellation
from app.http.metrics import Metrics
from app.settings import Settings
from app.wiring.application import create_asgi_app
from tests.builders import NOON_NS, SECOND, entry
from tests.fakes import CountingIds, FakeClock, FlakyDatabase
from tests.http import site

PATHS = ["/logs", "/api/v1/logs", "/logs/histogram", "/logs/facets", "/logs/stats", "/logs/compare"]
NAMES = ["q", "limit", "page", "offset", "order", "service", "level", "keyword", "start_time"]
NAMES += ["cursor", "explain", "cache", "interval", "by", "field", "saved", "none", "limit[]", ""]
VALUES = ["1", "3", "ERROR", "shop", "level:INFO", "message:paid AND shop", "now-1h", "1h", "level"]
VALUES += [
    "true",
    "(",
    "%",
    "%2",
    "%00",
    "%ff",
    "%C3%9F",
    "+",
    "a+b",
    "a;b",
    "a=b",
    "&",
    "'",
    "",
    "*",
]

queries = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text("aZ0%+;:.-_~*'()", max_size=6)
    ),
    max_size=4,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))


def filled() -> FlakyDatabase:
    store = FlakyDatabase()
    store.append([entry(f"{n}", at=NOON_NS - n * SECOND, service="shop") for n in range(9)])
    return store


@pytest.fixture(scope="module")
def check() -> Callable[[str, str], bool]:
    """Compares both ways' answers; whether the short way answered."""
    metrics, clock = Metrics(), FakeClock()
    service = site.service(metrics, filled(), CountingIds(), clock)
    door = create_asgi_app(service, settings=Settings(), metrics=metrics, clock=clock).reads
    flask = site.client(store=filled(), ids=CountingIds())

    def compare(path: str, query: str) -> bool:
        target = f"{path}?{query}" if query else path
        read = door.order(b"GET", target.encode(), [(b"host", b"here")])
        if read is None:
            return False
        ours = Context().run(door.answer, read, b"", Cancellation())
        if ours is None:
            return False
        theirs = flask.get(target)
        head: dict[str, Any] = dict(line.split(": ", 1) for line in ours.head.decode().splitlines())
        assert (ours.status, orjson.loads(ours.body)) == (theirs.status_code, theirs.get_json())
        for name in ("content-type", "x-cache", "retry-after"):
            assert head.get(name) == theirs.headers.get(name)
        return True

    return compare


def test_whatever_is_asked_is_answered_alike(check: Callable[[str, str], bool]) -> None:
    answered: list[bool] = []

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(PATHS), queries)
    def law(path: str, query: str) -> None:
        answered.append(check(path, query))

    law()
    # Many requests are usual ones, or nothing is compared here.
    assert sum(answered) >= 20
