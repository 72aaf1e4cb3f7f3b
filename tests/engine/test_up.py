"""`logfeed up` with a real Elasticsearch, through the real command line."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.engine.installation import Installation, installation

#: Some of them start everything twice.
pytestmark = [pytest.mark.es, pytest.mark.timeout(600)]


@pytest.fixture
def logfeed(tmp_path: Path, es_url: str) -> Iterator[Installation]:
    # The shared node is not used here: asked for, it has fetched the parts, or said why not.
    with installation(tmp_path / "logfeed") as made:
        yield made


def test_records_survive_a_restart_and_nothing_else_does(logfeed: Installation) -> None:
    logfeed.start()
    logfeed.write()

    assert logfeed.end() == 0
    logfeed.leaves_nothing_behind()
    logfeed.start()

    eventually(lambda: logfeed.finds(1), "the record is found")


def test_it_tells_where_everything_is(logfeed: Installation) -> None:
    logfeed.start()

    said = logfeed.said()
    assert f"Logfeed answers on {logfeed.url}\n" in said
    assert f"  data    {logfeed.data_dir}\n" in said
    assert f"' {logfeed.url}/api/v1/logs\n" in said
    assert f"  read    curl '{logfeed.url}/api/v1/logs?service=hello'\n" in said

    logfeed.send(signal.SIGINT)
    assert logfeed.wait() == 0
    logfeed.leaves_nothing_behind()
    told = [line.partition("s  ")[2] for line in logfeed.said().splitlines()]
    assert told[-4:] == [
        "stopping ...",
        "The scheduler has stopped",
        "The API has stopped",
        "Elasticsearch has stopped",
    ]


def test_a_killed_elasticsearch_is_started_again_with_its_records(logfeed: Installation) -> None:
    logfeed.start()
    logfeed.write()

    logfeed.node().kill()

    eventually(lambda: "Elasticsearch is ready again" in logfeed.said(), "it is back")
    assert "warning: Elasticsearch ended (killed by signal 9); starting it again" in logfeed.said()
    eventually(logfeed.answers, "the API finds it again")
    eventually(lambda: logfeed.finds(1), "the record is found")


def test_a_killed_api_is_started_again(logfeed: Installation) -> None:
    logfeed.start()
    logfeed.write()
    node = logfeed.node()

    logfeed.api().kill()

    eventually(lambda: "The API is ready again" in logfeed.said(), "it is back")
    eventually(lambda: logfeed.finds(1), "the record is found")
    assert logfeed.node() == node


def test_a_killed_scheduler_is_started_again_and_leads_again(logfeed: Installation) -> None:
    logfeed.start()
    eventually(logfeed.leader, "it leads")

    logfeed.scheduler().kill()

    eventually(lambda: "The scheduler is ready again" in logfeed.said(), "it is back")
    again = logfeed.scheduler().pid
    eventually(lambda: f"-{again}-" in logfeed.leader(), "it leads again")


def test_a_killed_start_leaves_no_orphan_and_the_next_one_works(logfeed: Installation) -> None:
    logfeed.start()
    logfeed.write()

    logfeed.send(signal.SIGKILL)
    logfeed.wait()
    # At once: what the killed one had started may still be closing.
    logfeed.start()

    logfeed.leaves_nothing_behind()
    eventually(lambda: logfeed.finds(1), "the record is found")


def test_two_installations_run_side_by_side(logfeed: Installation, tmp_path: Path) -> None:
    with installation(tmp_path / "other") as other:
        logfeed.start_without_waiting()
        other.start()
        eventually(logfeed.answers, "the first answers too")

        logfeed.write()

        eventually(lambda: logfeed.finds(1), "the record is found where it was written")
        eventually(lambda: other.finds(0), "it is not found where it was not written")


def test_with_a_cluster_that_was_named_no_node_is_started(
    es_url: str, es_prefix: str, tmp_path: Path
) -> None:
    settings = {"LOGFEED_ELASTICSEARCH_URL": es_url, "LOGFEED_INDEX_PREFIX": es_prefix}

    with installation(tmp_path / "logfeed", **settings) as logfeed:
        logfeed.start()
        logfeed.write()

        assert logfeed.children() == 2, "the API and the scheduler"
        assert "  data    in your own cluster\n" in logfeed.said()
        assert logfeed.end() == 0
        logfeed.leaves_nothing_behind()
