"""``logfeed tail`` over a whole service, stopped by whoever looks at it and let go on."""

import json
from pathlib import Path

import pytest
import urllib3

from app.domain.instants import format_instant
from app.wiring.clock import system_clock
from tests.builders import SECOND
from tests.cli.tailing import Tail
from tests.engine.eventually import eventually
from tests.engine.installation import Installation

pytestmark = pytest.mark.es


def send(logfeed: Installation, id: str, seconds_late: int = 0) -> None:
    """A record of so many seconds ago."""
    record = {
        "id": id,
        "level": "INFO",
        "service": "shop",
        "message": "an order was paid",
        "timestamp": format_instant(system_clock() - seconds_late * SECOND),
    }
    with urllib3.PoolManager(retries=False) as http:
        answer = http.request("POST", f"{logfeed.url}/api/v1/logs", json=record)
    assert answer.status in (200, 201, 202), answer.data


def found(logfeed: Installation, **parameters: str) -> list[str]:
    """The ids of the records that a search finds."""
    with urllib3.PoolManager(retries=False) as http:
        answer = http.request("GET", f"{logfeed.url}/api/v1/logs", fields=parameters)
    return [record["id"] for record in json.loads(answer.data)["logs"]]


def test_a_tail_that_was_stopped_shows_what_came_meanwhile(
    logfeed: Installation, tmp_path: Path
) -> None:
    send(logfeed, "before")
    eventually(lambda: found(logfeed) == ["before"], "it is found")
    tail = Tail(tmp_path / "out", logfeed.url, "tail", "--interval", "0.1")
    try:
        eventually(lambda: tail.ids() == ["before"], "it shows what is there")
        send(logfeed, "while it looks")
        eventually(lambda: tail.ids() == ["before", "while it looks"], "it shows what comes")

        tail.pause()
        # Of the time of grace little is left for this one; when tail goes on, it is over.
        send(logfeed, "while it is stopped", seconds_late=11)
        eventually(lambda: "while it is stopped" in found(logfeed), "it is found")
        eventually(
            lambda: "while it is stopped" not in found(logfeed, start_time="now-16s"),
            "it is older than the time of grace",
        )
        tail.go_on()
        eventually(lambda: tail.ids()[2:] == ["while it is stopped"], "it shows what it missed")

        assert tail.stop() == 0
    finally:
        tail.kill()
