"""A first day with Logfeed: bring it up over a cluster, read old files in, find what is in them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3

from tests.engine.eventually import eventually
from tests.engine.installation import Installation
from tests.node import ROOT

pytestmark = pytest.mark.es

SSH = "".join(
    f"Dec 10 {6 + n // 60:02}:{n % 60:02}:46 LabSZ sshd[{24_200 + n}]: {message}\n"
    for n, message in enumerate(
        [
            "Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2",
            "Accepted password for curi from 119.137.62.142 port 49116 ssh2",
            "pam_unix(sshd:auth): check pass; user unknown",
            "error: Received disconnect from 103.99.0.122: 14: no more methods [preauth]",
        ]
        * 40
    )
)
JAVA = """\
2015-10-18 18:01:47,978 INFO [main] org.example.Master: Created master for attempt 1
2015-10-18 18:01:48,963 ERROR [main] org.example.Master: the task failed
java.io.IOException: the disk is full
\tat org.example.Task.run(Task.java:42)
Caused by: java.lang.IllegalStateException: no space
\t... 1 more
2015-10-18 18:01:49,228 WARN [main] org.example.Master: trying again
"""


def run(logfeed: Installation, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command as a user types it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LOGFEED_")},
        "LOGFEED_URL": logfeed.url,
        "LOGFEED_DATA_DIR": str(logfeed.data_dir),
    }
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def get(logfeed: Installation, path: str) -> Any:
    with urllib3.PoolManager(retries=False) as http:
        return json.loads(http.request("GET", f"{logfeed.url}{path}").data)


def test_files_are_imported_once_and_found_as_grep_finds_them(
    logfeed: Installation, tmp_path: Path
) -> None:
    (tmp_path / "auth.log").write_text(SSH, encoding="utf-8")
    (tmp_path / "master.log").write_text(JAVA, encoding="utf-8")
    files = [str(tmp_path / "auth.log"), str(tmp_path / "master.log")]

    first = run(logfeed, "import", "--json", "--year", "2023", *files)
    second = run(logfeed, "import", "--json", "--no-resume", "--year", "2023", *files)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert totals(first.stdout) == {"created": 163, "duplicate": 0}
    assert totals(second.stdout) == {"created": 0, "duplicate": 163}
    wait_until_searchable(logfeed, 163)
    count = SSH.lower().count("failed password")
    found(logfeed, count, "failed password", "--service", "sshd", "--limit", "999")
    eventually(lambda: get(logfeed, "/api/v1/logs/stats")["total"] == 163, "they are counted")


def wait_until_searchable(logfeed: Installation, count: int) -> None:
    """A record is found at most a refresh, a second, after it was stored."""
    eventually(lambda: logfeed.finds(count), f"{count} records can be found")


def found(logfeed: Installation, count: int, *arguments: str) -> list[Any]:
    """What the command finds, once it is so many; the processes of the API learn of a new index each."""
    records: list[Any] = []

    def has_found() -> bool:
        records[:] = map(
            json.loads, run(logfeed, "search", *arguments, "--json").stdout.splitlines()
        )
        return len(records) >= count

    eventually(has_found, f"{count} records are found")
    assert len(records) == count
    return records


def totals(summary: str) -> dict[str, int]:
    files = json.loads(summary)["files"]
    return {name: sum(file[name] for file in files) for name in ("created", "duplicate")}


def test_a_stack_trace_is_one_record_with_its_own_time_and_level(
    logfeed: Installation, tmp_path: Path
) -> None:
    (tmp_path / "master.log").write_text(JAVA, encoding="utf-8")
    run(logfeed, "import", str(tmp_path / "master.log"))
    wait_until_searchable(logfeed, 3)

    (record,) = found(logfeed, 1, "--level", "err")

    assert record["timestamp"] == "2015-10-18T18:01:48.963Z"
    assert "Caused by: java.lang.IllegalStateException: no space" in record["message"]


def test_a_search_that_finds_nothing_says_so(logfeed: Installation) -> None:
    done = run(logfeed, "search", "unheard-of")

    assert (done.returncode, done.stdout) == (1, "")
    assert "no record matches" in done.stderr


def test_a_search_without_a_service_to_ask_says_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "search", "--url", "http://127.0.0.1:9", "x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "logfeed up" in done.stderr
    assert "Traceback" not in done.stderr


def test_counters_are_those_of_all_worker_processes(logfeed: Installation) -> None:
    with urllib3.PoolManager(retries=False) as http:
        for n in range(40):
            # A connection each, so that both workers get some.
            http.request(
                "POST",
                f"{logfeed.url}/api/v1/logs",
                json={"level": "INFO", "service": "shop", "message": f"order {n}"},
                headers={"Connection": "close"},
            )

    def told() -> set[int]:
        return {get(logfeed, "/api/v1/metrics")["metrics"]["logs_received"] for _ in range(10)}

    eventually(lambda: told() == {40}, "each process tells of all records")


def test_every_process_of_the_api_stays_small_at_rest(logfeed: Installation) -> None:
    logfeed.write()
    api = logfeed.api()

    for process in [api, *api.children()]:
        assert psutil.Process(process.pid).memory_info().rss < 150 * 1024 * 1024
