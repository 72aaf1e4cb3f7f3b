"""Clients that stop in mid-body: their neighbours are served, and nothing of them is kept."""

from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.crowd import crowd
from tests.faults.driver import driving
from tests.faults.oracle import Oracle

pytestmark = pytest.mark.es

CLIENTS = 400
ROUNDS = 4
#: Of a body that never ends; enough that what is kept of them would be seen.
SENT = 256 * 1024
LENGTH = 2 * SENT


def connections(served: Api) -> int:
    """How many connections of clients the API holds."""
    return sum(
        1
        for process in served.processes()
        for connection in process.net_connections("tcp")
        if connection.status == "ESTABLISHED" and connection.laddr.port == served.port
    )


def test_clients_that_stop_in_the_middle_of_a_body(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    with api(tmp_path / "data", es_url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="60") as served:
        served.start()
        with driving(served.url, tmp_path / "acknowledged") as driver:
            driver.wait_for(100)
            before = served.memory()
            full = before + CLIENTS * SENT // 2
            after: list[int] = []
            for _ in range(ROUNDS):
                with crowd(served.url, CLIENTS, "/api/v1/logs/batch") as clients:
                    for client in clients:
                        client.begin(LENGTH)
                        client.send(b"[" + bytes(SENT - 1))
                    eventually(lambda: served.memory() > full, "it holds what they have sent")
                    eventually(lambda: connections(served) >= CLIENTS, "all are connected")
                    driver.wait_for(100)
                eventually(lambda: connections(served) < CLIENTS // 10, "nobody is connected")
                driver.wait_for(20)
                after.append(served.memory())
            acknowledged = driver.stop()

        Oracle(es_url, es_prefix).holds(acknowledged)
        assert driver.statuses.keys() == {201}
        # What one round has taken, the next ones use again: the process may keep it, but no more.
        assert max(after) < before + 2 * CLIENTS * SENT
