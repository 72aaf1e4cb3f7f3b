"""A value that is read anew in the background: how old it may be, and who waits for it."""

import threading

import pytest

from app.domain.errors import StoreUnavailableError
from app.stores.elasticsearch.refreshed import Refreshed
from tests.engine.eventually import eventually


class Source:
    """Counts up, when it may.

    Attributes:
        now: the clock.
        value: what the next reading finds.
        is_away: readings fail.
    """

    def __init__(self) -> None:
        self.now = 100.0
        self.value = 1
        self.is_away = False
        self.goes = threading.Event()
        self.goes.set()
        self.begun = 0

    def read(self) -> int:
        self.begun += 1
        value = self.value
        assert self.goes.wait(30)
        if self.is_away:
            raise StoreUnavailableError("away")
        return value


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def refreshed(source: Source) -> Refreshed[int]:
    return Refreshed(0, source.read, fresh=1.0, stale=3.0, now=lambda: source.now)


def test_who_comes_first_waits(source: Source, refreshed: Refreshed[int]) -> None:
    assert refreshed.last == 0
    assert refreshed.get() == 1


def test_while_it_is_fresh_nobody_asks(source: Source, refreshed: Refreshed[int]) -> None:
    refreshed.get()
    source.now, source.value = 100.9, 2

    assert refreshed.get() == 1
    assert source.begun == 1


def test_when_it_is_old_it_is_given_and_read_anew_once(
    source: Source, refreshed: Refreshed[int]
) -> None:
    refreshed.get()
    source.now, source.value = 101.5, 2
    source.goes.clear()

    # Nobody waits, though the reading does.
    assert [refreshed.get() for _ in range(5)] == [1] * 5
    source.goes.set()

    eventually(lambda: refreshed.get() == 2, "the new one is given")
    assert source.begun == 2


def test_it_is_fresh_for_so_many_seconds_after_a_reading_began(
    source: Source, refreshed: Refreshed[int]
) -> None:
    assert not refreshed.is_fresh
    refreshed.get()
    assert refreshed.is_fresh

    source.now = 100.9
    assert refreshed.is_fresh
    source.now = 101.0
    assert not refreshed.is_fresh


def test_it_is_read_anew_for_whom_no_age_will_do(source: Source, refreshed: Refreshed[int]) -> None:
    refreshed.get()
    source.value = 2

    assert refreshed.renew() == 2
    assert refreshed.last == 2


def test_when_it_is_too_old_one_waits(source: Source, refreshed: Refreshed[int]) -> None:
    refreshed.get()
    source.now, source.value = 103.0, 2

    assert refreshed.get() == 2


def test_its_age_counts_from_when_the_reading_began(
    source: Source, refreshed: Refreshed[int]
) -> None:
    refreshed.get()
    source.now, source.value = 101.5, 2
    source.goes.clear()
    refreshed.get()
    eventually(lambda: source.begun == 2, "it is being read")
    source.now, source.value = 104.5, 3
    source.goes.set()

    eventually(lambda: refreshed.last >= 2, "it is read")
    assert refreshed.get() == 3


def test_what_was_forgotten_is_waited_for(source: Source, refreshed: Refreshed[int]) -> None:
    refreshed.get()
    source.value = 2
    refreshed.forget()

    assert refreshed.get() == 2


def test_a_reading_that_began_before_it_was_forgotten_does_not_count(
    source: Source, refreshed: Refreshed[int]
) -> None:
    refreshed.get()
    source.now = 101.5
    source.goes.clear()
    refreshed.get()
    eventually(lambda: source.begun == 2, "it is being read")
    source.value = 2
    refreshed.forget()
    source.goes.set()

    assert refreshed.get() == 2


def test_while_it_cannot_be_read_the_old_one_is_given_for_a_while(
    source: Source, refreshed: Refreshed[int]
) -> None:
    refreshed.get()
    source.now, source.is_away = 101.5, True
    assert refreshed.get() == 1
    eventually(lambda: source.begun == 2, "it is tried")
    source.now = 103.0

    with pytest.raises(StoreUnavailableError):
        refreshed.get()
    source.is_away, source.value = False, 2
    assert refreshed.get() == 2
