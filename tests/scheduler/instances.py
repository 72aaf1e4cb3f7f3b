"""Scheduler processes over a real Elasticsearch, and what a test can see of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from app.domain.errors import StoreUnavailableError
from app.domain.jobs import JobStatus, SchedulerStatus
from app.engine.tether import tethered
from app.scheduler.presence import is_present, presence_file
from app.scheduler.steady import steady_clock
from app.services.scheduler_view import SchedulerView
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.elasticsearch.templates import IndexTemplates
from app.wiring.clock import system_clock
from tests.engine.eventually import eventually
from tests.node import ROOT

#: Seconds: short, for those who wait until it runs out, and long enough for a busy machine to renew it.
_LEASE = 10.0


class Instance:
    """One scheduler process."""

    def __init__(self, folder: Path, name: str, command: list[str], **settings: str) -> None:
        self.name = name
        self.data_dir = folder / name
        self._log = folder / f"{name}.log"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("LOGFEED_")}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                tethered([sys.executable, "-m", *command]),
                cwd=ROOT,
                env=inherited | {"LOGFEED_DATA_DIR": str(self.data_dir), **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(lambda: is_present(presence_file(self.data_dir)), f"{name} is at work")

    def said(self) -> str:
        """Its own log."""
        return self._log.read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.send(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """kill -9; harmless if it has ended."""
        self.process.kill()
        self.process.wait()


class Installation:
    """Schedulers that share a state."""

    def __init__(self, folder: Path, es_url: str, prefix: str) -> None:
        self.folder = folder
        self._settings = {"LOGFEED_ELASTICSEARCH_URL": es_url, "LOGFEED_INDEX_PREFIX": prefix}
        self._started: list[Instance] = []
        self._client = connect(ClusterAddress((es_url,)))
        templates = IndexTemplates(self._client, prefix)
        state = ElasticsearchStateStore(
            self._client, prefix, Indices(self._client, prefix, templates)
        )
        self.view = SchedulerView(state, steady_clock, system_clock)

    def gated(self, name: str, lease: float = _LEASE) -> Instance:
        """Start one with the job that waits at the gate; it is at work when this returns."""
        command = ["tests.scheduler.gated_process", str(self.folder), name]
        return self._start(name, command, lease)

    def real(self, name: str, lease: float = _LEASE, **settings: str) -> Instance:
        """Start one with Logfeed's own jobs."""
        return self._start(name, ["app", "scheduler"], lease, **settings)

    def _start(self, name: str, command: list[str], lease: float, **settings: str) -> Instance:
        all_settings = self._settings | {"LOGFEED_SCHEDULER_LEASE": str(lease)} | settings
        self._started.append(Instance(self.folder, name, command, **all_settings))
        return self._started[-1]

    def status(self) -> SchedulerStatus:
        """What is known now, once a young or busy node can say it."""
        known: list[SchedulerStatus] = []

        def is_said() -> bool:
            try:
                known.append(self.view.status())
            except StoreUnavailableError:
                return False
            return True

        eventually(is_said, "the state answers")
        return known[-1]

    def leads(self, instance: Instance) -> bool:
        """Whether it is the leader."""
        leader = self.status().leader
        return leader is not None and f"-{instance.process.pid}-" in leader.instance

    def ask(self, name: str) -> None:
        """Ask for a run, as soon as the leader is seen to be there."""

        def is_asked() -> bool:
            try:
                return self.view.ask(name) is not None
            except StoreUnavailableError:
                return False

        eventually(is_asked, f"{name} is asked for")

    def job(self, name: str) -> JobStatus:
        """What is known of a job."""
        return next(job for job in self.status().jobs if job.name == name)

    def journal(self) -> list[str]:
        """What the gated jobs have noted."""
        path = self.folder / "journal"
        return path.read_text(encoding="ascii").splitlines() if path.exists() else []

    def open_gate(self) -> None:
        """Let the gated jobs go on."""
        (self.folder / "gate").touch()

    def clean_up(self) -> None:
        """End all."""
        for instance in self._started:
            instance.kill()
        self._client.close()
