"""What ``Follower`` shows as time passes, over the API in memory, whose clock is set by hand."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from app.cli.api_client import ApiClient, ApiUnavailableError
from app.cli.following import Follower
from app.http.metrics import Metrics
from app.wiring.application import create_app
from tests.builders import NOON_NS, SECOND, entry
from tests.fakes import FakeClock, FlakyDatabase
from tests.http import site


class Api(ApiClient):
    """The API over a store in memory, two records a page.

    Attributes:
        clock: its clock.
        answers_left: how many times it answers before it goes away.
        answers: how many times it has answered.
    """

    def __init__(self) -> None:
        super().__init__("http://here")
        self.store = FlakyDatabase()
        self.clock = FakeClock()
        self.answers_left = 1_000
        self.answers = 0
        service = site.service(Metrics(), self.store, clock=self.clock)
        self._site = create_app(service, clock=self.clock).test_client()

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        if self.answers_left == 0:
            raise ApiUnavailableError("away")
        self.answers_left -= 1
        self.answers += 1
        self.asked_at = self.clock.now
        answer = self._site.get(path, query_string={**(parameters or {}), "limit": "2"})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.get_json()
        return body

    def comes(self, *ids: str, late: float = 0) -> None:
        """Records come now, ``late`` seconds behind their own time."""
        self.store.append([entry(one, at=self.clock.now - round(late * SECOND)) for one in ids])

    def comes_each_second(self, *ids: str) -> None:
        for one in ids:
            self.clock.advance(ms=1_000)
            self.comes(one)


class Following:
    """A follower that has begun, and what it has shown and said."""

    def __init__(self, api: Api, **parameters: str) -> None:
        self.shown: list[str] = []
        self.said: list[str] = []
        self.stopping = threading.Event()
        self.follower = Follower(
            api,
            parameters,
            lambda one: self.shown.append(one["id"]),
            self.said.append,
            self.stopping,
        )
        self.follower.begin()

    def look(self) -> list[str]:
        """The ids that a look shows."""
        self.shown.clear()
        self.follower.look()
        return list(self.shown)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def following(api: Api) -> Following:
    return Following(api)


def test_what_is_there_at_the_beginning_is_not_new(api: Api) -> None:
    api.comes("old", late=14)
    api.comes("a", "b", "c", "ahead of its time", late=-300)

    assert Following(api).look() == []


@pytest.mark.parametrize("seconds", [1, 60, 3_600])
def test_however_long_looks_are_apart_all_that_came_between_is_shown_once(
    api: Api, following: Following, seconds: int
) -> None:
    for number in range(3):
        api.comes(f"{number} soon after")
        api.clock.advance(ms=seconds * 500)
        api.comes(f"{number} between")
        api.clock.advance(ms=seconds * 500)
        api.comes(f"{number} just now")

        assert following.look() == [
            f"{number} soon after",
            f"{number} between",
            f"{number} just now",
        ]
        assert following.look() == []


def test_one_that_comes_late_is_shown_if_it_is_by_no_more_than_the_grace(
    api: Api, following: Following
) -> None:
    api.clock.advance(ms=60_000)
    following.look()

    api.comes("by 14 s", late=14)
    api.comes("by 16 s", late=16)

    assert following.look() == ["by 14 s"]


def test_what_came_while_the_api_was_away_is_shown_when_it_is_back(
    api: Api, following: Following
) -> None:
    api.answers_left = 0
    ids = [f"{number:02}" for number in range(30)]
    for one in ids:
        api.comes_each_second(one)
        assert following.look() == []
    api.answers_left = 1_000

    assert following.look() == ids
    assert following.said == ["away; waiting for it", "it answers again"]
    assert following.look() == []


def test_a_look_that_is_cut_off_goes_on_where_it_was_and_loses_and_repeats_nothing(
    api: Api, following: Following
) -> None:
    ids = [f"{number:03}" for number in range(200)]
    api.comes_each_second(*ids)
    shown: list[str] = []
    for _ in range(40):
        # Eight pages are of the time of grace, and known; so each time it comes on by four.
        api.answers_left = 12
        shown += following.look()
    api.answers_left = 1_000

    assert shown == ids
    assert following.look() == []


def test_what_comes_late_while_a_look_is_cut_off_is_shown(api: Api, following: Following) -> None:
    api.comes_each_second(*"abcdefghijkl")
    api.answers_left = 3
    assert following.look() == list("abcdef")

    api.comes("late", late=11)
    api.answers_left = 1_000

    assert sorted(following.look()) == [*"ghijkl", "late"]


def test_times_are_compared_as_instants_not_as_text(api: Api) -> None:
    # `12:00:00.123Z` sorts behind `12:00:00.123456Z` as text, and comes before it.
    api.clock.now = NOON_NS + 123_456_000
    api.comes("first", late=0.000456)
    following = Following(api)
    api.comes("second")

    assert following.look() == ["second"]


def test_a_clock_of_the_api_that_is_set_back_loses_nothing(api: Api, following: Following) -> None:
    following.look()
    api.clock.advance(hours=-1)
    following.look()

    api.comes("new")

    assert following.look() == ["new"]


def test_apis_whose_clocks_differ_repeat_nothing(api: Api, following: Following) -> None:
    shown = []
    for number in range(60):
        api.comes(str(number))
        api.clock.advance(ms=-3_000 if number % 2 else 5_000)
        shown += following.look()

    assert shown == [str(number) for number in range(60)]


def test_it_forgets_what_cannot_come_again(api: Api, following: Following) -> None:
    for number in range(100):
        api.comes_each_second(str(number))
        following.look()

    assert len(following.follower.shown) < 35


def test_it_stops_in_the_middle_of_a_look(api: Api, following: Following) -> None:
    api.comes_each_second(*"abcdefgh")
    before = api.answers
    following.stopping.set()

    assert following.look() == []
    assert api.answers == before + 1


def test_only_what_is_asked_for_is_shown_whatever_times_were_named(api: Api) -> None:
    following = Following(api, service="shop", start_time="now-1h", end_time="now-1m", order="desc")
    api.store.append([entry("a", service="shop"), entry("b", service="cart")])

    assert following.look() == ["a"]
