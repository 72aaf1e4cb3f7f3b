"""One round: a load process runs over fresh indices while the clock and the CPU are watched."""

import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.engine.report import Report
from app.engine.tether import tethered
from benchmarks.ingest.bodies import Bodies
from benchmarks.ingest.figures import Round
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import (
    BenchmarkError,
    machine_cpu_seconds,
    own_cpu_seconds,
    wait_until,
)
from benchmarks.ingest.service import Api

_CODE = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Bench:
    """What the rounds of one case share.

    Attributes:
        folder: scratch, removed at the end.
        lines: the records of a round, as JSON.
        now: the wall clock's time at the start, in nanoseconds.
    """

    node: Node
    api: Api
    folder: Path
    report: Report
    lines: Sequence[bytes]
    now: int

    def run(self, module: str, order: Mapping[str, Any], records: int) -> Round:
        """What a load process measures while it does ``order``, which carries ``records``.

        Raises:
            BenchmarkError: an answer was wrong, or the process failed.
        """
        with _load_process(module) as process:
            _send(process, json.dumps(order))
            if _receive(process) != "ready":
                raise BenchmarkError(f"{module} did not get ready")
            before = _Spent.until_now(self)
            _send(process, "go")
            result = json.loads(_receive(process))
            spent = _Spent.until_now(self) - before
        if "wrong" in result:
            raise BenchmarkError(f"a wrong answer: {result['wrong']}")
        cpu = {
            "service": sum(spent.service.values()),
            "engine": sum(spent.engine.values()),
            "generator": result["cpu_seconds"],
        }
        cpu["others"] = max(spent.machine - spent.own - sum(cpu.values()), 0.0)
        return Round(
            records,
            result["seconds"],
            cpu,
            result["p50_ms"],
            result["p99_ms"],
            busiest=max(spent.service.values()) / cpu["service"] if cpu["service"] else None,
        )


@dataclasses.dataclass(frozen=True)
class _Spent:
    """CPU seconds of the machine, of this process, and of the processes of both servers."""

    machine: float
    own: float
    service: Mapping[int, float]
    engine: Mapping[int, float]

    @classmethod
    def until_now(cls, bench: Bench) -> "_Spent":
        engine = bench.node.running.cpu_seconds() if bench.node.is_up else {}
        return cls(
            machine_cpu_seconds(), own_cpu_seconds(), bench.api.running.cpu_seconds(), engine
        )

    def __sub__(self, before: "_Spent") -> "_Spent":
        return _Spent(
            self.machine - before.machine,
            self.own - before.own,
            {pid: now - before.service.get(pid, 0.0) for pid, now in self.service.items()},
            {pid: now - before.engine.get(pid, 0.0) for pid, now in self.engine.items()},
        )


@dataclasses.dataclass(frozen=True)
class Request:
    """What is sent where, and what each answer must be.

    Attributes:
        contains: text of the answer, to be there so many ``times``.
    """

    path: str
    headers: Mapping[str, str]
    status: int
    contains: str
    times: int = 1


def order_of(
    bodies: Bodies,
    connections: int,
    port: int,
    request: Request,
    requests: int | None = None,
) -> dict[str, Any]:
    """An order for ``benchmarks.ingest.load``.

    Args:
        requests: default: each body once.
    """
    return {
        "host": "127.0.0.1",
        "port": port,
        "path": request.path,
        "headers": dict(request.headers),
        "file": str(bodies.path),
        "lengths": bodies.lengths,
        "connections": connections,
        "requests": requests or len(bodies.lengths),
        "status": request.status,
        "contains": request.contains,
        "times": request.times,
    }


def check_count(what: str, stored: Callable[[], int], expected: int, within: float = 0.0) -> None:
    """Compare what is stored with what was acknowledged.

    Args:
        within: seconds that the records may take to arrive.

    Raises:
        BenchmarkError: they differ.
    """
    with contextlib.suppress(BenchmarkError):
        wait_until(what, lambda: stored() == expected, within)
    if (found := stored()) != expected:
        raise BenchmarkError(f"{what}: {found} records are stored, {expected} were acknowledged")


@contextlib.contextmanager
def _load_process(module: str) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        tethered([sys.executable, "-m", module]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_CODE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _send(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None  # noqa: S101 -- asked for above
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _receive(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101 -- asked for above
    line = process.stdout.readline()
    if not line:
        raise BenchmarkError("the load process ended early; what it said stands above")
    return line.rstrip("\n")
