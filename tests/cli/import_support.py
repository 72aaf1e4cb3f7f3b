"""A real API on a real port, and the import run against it, in this process or in another."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from app.cli.importing import import_files
from app.domain.ports import DatabaseInterface
from app.domain.query import Query
from app.settings import Settings
from app.stores.memory import InMemoryDatabase
from app.wiring.application import create_app
from app.wiring.memory import create_log_service
from tests.engine.eventually import DEADLINE, eventually

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Server:
    """The application over a store in memory.

    Attributes:
        requests: batches that arrived.
        away: requests that are still to be answered with 503.
        hold_from: the number of the batch from which on answers wait for ``release``.
        held: set as soon as one waits.
    """

    def __init__(
        self, settings: Settings | None = None, store: DatabaseInterface | None = None
    ) -> None:
        self.store = store or InMemoryDatabase()
        settings = settings or Settings()
        service = create_log_service(settings=settings, store=self.store)
        self._app = create_app(service, settings=settings)
        self.requests = 0
        self.away = 0
        self.hold_from = 0
        self.held = threading.Event()
        self.release = threading.Event()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def records(self) -> list[Any]:
        """What is stored, the oldest first."""
        return list(self.store.search(Query(limit=1_000, newest_first=False)).entries)

    def messages(self) -> list[str]:
        """The messages of what is stored, the oldest first."""
        return [entry.message for entry in self.records()]

    def _answer(self, environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        self.requests += 1
        # The body is read in any case: a client may not notice an answer while it still sends.
        if self.away:
            environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
            self.away -= 1
            start("503 Service Unavailable", [("Content-Type", "application/json")])
            return [b'{"detail": "the store is away"}']
        if self.hold_from and self.requests >= self.hold_from:
            self.held.set()
            self.release.wait(DEADLINE)
        return self._app(environment, start)


def run_import(
    server: Server | str, folder: Path, *arguments: str | Path, **options: Any
) -> Result:
    """``logfeed import`` in this process; its data folder is in ``folder``."""
    url = server if isinstance(server, str) else server.url
    return CliRunner().invoke(
        import_files,
        ["--url", url, *map(str, arguments)],
        env={"LOGFEED_DATA_DIR": str(folder / "data")},
        catch_exceptions=False,
        **options,
    )


def summary(server: Server | str, folder: Path, *arguments: str | Path, **options: Any) -> Any:
    """The summary of ``logfeed import`` of one file, with its exit code."""
    result = run_import(server, folder, "--json", *arguments, **options)
    (report,) = json.loads(result.stdout)["files"]
    return {**report, "exit_code": result.exit_code}


def start_import(server: Server, folder: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """``python -m app import`` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", "import", "--url", server.url, *map(str, arguments)],
        env={**os.environ, "LOGFEED_DATA_DIR": str(folder / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait for ``condition``."""
    eventually(condition, "what was written arrives")


def log(first: int, last: int) -> str:
    """Lines of a log with numbers, a second apart."""
    return "".join(
        f"2024-01-02 03:{number // 60:02}:{number % 60:02},000 INFO [main] shop.Order: line {number}\n"
        for number in range(first, last)
    )


def lines(first: int, last: int) -> list[str]:
    """The messages of ``log``."""
    return [f"line {number}" for number in range(first, last)]
