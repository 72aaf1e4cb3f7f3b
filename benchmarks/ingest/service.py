"""The service of a case, as users have it: ``python -m app serve`` over the node."""

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from app.engine.health import status_code
from benchmarks.ingest.ports import free_port
from benchmarks.ingest.processes import BenchmarkError, Running

#: The indices that records of the benchmark go to: those of all streams, as rules part them.
INDICES = "logfeed-*-*-*"
#: Connections over which one record each goes in before a round: enough to meet every worker.
_PRIMING_CONNECTIONS = 16


class Api:
    """The API processes; settings of the operator (LOGFEED_WORKERS, …) apply, and ``others``."""

    def __init__(
        self, folder: Path, node_url: str, others: Mapping[str, object] | None = None
    ) -> None:
        self.port = free_port()
        settings = {
            "LOGFEED_HOST": "127.0.0.1",
            "LOGFEED_PORT": self.port,
            "LOGFEED_DATA_DIR": folder,
            "LOGFEED_ELASTICSEARCH_URL": node_url,
            "LOGFEED_INDEX_PREFIX": "logfeed",
            **(others or {}),
        }
        # env(1) adds to what the child inherits; nothing here reads the environment.
        assignments = [f"{name}={value}" for name, value in settings.items()]
        url = f"http://127.0.0.1:{self.port}/readyz"
        self.running = Running(
            "The API",
            ["env", *assignments, sys.executable, "-m", "app", "serve"],
            folder / "api.log",
            lambda: status_code(url) == 200,
        )

    def prime(self, record: bytes) -> int:
        """Let the service make its index before the clock starts; how many records that took."""
        connections = [
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for _ in range(_PRIMING_CONNECTIONS)
        ]
        for connection in connections:
            connection.request("POST", "/api/v1/logs", record, {"Content-Type": "application/json"})
        for connection in connections:
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 201:
                raise BenchmarkError(f"the API answered {answer.status}: {body[:500]!r}")
            connection.close()
        return len(connections)

    def can_accept(self, record: bytes) -> bool:
        """Whether ``?ack=accepted`` exists: the API says 202."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(
            "POST", "/api/v1/logs?ack=accepted", record, {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status == 202

    def memory_mib(self) -> dict[int, float]:
        """Resident memory of each API process, by process id; the supervisor is not among them."""
        _, *workers = self.running.processes()
        return {worker.pid: worker.memory_info().rss / 2**20 for worker in workers}
