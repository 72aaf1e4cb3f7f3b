"""Two processes over one data folder: one is killed, and another one ships what it has left."""

from pathlib import Path

import psutil
import pytest

from tests.engine.eventually import eventually
from tests.faults.api import api
from tests.faults.driver import driving
from tests.faults.oracle import Oracle
from tests.gate import gate_to

pytestmark = pytest.mark.es


def test_the_log_of_the_one_that_is_killed_is_adopted_by_the_other(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    data = tmp_path / "data"
    with (
        gate_to(es_url) as gate,
        api(data, gate.url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="0.2") as first,
        api(data, gate.url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="0.2") as second,
    ):
        for one in (first, second):
            one.start_without_waiting()
        for one in (first, second):
            eventually(lambda: one.status("/readyz") == 200, "both are ready")  # noqa: B023
        with (
            driving(first.url, tmp_path / "stored", ack="stored") as stored,
            driving(first.url, tmp_path / "accepted", ack="accepted") as accepted,
            driving(second.url, tmp_path / "second") as of_second,
        ):
            of_first = (stored, accepted)
            for driver in (*of_first, of_second):
                driver.wait_for(50)
            gate.shut()
            for driver in (*of_first, of_second):
                driver.wait_for(100)
            assert second.adopted() == 0, "an owner that lives has lost its log"

            first.kill()
            for driver in of_first:
                driver.wait_for_status(0)
            of_second.wait_for(50)
            gate.open()
            eventually(lambda: second.adopted() > 0, "the log is adopted")
            of_second.wait_for(50)
            acknowledged = stored.stop() | accepted.stop() | of_second.stop()

        Oracle(es_url, es_prefix).holds(acknowledged)
        assert of_second.statuses.keys() <= {201, 202}, "the other one was held up"
        eventually(lambda: len(list((data / "wal").iterdir())) == 1, "what is shipped is removed")


def test_the_log_of_a_worker_that_is_killed_is_adopted(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    with (
        gate_to(es_url) as gate,
        api(
            tmp_path / "data",
            gate.url,
            es_prefix,
            LOGFEED_WORKERS="2",
            LOGFEED_ACKNOWLEDGE_DEADLINE="0.2",
        ) as served,
    ):
        served.start()
        with driving(served.url, tmp_path / "acknowledged") as driver:
            driver.wait_for(50)
            gate.shut()
            driver.wait_for(100)
            worker = max(served.processes()[1:], key=logged_bytes)
            assert logged_bytes(worker) > 0

            worker.kill()
            gate.open()
            eventually(lambda: served.adopted() > 0, "the log is adopted")
            driver.wait_for(50)
            acknowledged = driver.stop()

        Oracle(es_url, es_prefix).holds(acknowledged)
        assert driver.statuses.keys() <= {0, 201, 202}
        eventually(lambda: worker not in served.processes(), "it is gone")
        eventually(lambda: len(served.processes()) == 3, "another one has taken its place")


def logged_bytes(worker: psutil.Process) -> int:
    """The size of the segment that it appends to."""
    paths = [Path(file.path) for file in worker.open_files()]
    return sum(path.stat().st_size for path in paths if path.suffix == ".wal")
