"""`logfeed up` where it cannot run: one sentence on stderr, exit code 2, and nothing started."""

import os
import socket
from pathlib import Path

import pytest

from app.engine.preflight import data_folder
from tests.engine.eventually import eventually
from tests.engine.installation import Installation


def refusal(logfeed: Installation) -> str:
    """The one line that it says after ``Error:``."""
    logfeed.start_without_waiting()
    assert logfeed.wait() == 2
    lines = logfeed.said().splitlines()
    assert len(lines) == 1, lines
    head, _, sentence = lines[0].partition(" ")
    assert head == "Error:"
    return sentence


def test_a_taken_port(tmp_path: Path) -> None:
    logfeed = Installation(tmp_path)

    with socket.create_server(("127.0.0.1", logfeed.port)):
        assert refusal(logfeed) == (
            f"Port {logfeed.port} on 127.0.0.1 is taken by another program; "
            "stop that one, or choose another port with LOGFEED_PORT."
        )


def test_a_taken_port_of_elasticsearch(tmp_path: Path) -> None:
    logfeed = Installation(tmp_path)

    with socket.create_server(("127.0.0.1", logfeed.node_port)):
        assert refusal(logfeed) == (
            f"Port {logfeed.node_port} on 127.0.0.1 is taken by another program; "
            "stop that one, or choose another port with LOGFEED_ELASTICSEARCH_PORT."
        )


def test_one_port_for_both(tmp_path: Path) -> None:
    port = str(Installation(tmp_path).port)
    logfeed = Installation(tmp_path, LOGFEED_PORT=port, LOGFEED_ELASTICSEARCH_PORT=port)

    assert refusal(logfeed) == (
        f"The API and Elasticsearch cannot both have port {port}; "
        "choose another for one of them with LOGFEED_PORT or LOGFEED_ELASTICSEARCH_PORT."
    )


def test_a_data_folder_in_use(tmp_path: Path) -> None:
    logfeed = Installation(tmp_path)

    with data_folder(logfeed.data_dir):
        assert refusal(logfeed) == (
            f"The data folder {logfeed.data_dir} is used by another Logfeed that runs now; "
            "stop that one, or choose another folder with LOGFEED_DATA_DIR."
        )


def test_a_heap_larger_than_the_machine(tmp_path: Path) -> None:
    logfeed = Installation(tmp_path, LOGFEED_ELASTICSEARCH_HEAP="900000g")

    assert refusal(logfeed).endswith(
        "MiB are free; close other programs, or lower LOGFEED_ELASTICSEARCH_HEAP (now 900000g)."
    )


def test_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    logfeed = Installation(tmp_path, LOGFEED_ELASTICSEARCH_HEAP="plenty")

    assert refusal(logfeed) == (
        "LOGFEED_ELASTICSEARCH_HEAP='plenty' cannot be used: must look like 512m or 2g."
    )


def test_nothing_fetched_and_no_network(tmp_path: Path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"}
    cache = str(tmp_path / "cache")
    logfeed = Installation(tmp_path, LOGFEED_CACHE_DIR=cache, PIP_FIND_LINKS="", **nowhere)

    logfeed.start_without_waiting()

    assert logfeed.wait() == 2
    *progress, last = logfeed.said().splitlines()
    assert len(progress) == 1
    assert last.startswith("Error: Java could not be fetched: the package index cannot be reached.")


def test_a_port_that_a_killed_run_still_holds_is_waited_for(tmp_path: Path) -> None:
    logfeed = Installation(tmp_path, LOGFEED_ELASTICSEARCH_HEAP="900000g")
    logfeed.data_dir.mkdir()
    (logfeed.data_dir / "lock").write_text("in use\n", encoding="ascii")

    with socket.create_server(("127.0.0.1", logfeed.port)):
        logfeed.start_without_waiting()
        eventually(lambda: "the last run did not end by itself" in logfeed.said(), "it waits")

    # With the port free it has come to the next thing that it looks at.
    assert logfeed.wait() == 2
    assert "(now 900000g)" in logfeed.said()


@pytest.mark.parametrize("name", ["LOGFEED_PROT", "LOGFEED_ELASTIC_URL"])
def test_a_setting_that_does_not_exist(tmp_path: Path, name: str) -> None:
    logfeed = Installation(tmp_path, **{name: "1"})

    assert refusal(logfeed) == f"{name} is not a setting; the README lists all of them"


def test_a_folder_for_data_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    logfeed = Installation(tmp_path, LOGFEED_DATA_DIR=os.fspath(tmp_path / "file"))

    assert refusal(logfeed) == (
        f"The data folder {tmp_path / 'file'} cannot be written (File exists); "
        "make it writable, or choose another with LOGFEED_DATA_DIR."
    )
