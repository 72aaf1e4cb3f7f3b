"""kill -9 of the API at every point that a record passes: what was acknowledged is stored, once."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults import crash_points
from tests.faults.api import Api, api
from tests.faults.driver import Driver, driving
from tests.faults.middleman import PassOn, middleman_to, well
from tests.faults.oracle import Oracle

pytestmark = pytest.mark.es

Kill = Callable[[], None]

#: The how-manieth time that a point is reached is the last.
PASSAGE = 7
KILLED = -9

LOG_POINTS = [point for point in crash_points.POINTS if point.startswith(("write", "fsync", "ack"))]
TIDYING_POINTS = [point for point in crash_points.POINTS if point not in LOG_POINTS]


@pytest.mark.parametrize("ack", ["stored", "accepted"])
@pytest.mark.parametrize("points", [LOG_POINTS, TIDYING_POINTS], ids=["logging", "tidying"])
def test_the_api_is_killed_at_a_point_of_its_log(
    tmp_path: Path, es_url: str, es_prefix: str, points: list[str], ack: str
) -> None:
    note = tmp_path / "crashed"
    with (
        api(tmp_path / "data", es_url, es_prefix) as served,
        driving(served.url, tmp_path / "acknowledged", ack=ack) as driver,
    ):
        for point in points:
            note.unlink(missing_ok=True)
            served.start_without_waiting(**crash_points.environment(point, PASSAGE, note))
            eventually(lambda: served.exit_code() is not None, f"{point} is reached")

            assert served.exit_code() == KILLED, served.said()[-2000:]
            assert note.read_text("ascii") == point

        and_all_is_well(served, driver, Oracle(es_url, es_prefix))


def killing_before(kill: Kill, pass_on: PassOn) -> bytes:
    """Elasticsearch never hears of the request."""
    kill()
    return b""


def killing_after(kill: Kill, pass_on: PassOn) -> bytes:
    """Elasticsearch has carried the request out, and nobody is there to hear of it."""
    pass_on()
    kill()
    return b""


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_the_api_is_killed_while_it_sends(
    tmp_path: Path, es_url: str, es_prefix: str, ack: str
) -> None:
    with (
        middleman_to(es_url) as middleman,
        api(tmp_path / "data", middleman.url, es_prefix) as served,
        driving(served.url, tmp_path / "acknowledged", ack=ack) as driver,
    ):
        manners: list[Callable[[Kill, PassOn], bytes]] = [killing_before, killing_after]
        for manner in manners:
            served.start_without_waiting()
            driver.wait_for(50)
            # Several requests meet it, and the last may do so when the next process runs already.
            middleman.manner = partial(manner, served.killer())
            eventually(lambda: served.exit_code() is not None, "something is sent")
            middleman.manner = well

        assert middleman.bulks >= len(manners)
        and_all_is_well(served, driver, Oracle(es_url, es_prefix))


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_the_api_is_killed_when_it_has_just_answered(
    tmp_path: Path, es_url: str, es_prefix: str, ack: str
) -> None:
    with (
        api(tmp_path / "data", es_url, es_prefix) as served,
        driving(served.url, tmp_path / "acknowledged", ack=ack) as driver,
    ):
        for _ in range(2):
            served.start_without_waiting()
            driver.wait_for(1)
            served.kill()

        and_all_is_well(served, driver, Oracle(es_url, es_prefix))


def and_all_is_well(served: Api, driver: Driver, oracle: Oracle) -> None:
    """Started once more, it takes writes, and everything that was acknowledged is there."""
    served.start()
    driver.wait_for(100)
    assert driver.statuses[0] > 0, "no kill was felt by the client"
    oracle.holds(driver.stop())
