"""SIGTERM while a thousand requests are under way: what was acknowledged is stored, at the next start at
the latest, and the process ends as it should."""

from collections import Counter
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.crowd import Client, crowd, files_allowed
from tests.faults.driver import usual
from tests.faults.oracle import Oracle
from tests.gate import gate_to

pytestmark = pytest.mark.es

REQUESTS = 1_000
#: What a shell allows by default, and too little for a thousand connections and all else.
USUAL_FILES = 1_024


def start(served: Api) -> None:
    with files_allowed(USUAL_FILES):
        served.start()


def answered(clients: list[Client], ledger: Path) -> tuple[set[str], Counter[int]]:
    """The ids that were acknowledged, each noted in ``ledger`` at once, and how often each status."""
    acknowledged: set[str] = set()
    statuses: Counter[int] = Counter()
    with ledger.open("a", encoding="ascii") as noted:
        for client in clients:
            status = client.status()
            statuses[status] += 1
            if status in {201, 202}:
                noted.write(f"{client.id}\n")
                noted.flush()
                acknowledged.add(client.id)
    return acknowledged, statuses


def test_a_thousand_wait_for_an_elasticsearch_that_is_away(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    with (
        gate_to(es_url) as gate,
        api(tmp_path / "data", gate.url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="6") as served,
    ):
        start(served)
        gate.shut()
        with crowd(served.url, REQUESTS) as clients:
            for client in clients:
                client.write()
            eventually(lambda: served.pending() >= REQUESTS, "all are under way")

            served.terminate()

            acknowledged, statuses = answered(clients, tmp_path / "acknowledged")
            assert served.wait() == 0
        assert statuses.keys() == {202}, "somebody whose record is safe was not told so"
        assert len(acknowledged) == REQUESTS
        assert Oracle(es_url, es_prefix).stored().keys() & acknowledged == set()

        gate.open()
        served.start()
        Oracle(es_url, es_prefix).holds(acknowledged)
        assert served.adopted() > 0
        Oracle(es_url, es_prefix).holds_one_more(served.post([usual(0)]))


def test_a_thousand_are_being_stored(tmp_path: Path, es_url: str, es_prefix: str) -> None:
    with api(tmp_path / "data", es_url, es_prefix) as served:
        start(served)
        with crowd(served.url, REQUESTS) as clients:
            for client in clients:
                client.write()
            # By then, or not long after, the first of them is answered and most are under way.
            first, others = clients[0], clients[1:]
            assert first.status() in {201, 202}

            served.terminate()

            acknowledged, statuses = answered(others, tmp_path / "acknowledged")
            assert served.wait() == 0
        assert statuses.keys() <= {0, 201, 202}
        acknowledged.add(first.id)

        served.start()
        Oracle(es_url, es_prefix).holds(acknowledged)


def test_a_clean_stop_ships_what_waits_and_leaves_no_log(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    data = tmp_path / "data"
    with api(data, es_url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="60") as served:
        served.start()
        # Its index is there, so that there is little to do in the seconds of the end.
        assert served.post([{"id": "first", **usual(0)}])[0] == 201
        names = {f"r-{number}" for number in range(500)}
        status, _ = served.post([{"id": name, **usual(0)} for name in names], "accepted")

        served.terminate()

        assert (status, served.wait()) == (202, 0)
        assert list((data / "wal").iterdir()) == []
        assert Oracle(es_url, es_prefix).stored().keys() == names | {"first"}
