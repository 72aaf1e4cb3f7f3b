"""Two APIs over one data folder: one is killed, and the other ships what it has left."""

import json
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
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
            assert adopted(second) == 0, "an owner that lives has lost its log"

            first.kill()
            of_second.wait_for(50)
            gate.open()
            eventually(lambda: adopted(second) > 0, "the log is adopted")
            of_second.wait_for(50)
            acknowledged = stored.stop() | accepted.stop() | of_second.stop()

        Oracle(es_url, es_prefix).holds(acknowledged)
        assert all(driver.statuses[0] > 0 for driver in of_first), "the kill was not felt"
        assert of_second.statuses.keys() <= {201, 202}, "the other one was held up"
        eventually(lambda: len(list((data / "wal").iterdir())) == 1, "what is shipped is removed")


def adopted(served: Api) -> int:
    """How many records it says that it has found in logs of dead processes."""
    lines = [json.loads(line) for line in served.said().splitlines() if line.startswith("{")]
    return sum(line["records"] for line in lines if line.get("event") == "log_adopted")
