"""Answers that are none of Elasticsearch's: resets, halves, pages of HTML. None loses a record."""

from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import api
from tests.faults.driver import driving
from tests.faults.middleman import (
    Manner,
    Middleman,
    a_page,
    cutting_json,
    middleman_to,
    resetting_after,
    resetting_before,
    truncating,
    well,
)
from tests.faults.oracle import Oracle

pytestmark = pytest.mark.es

# Not among them: a 400 and a 413, which are a word on what was sent, whoever says it.
MANNERS: dict[str, Manner] = {
    "reset before": resetting_before,
    "reset after": resetting_after,
    "truncated": truncating,
    "half of the JSON": cutting_json,
    "a page that says all is well": a_page(b"200 OK"),
    "a page, and nothing behind it": a_page(b"200 OK", is_carried_out=False),
    "a page that asks for a password": a_page(b"401 Unauthorized", is_carried_out=False),
    "a page that says there is nothing": a_page(b"404 Not Found", is_carried_out=False),
    "a page that asks to wait": a_page(b"429 Too Many Requests", is_carried_out=False),
    "a page of a gateway, too late": a_page(b"504 Gateway Timeout"),
    "a page of a gateway": a_page(b"502 Bad Gateway", is_carried_out=False),
}
#: So many requests meet each of them: what is sent again meets it again.
TIMES = 3


def test_whatever_is_answered_to_bulk_requests_all_is_stored_once(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    with (
        middleman_to(es_url) as middleman,
        api(
            tmp_path / "data", middleman.url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="0.3"
        ) as served,
    ):
        served.start()
        with (
            driving(served.url, tmp_path / "stored", ack="stored") as stored,
            driving(served.url, tmp_path / "accepted", ack="accepted") as accepted,
        ):
            stored.wait_for(50)
            for name, manner in MANNERS.items():
                meet(middleman, name, manner)
                # Taken all the while, and stored again soon after.
                for driver in (stored, accepted):
                    driver.wait_for(20)
                    assert driver.statuses.keys() <= {201, 202}, f"{name}: {driver.statuses}"
            acknowledged = stored.stop() | accepted.stop()

        oracle = Oracle(es_url, es_prefix)
        oracle.holds(acknowledged)
        assert oracle.dead() == {}, "a record is no worse for an answer that was none"
        assert stored.statuses[202] > 0, "no write met a bad answer"
        # A conflict with one's own request, whose answer was lost, is no duplicate.
        assert stored.outcomes.keys() <= {"created", "accepted"}
        eventually(lambda: served.pending() == 0, "nothing waits any more")


def meet(middleman: Middleman, name: str, manner: Manner) -> None:
    """Let some bulk requests meet ``manner``, and one then fare well."""
    met = middleman.bulks + TIMES
    middleman.manner = manner
    eventually(lambda: middleman.bulks >= met, name)
    middleman.manner = well
    passed = middleman.passed
    eventually(lambda: middleman.passed > passed, f"it is sent again after {name}")
