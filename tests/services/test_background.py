"""Reservations in the background: made when asked for, tried again by themselves, never waited for."""

import threading
from collections.abc import Iterator

import pytest

from app.domain.errors import LogfeedError, StoreUnavailableError
from app.domain.ids import SnowflakeIDGenerator
from app.domain.ports import StateDocument
from app.services import background
from app.services.background import InBackground
from app.services.node_numbers import LeasedNodeNumbers
from tests.engine.eventually import DEADLINE, eventually
from tests.fakes import FakeClock, FlakyStateStore


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_FIRST_PAUSE", 0.0)
    # The end is waited for, however long the thread waits for its turn.
    monkeypatch.setattr(background, "_PATIENCE", DEADLINE)


class Work:
    """Fails as it is told to, and counts."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.tried = 0
        self.threads: set[str] = set()

    def __call__(self) -> float | None:
        self.tried += 1
        self.threads.add(threading.current_thread().name)
        if self.failures:
            raise self.failures.pop(0)
        return None


class HangingState(FlakyStateStore):
    """A state that does not answer before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.is_let_go = threading.Event()

    def read(self, key: str) -> StateDocument | None:
        self.asked.set()
        assert self.is_let_go.wait(DEADLINE)
        return super().read(key)


@pytest.fixture
def hanging() -> Iterator[HangingState]:
    state = HangingState()
    yield state
    state.is_let_go.set()


def tried(reserving: InBackground) -> None:
    """Begin, and return when the first attempt is over."""
    reserving.begin()
    eventually(lambda: not reserving.is_beginning, "it has been tried")


def test_nothing_runs_before_it_is_asked_for() -> None:
    work = Work()
    closed: list[str] = []

    InBackground(work).close(lambda: closed.append("last"))

    assert (work.tried, closed) == (0, [])


def test_work_is_done_by_a_thread_of_its_own() -> None:
    work = Work()
    reserving = InBackground(work)

    tried(reserving)
    reserving.close(lambda: None)

    assert work.tried >= 1
    assert work.threads == {"ids"}


def test_what_fails_is_tried_again_without_being_asked() -> None:
    work = Work(StoreUnavailableError("away"), RuntimeError("a bug"), LogfeedError("closed"))
    reserving = InBackground(work)

    reserving.ask()
    eventually(lambda: work.tried == 4 and reserving.failure is None, "it succeeds")

    reserving.close(lambda: None)


def test_why_it_fails_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_FIRST_PAUSE", DEADLINE)
    reserving = InBackground(Work(StoreUnavailableError("the state is away")))

    tried(reserving)

    assert str(reserving.failure) == "the state is away"
    reserving.close(lambda: None)


def test_work_is_done_again_when_it_said_so() -> None:
    times: list[int] = []

    def work() -> float | None:
        times.append(1)
        return 0.0 if len(times) < 3 else None

    reserving = InBackground(work)
    reserving.ask()

    eventually(lambda: len(times) == 3, "it is done three times")
    reserving.close(lambda: None)


def test_the_end_is_the_last_that_is_done_and_nothing_comes_after_it() -> None:
    work, done = Work(), []
    reserving = InBackground(work)
    tried(reserving)

    reserving.close(lambda: done.append("last"))
    times = work.tried
    reserving.ask()
    reserving.close(lambda: done.append("again"))

    assert done == ["last"]
    assert work.tried == times


def test_ids_do_not_wait_for_a_state_that_hangs_nor_does_the_end(
    hanging: HangingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_PATIENCE", 0.0)
    clock = FakeClock()
    ids = SnowflakeIDGenerator(LeasedNodeNumbers(hanging, clock), clock, reserving=InBackground)

    made = ids.next_ids(10)
    assert hanging.asked.wait(DEADLINE)
    made += ids.next_ids(10)
    ids.close()

    assert {len(one) for one in made} == {36}
    # What is leased after the end is given back.
    hanging.is_let_go.set()
    eventually(lambda: _released(hanging) == [True], "the number is given back")


def test_ids_have_their_usual_form_as_soon_as_the_state_answers(hanging: HangingState) -> None:
    clock = FakeClock()
    ids = SnowflakeIDGenerator(LeasedNodeNumbers(hanging, clock), clock, reserving=InBackground)
    ids.prepare()
    assert "being leased" in ids.trouble()

    hanging.is_let_go.set()

    eventually(lambda: ids.next_id().startswith(f"{clock.now // 1_000_000}-"), "a number is leased")
    eventually(lambda: not ids.trouble(), "nothing speaks against sending records")
    ids.close()
    assert _released(hanging) == [True]


def _released(state: FlakyStateStore) -> list[bool]:
    """Of each number, whether it was given back."""
    found = state.find("node-number-").values()
    return [document.body["released_ms"] is not None for document in found]
