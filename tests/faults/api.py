"""`python -m app serve`, `consume` or `replicate` over an Elasticsearch that is there, to be killed."""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import urllib3
from prometheus_client.parser import text_string_to_metric_families

from app.engine.tether import tethered
from tests.engine.eventually import eventually
from tests.faults.driver import Record
from tests.node import ROOT, free_port

#: For an answer; far more than anything here takes.
_SECONDS = 120.0


class Api:
    """One API, however many processes that is, in a process group of its own.

    Args:
        data_dir: its own, or one that it shares with another.
        es_url: where its Elasticsearch is.
        command: ``consume`` or ``replicate``, whose own site it is then.
    """

    def __init__(
        self, data_dir: Path, es_url: str, prefix: str, command: str = "serve", **settings: str
    ) -> None:
        self._command = command
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = data_dir.with_name(f"{data_dir.name}-{self.port}.log")
        self._settings = {
            "LOGFEED_DATA_DIR": str(data_dir),
            "LOGFEED_PORT": str(self.port),
            "LOGFEED_CONSUMER_PORT": str(self.port),
            "LOGFEED_REPLICATE_PORT": str(self.port),
            "LOGFEED_ELASTICSEARCH_URL": es_url,
            "LOGFEED_INDEX_PREFIX": prefix,
            "LOGFEED_WORKERS": "1",
            # The folders of tests lie where a restart may clear them.
            "LOGFEED_VOLATILE_LOG": "allow",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wrapper: Sequence[str] = (), **environment: str) -> "Api":
        """Start it and return when it is ready, if it lives so long."""
        self.start_without_waiting(wrapper=wrapper, **environment)
        eventually(lambda: self.status("/readyz") == 200 or self.exit_code() is not None, "a start")
        return self

    def start_without_waiting(self, *, wrapper: Sequence[str] = (), **environment: str) -> None:
        """Start it, by the command ``wrapper`` if any, with ``environment`` beside its settings."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("LOGFEED_")}
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                tethered([*wrapper, sys.executable, "-m", "app", self._command]),
                cwd=ROOT,
                env=inherited | self._settings | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def status(self, path: str) -> int | None:
        """The status of a GET; None without an answer."""
        with urllib3.PoolManager(retries=False, timeout=10.0) as http:
            try:
                return http.request("GET", self.url + path).status
            except urllib3.exceptions.HTTPError:
                return None

    def readiness(self) -> str:
        """What ``/readyz`` says in words."""
        with urllib3.PoolManager(retries=False, timeout=_SECONDS) as http:
            return str(json.loads(http.request("GET", f"{self.url}/readyz").data)["detail"])

    def post(self, records: Sequence[Record], ack: str = "stored") -> tuple[int, Any]:
        """Write a batch; status and body of the answer."""
        with urllib3.PoolManager(retries=False, timeout=_SECONDS) as http:
            url = f"{self.url}/api/v1/logs/batch?ack={ack}"
            answer = http.request("POST", url, json={"logs": list(records)})
            return answer.status, json.loads(answer.data)

    def pending(self) -> int:
        """How many records it says wait for Elasticsearch."""
        with urllib3.PoolManager(retries=False, timeout=_SECONDS) as http:
            answer = http.request("GET", f"{self.url}/api/v1/metrics")
            return int(json.loads(answer.data)["metrics"]["logs_pending"])

    def counter(self, name: str, **labels: str) -> int:
        """The sum of a metric over all series that bear these labels."""
        with urllib3.PoolManager(retries=False, timeout=_SECONDS) as http:
            text = http.request("GET", f"{self.url}/metrics").data.decode()
        samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
        return int(
            sum(
                sample.value
                for sample in samples
                if sample.name == name and labels.items() <= sample.labels.items()
            )
        )

    def gauge(self, name: str) -> float:
        """The sum of a metric over its series; nan while it does not answer or has none."""
        with urllib3.PoolManager(retries=False, timeout=_SECONDS) as http:
            try:
                text = http.request("GET", f"{self.url}/metrics").data.decode()
            except urllib3.exceptions.HTTPError:
                return math.nan
        samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
        values = [sample.value for sample in samples if sample.name == name]
        return sum(values) if values else math.nan

    def adopted(self) -> int:
        """How many records it says that it has found in logs of dead processes."""
        # The last line may still be on its way.
        whole = self.said().rpartition("\n")[0].splitlines()
        lines = [json.loads(line) for line in whole if line.startswith("{")]
        return sum(line["records"] for line in lines if line.get("event") == "log_adopted")

    def said(self) -> str:
        """All that it has written of itself, over all its starts."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """The first process and all that it has started."""
        return _family(self._popen.pid)

    def memory(self) -> int:
        """Bytes of the largest of its processes that are in memory."""
        largest = 0
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                largest = max(largest, process.memory_info().rss)
        return largest

    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._popen.poll()

    def terminate(self) -> None:
        """Ask it to end."""
        self._popen.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """The exit code, once it has ended."""
        eventually(lambda: self.exit_code() is not None, "the API ends")
        code = self.exit_code()
        assert code is not None
        return code

    def kill(self) -> None:
        """kill -9 of all its processes."""
        if self._process is not None:
            _kill(self._process)

    def killer(self) -> Callable[[], None]:
        """Kills what runs now, and nothing that is started later; any thread may call it, any time."""
        running = self._popen

        def kill() -> None:
            # One that is gone may have left its number to another process.
            if running.poll() is None:
                _kill(running)

        return kill

    @property
    def _popen(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process


def _family(pid: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(first: "subprocess.Popen[bytes]") -> None:
    for process in _family(first.pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(first.pid, signal.SIGKILL)
    first.wait()


@contextlib.contextmanager
def api(
    data_dir: Path, es_url: str, prefix: str, command: str = "serve", **settings: str
) -> Iterator[Api]:
    """An API that is not started yet, and of which nothing is left afterwards."""
    made = Api(data_dir, es_url, prefix, command, **settings)
    try:
        yield made
    finally:
        made.kill()
