"""The API as it is served, by processes of its own over a real Elasticsearch, and its memory."""

import contextlib
import json
import socket
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.http.live import SECONDS, Answer, Connection
from tests.wipe import wipe

JSON = "application/json"
NDJSON = "application/x-ndjson"
_MIB = 2**20


@dataclass(frozen=True)
class Served:
    """An API that is ready."""

    process: Api
    es_url: str
    prefix: str

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """A POST of a body of known length; names of headers with ``_`` for ``-``."""
        return self.send(path, [body], {"Content-Length": str(len(body))}, **headers)

    def post_in_chunks(self, path: str, pieces: Iterable[bytes], **headers: str) -> Answer:
        """A POST of a body that does not say how long it will be."""
        chunks = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
        return self.send(path, chunks, {"Transfer-Encoding": "chunked"}, **headers)

    def send(
        self, path: str, pieces: Iterable[bytes], framing: dict[str, str], **headers: str
    ) -> Answer:
        """A POST whose body is written as the pieces come."""
        named = framing | {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        with socket.create_connection(("127.0.0.1", self.process.port), timeout=SECONDS) as made:
            connection = Connection(made)
            try:
                # The server may refuse and hang up before it was sent everything.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.send(f"POST {path} HTTP/1.1\r\nHost: here\r\n{head}\r\n".encode())
                    for piece in pieces:
                        connection.send(piece)
                return connection.answer()
            finally:
                connection.close()

    def get(self, path: str, **parameters: str) -> tuple[int, Any]:
        """Status and JSON of a GET; fails if the answer is no JSON."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        with urllib3.PoolManager(retries=False, timeout=SECONDS) as http:
            answer = http.request("GET", f"{self.process.url}{path}{query}")
        return answer.status, json.loads(answer.data)

    def found(self, least: int = 1, **parameters: str) -> list[dict[str, Any]]:
        """What a search finds, once there is so much."""
        logs: list[dict[str, Any]] = []

        def search() -> bool:
            status, page = self.get("/api/v1/logs", **parameters)
            assert status == 200, page
            logs[:] = page["logs"]
            return len(logs) >= least

        eventually(search, f"a search by {parameters} finds {least}")
        return logs

    def indices(self) -> set[str]:
        """Names of the indices, without their prefix, that hold records."""
        with urllib3.PoolManager(retries=False, timeout=SECONDS) as http:
            answer = http.request("GET", f"{self.es_url}/_cat/indices/{self.prefix}-*?h=index")
        return {name.removeprefix(f"{self.prefix}-") for name in answer.data.decode().split()}

    def pids(self) -> list[int]:
        """Its processes; a worker that dies is replaced by one with another number."""
        return sorted(process.pid for process in self.process.processes())

    @contextlib.contextmanager
    def memory_grows_at_most(self, mebibytes: int) -> Iterator[None]:
        """Whether no process ever took so much more than before, not even for a moment."""
        before = {}
        for pid in self.pids():
            # 5 sets the peak that the kernel keeps to what is in use now.
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
            before[pid] = _peak(pid)
        yield
        grown = max((_peak(pid) - was) / _MIB for pid, was in before.items())
        assert grown <= mebibytes, f"{grown:.0f} MiB more"


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1_024


@contextlib.contextmanager
def served(folder: Path, es_url: str, **settings: str) -> Iterator[Served]:
    """An API over a corner of its own of a shared Elasticsearch, of which nothing is left."""
    prefix = f"t-{uuid.uuid4().hex[:8]}"
    try:
        # A slow machine may take a while to make the indices of many years.
        patient = {"LOGFEED_ACKNOWLEDGE_DEADLINE": "60"} | settings
        with api(folder, es_url, prefix, **patient) as process:
            yield Served(process.start(), es_url, prefix)
    finally:
        wipe(es_url, prefix)
