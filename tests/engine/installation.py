"""`python -m app up` as an operator runs it, with a data folder and ports of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import urllib3

from tests.engine.children import lives
from tests.engine.eventually import eventually
from tests.node import ROOT, free_port

RECORD = {"level": "INFO", "service": "shop", "message": "an order was paid"}

#: A start boots a node and two services one after the other, on a machine that may be busy.
_BOOT_SECONDS = 240.0


class Installation:
    """One data folder and two ports; started and ended as often as a test likes."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        self.data_dir = folder / "data"
        self.port, self.node_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.node_url = f"http://127.0.0.1:{self.node_port}"
        self._output = folder / "output"
        self._settings = {
            "LOGFEED_DATA_DIR": str(self.data_dir),
            "LOGFEED_PORT": str(self.port),
            "LOGFEED_ELASTICSEARCH_PORT": str(self.node_port),
            "LOGFEED_WORKERS": "1",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: list[psutil.Process] = []

    def start(self) -> None:
        """Start it and return when it has said that it answers, and where everything is."""
        self.start_without_waiting()
        eventually(
            lambda: "  stop    Ctrl-C" in self.said() or self.exit_code() is not None,
            "the start comes to an end",
            _BOOT_SECONDS,
        )
        assert self.exit_code() is None, self.said()

    def start_without_waiting(self) -> None:
        """Start it."""
        # Of the settings of whoever runs the tests, only the cache counts.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LOGFEED_") or name == "LOGFEED_CACHE_DIR"
        }
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "up"],
                cwd=ROOT,
                env=inherited | self._settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """All that it has told the operator."""
        return self._output.read_text(encoding="utf-8")

    def exit_code(self) -> int | None:
        """The exit code of `up`; None while it runs."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to `up` itself, whose children are remembered from now on."""
        self._look()
        self._popen.send_signal(number)

    def wait(self) -> int:
        """The exit code of `up`, once it has ended."""
        eventually(lambda: self.exit_code() is not None, f"`up` ends; it said {self.said()}")
        code = self.exit_code()
        assert code is not None
        return code

    def end(self) -> int:
        """Ask it to end as a service manager does; the exit code."""
        self.send(signal.SIGTERM)
        return self.wait()

    def node(self) -> psutil.Process:
        """The process of Elasticsearch."""
        return self._child("app.engine.node")

    def api(self) -> psutil.Process:
        """The first process of the API."""
        return self._child("serve")

    def scheduler(self) -> psutil.Process:
        """The process of the scheduler."""
        return self._child("scheduler")

    def leader(self) -> str:
        """The instance of the scheduler that leads; empty if none does."""
        answer = self._asked("/api/v1/scheduler")
        leader = answer["leader"] if answer else None
        return "" if leader is None else str(leader["instance"])

    def children(self) -> int:
        """How many processes it has started and not yet ended."""
        return len(psutil.Process(self._popen.pid).children())

    def leaves_nothing_behind(self) -> None:
        """Return when none of its processes lives."""
        for process in self._seen:
            eventually(lambda: not _is_the_same_and_lives(process), f"{process} ends")  # noqa: B023

    def write(self) -> None:
        """Write one record; it is acknowledged."""
        status, answer = self._call("POST", "/api/v1/logs", RECORD)
        assert status < 300, answer
        assert answer["log_id"]

    def finds(self, count: int) -> bool:
        """Whether exactly ``count`` records are found; False also while none can be looked for."""
        answer = self._asked("/api/v1/logs")
        return answer is not None and bool(answer["pagination"]["total"] == count)

    def answers(self) -> bool:
        """Whether it says of itself that it is ready."""
        with urllib3.PoolManager(retries=False, timeout=5.0) as http:
            try:
                return http.request("GET", f"{self.url}/readyz").status == 200
            except urllib3.exceptions.HTTPError:
                return False

    def clean_up(self) -> None:
        """End whatever a failed test has left."""
        if self._process is None:
            return
        self._look()
        for process in self._seen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.kill()
        self._process.wait()

    @property
    def _popen(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    def _child(self, argument: str) -> psutil.Process:
        found = psutil.Process(self._popen.pid).children()
        return next(child for child in found if argument in child.cmdline())

    def _look(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._seen += psutil.Process(self._popen.pid).children(recursive=True)

    def _asked(self, path: str) -> Any:
        """What a GET is answered; None where it is to be asked again: not now, or not in time."""
        status, answer = self._call("GET", path)
        assert status in {200, 503, 504}, answer
        return answer if status == 200 else None

    def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        with urllib3.PoolManager(retries=False, timeout=60.0) as http:
            answer = http.request(method, f"{self.url}{path}", json=body)
            return answer.status, json.loads(answer.data)


def _is_the_same_and_lives(process: psutil.Process) -> bool:
    return process.is_running() and lives(process.pid)


@contextlib.contextmanager
def installation(folder: Path, **settings: str) -> Iterator[Installation]:
    """An installation of which nothing is left afterwards."""
    made = Installation(folder, **settings)
    try:
        yield made
    finally:
        made.clean_up()
