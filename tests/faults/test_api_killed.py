"""kill -9 of the API under load, again and again: nothing acknowledged is lost or there twice."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.engine.installation import installation
from tests.faults.driver import Driver
from tests.faults.oracle import Oracle
from tests.gate import gate_to

pytestmark = pytest.mark.es

#: As many as `up` bears before it calls the API broken.
ROUNDS = 4


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_what_was_acknowledged_before_a_kill_is_stored_after_it(
    tmp_path: Path, es_url: str, es_prefix: str, ack: str
) -> None:
    with (
        gate_to(es_url) as gate,
        installation(
            tmp_path / "installation",
            LOGFEED_ELASTICSEARCH_URL=gate.url,
            LOGFEED_INDEX_PREFIX=es_prefix,
            LOGFEED_WORKERS="2",
            LOGFEED_ACKNOWLEDGE_DEADLINE="0.2",
        ) as logfeed,
    ):
        logfeed.start()
        driver = Driver(logfeed.url, tmp_path / "acknowledged", ack=ack)
        for number in range(ROUNDS):
            driver.wait_for(100)
            if number % 2:
                # So that there is something in the log that only a replay can bring.
                gate.shut()
                driver.wait_for(50)
            kill_all(logfeed.api().pid)
            gate.open()
            eventually(logfeed.answers, "the API is started again")
        driver.wait_for(100)
        acknowledged = driver.stop()

        Oracle(es_url, es_prefix).holds(acknowledged)

        assert 0 in driver.statuses, "no kill was felt by a client"
        said = (logfeed.data_dir / "logs" / "api.log").read_text(encoding="utf-8")
        assert adopted_records(said) > 0, "nothing was ever replayed"
        logfeed.write()
        assert logfeed.end() == 0


def kill_all(master: int) -> None:
    """kill -9 of the API's processes, all at once."""
    os.killpg(master, signal.SIGKILL)


def adopted_records(said: str) -> int:
    """How many records the API says that it found in logs of dead processes."""
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return sum(line["records"] for line in lines if line.get("event") == "log_adopted")
