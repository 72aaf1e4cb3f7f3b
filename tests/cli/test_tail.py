"""``logfeed tail`` and ``search --follow`` against the real server over a store in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.levels import LogLevel
from app.wiring.clock import system_clock
from tests.builders import DAY, NOON_NS, SECOND, entry
from tests.cli.tailing import Tail
from tests.engine.eventually import eventually
from tests.fakes import FlakyDatabase
from tests.http.live import Live, live

Start = Callable[..., Tail]
#: More than tail ever took of what came while the API was away.
MANY = 10_500
#: Of a time that is still to come records are new, however slow the machine is.
SOON = system_clock() + DAY


@pytest.fixture
def store() -> FlakyDatabase:
    made = FlakyDatabase()
    made.append(
        [
            entry("a", at=NOON_NS - 3 * SECOND, service="shop"),
            entry("b", at=NOON_NS - 2 * SECOND, service="user-service", level=LogLevel.ERROR),
            entry("c", at=NOON_NS - SECOND, service="shop"),
        ]
    )
    return made


@pytest.fixture
def server(store: FlakyDatabase) -> Iterator[Live]:
    with live(store=store) as made:
        yield made


@pytest.fixture
def start(server: Live, tmp_path: Path) -> Iterator[Start]:
    """Starts a command that is ended with the test."""
    started: list[Tail] = []

    def made(*arguments: str) -> Tail:
        started.append(Tail(tmp_path / f"out-{len(started)}", server.url, *arguments))
        return started[-1]

    yield made
    for one in started:
        one.kill()


def test_tail_shows_the_last_records_and_each_that_comes_once(
    start: Start, store: FlakyDatabase
) -> None:
    tail = start("tail", "-n", "2", "--interval", "0.1")
    eventually(lambda: tail.ids() == ["b", "c"], "it shows the last two")

    store.append([entry("new", at=SOON + SECOND)])
    eventually(lambda: tail.ids() == ["b", "c", "new"], "it shows what came")
    store.append([entry("late", at=SOON)])
    eventually(lambda: tail.ids() == ["b", "c", "new", "late"], "it shows what came late")

    assert tail.stop() == 0


def test_search_can_follow_and_narrows_down_what_comes(start: Start, store: FlakyDatabase) -> None:
    tail = start("search", "--follow", "-q", "service:shop")
    eventually(lambda: tail.ids() == ["a", "c"], "it shows what is there")

    store.append([entry("x", at=SOON, service="b"), entry("y", at=SOON, service="shop")])
    eventually(lambda: tail.ids() == ["a", "c", "y"], "it shows what came")

    assert tail.stop() == 0


def test_all_that_came_while_the_store_was_away_is_shown_in_order(
    start: Start, store: FlakyDatabase
) -> None:
    tail = start("tail", "-n", "1", "--interval", "0.1")
    eventually(lambda: tail.ids() == ["c"], "it shows what is there")

    store.fails_unannounced = True
    eventually(lambda: "waiting for it" in tail.said(), "it says so")
    came = [entry(f"{number:05}", at=SOON + number) for number in range(MANY)]
    store.records.append(came)
    store.fails_unannounced = False
    eventually(lambda: "answers again" in tail.said(), "it says that, too")
    eventually(lambda: tail.count() > MANY, "it shows all")

    assert tail.ids() == ["c", *(one.id for one in came)]
    assert tail.stop() == 0


def test_where_nothing_came_the_exit_code_is_1(start: Start, store: FlakyDatabase) -> None:
    tail = start("tail", "-n", "0", "--interval", "0.1")
    eventually(lambda: store.reads > 2, "it looks")

    assert tail.stop() == 1
