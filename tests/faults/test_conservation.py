"""What was taken in is stored, refused, or pending; the figures say so, right after a crash too."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.driver import usual
from tests.gate import gate_to

pytestmark = pytest.mark.es

STORED, LEFT = 70, 50


def test_the_figures_add_up_before_and_after_each_crash(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    with (
        gate_to(es_url) as gate,
        api(tmp_path / "data", gate.url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="60") as served,
    ):
        served.start()
        assert served.post([usual(number) for number in range(STORED)])[0] == 201
        twice = usual(0) | {"id": "twice"}
        assert served.post([twice, twice])[0] == 201
        # What is stored is counted a moment after it is told.
        eventually(lambda: figures(served) == (STORED + 2, STORED + 2, 0), "nothing is pending")

        gate.shut()
        records = [usual(number) for number in range(LEFT)]
        # Of several appends, and one of them bears several records.
        assert served.post(records[:-1], "accepted")[0] == 202
        assert served.post(records[-1:], "accepted")[0] == 202
        eventually(lambda: figures(served) == (STORED + LEFT + 2, STORED + 2, LEFT), "all wait")

        served.kill()
        served.start_without_waiting()
        eventually(lambda: served.status("/healthz") == 200, "the API answers again")
        eventually(lambda: served.adopted() >= LEFT, "what was left is known")
        left = figures(served)
        # A crash may come before the log has noted what was stored: that is shipped again, and is there.
        assert left == (left.pending, 0, left.pending)
        assert LEFT <= left.pending <= STORED + LEFT + 2

        kill_worker(served)
        eventually(lambda: figures(served) == left, "the next worker knows of it")

        gate.open()
        eventually(lambda: figures(served) == (left.logged, left.logged, 0), "all of it is shipped")


def kill_worker(served: Api) -> None:
    """kill -9 of the one process that takes records; the first process starts another."""
    worker = served.processes()[-1]
    worker.kill()
    eventually(lambda: not worker.is_running(), "the worker is gone")


class Figures(NamedTuple):
    """Records in the logs of living processes."""

    logged: int
    shipped: int
    pending: int


def figures(served: Api) -> Figures:
    """What it says now; none while it does not answer."""
    if served.status("/healthz") != 200:
        return Figures(-1, -1, -1)
    return Figures(*(served.counter(f"logfeed_{name}_records") for name in Figures._fields))
