# ruff: noqa: INP001 - a script, not a package
"""How fast searches are: our routes against the same bool query sent raw to Elasticsearch.

``python -m benchmarks.search``: a node and a service of its own, records over several days, then each
question to our route, to Elasticsearch by HTTP and by its Python client, in turn.
"""

import itertools
import json
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import click
import orjson
import urllib3
from rich.console import Console

from app.domain.instants import NANOS_PER_SECOND, format_instant
from app.engine.report import Report
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.wiring.clock import system_clock
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import BenchmarkError
from benchmarks.ingest.records import records
from benchmarks.ingest.service import Api
from benchmarks.search_cases import Case, cases, raw_request

_DAY = 86_400 * NANOS_PER_SECOND
_BATCH = 1_000
_SERVICE = "checkout"
_CLIENTS = 16


class Bench:
    """The node, the service over it, and connections to both."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.report = report
        for part in ("node", "api"):
            (folder / part).mkdir()
        self._http = urllib3.PoolManager(retries=False, timeout=120.0, maxsize=64)
        self.node = Node(folder / "node", report)
        try:
            # Days enough for a hundred periods, which are all kept.
            policies = folder / "policies.yml"
            policies.write_text("streams: {default: {period: day}}\n", "utf-8")
            kept = {"LOGFEED_POLICIES": policies, "LOGFEED_ACCEPTED_AGE": 200}
            self.api = Api(folder / "api", self.node.url, kept)
        except BaseException:
            self.node.stop()
            raise
        self.client = connect(ClusterAddress((self.node.url,)))

    def close(self) -> None:
        """End both."""
        self.client.close()
        self.api.running.stop()
        self.node.stop()

    def ours(self, path: str) -> bytes:
        """The answer of one of our routes."""
        return self._checked("GET", f"http://127.0.0.1:{self.api.port}/api/v1/{path}")

    def raw(self, path: str, body: bytes) -> bytes:
        """Elasticsearch's own answer."""
        return self._checked("POST", self.node.url + path, body)

    def fill(self, count: int, days: int, seed: int) -> list[bytes]:
        """Store ``count`` records, spread over as many days; the last day's."""
        now = system_clock()
        last: list[bytes] = []
        for day in reversed(range(days)):
            made = records(seed + day, count // days, now - day * _DAY)
            while batch := list(itertools.islice(made, _BATCH)):
                self.store(batch)
                last = batch
        return last

    def store(self, batch: list[bytes]) -> None:
        """One request with records."""
        body = b'{"logs":[' + b",".join(batch) + b"]}"
        address = f"http://127.0.0.1:{self.api.port}/api/v1/logs/batch"
        self._checked("POST", address, body)

    def settle(self) -> None:
        """Everything searchable, nothing merging."""
        for action in ("_refresh", "_flush", "_forcemerge?max_num_segments=5", "_refresh"):
            self._checked("POST", f"{self.node.url}/logfeed-default-*/{action}")
        # Else it would answer figures from memory.
        address = f"{self.node.url}/logfeed-default-*/_settings"
        self._checked("PUT", address, b'{"index.requests.cache.enable": false}')

    def _checked(self, method: str, address: str, body: bytes | None = None) -> bytes:
        answer = self._http.request(
            method, address, body=body, headers={"Content-Type": "application/json"}
        )
        if answer.status >= 300:
            said = answer.data[:300].decode(errors="replace")
            raise BenchmarkError(f"{answer.status} to {method} {address[:120]}: {said}")
        return answer.data


def _timed(ask: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for _ in range(times):
        started = perf_counter()
        ask()
        taken.append((perf_counter() - started) * 1_000)
    return taken


def _summary(taken: list[float]) -> dict[str, float]:
    cuts = quantiles(taken, n=100, method="inclusive")
    return {"p50": round(median(taken), 2), "p99": round(cuts[98], 2), "max": round(max(taken), 2)}


def _against_raw(bench: Bench, case: Case, times: int) -> dict[str, Any]:
    """The three sides in turn, so that all meet the same machine."""
    join = "&" if "?" in case.path else "?"
    fresh = f"{case.path}{join}cache=false" if case.is_figure else case.path
    asked = orjson.loads(bench.ours(f"{case.path}{join}explain=true"))["explain"]
    path, body = raw_request(asked, case)
    names, document = asked["indices"]["asked"], json.loads(body)
    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: bench.ours(fresh),
        "raw": lambda: bench.raw(path, body),
        "client": lambda: bench.client.search(index=names, **document),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for ask in sides.values():
        _timed(ask, 20)
    for _ in range(times):
        for name, ask in sides.items():
            taken[name] += _timed(ask, 1)
    found: dict[str, Any] = {name: _summary(it) for name, it in taken.items()}
    ours, raw = found["ours"], found["raw"]
    found["reached"] = (
        ours["p50"] <= raw["p50"] + 3
        and ours["p50"] <= 1.25 * raw["p50"]
        and ours["p99"] <= 1.5 * raw["p99"]
    )
    return found


def _cached(bench: Bench, times: int) -> dict[str, Any]:
    path = "logs/histogram?by=service"
    uncached = _timed(lambda: bench.ours(f"{path}&cache=false"), times)
    bench.ours(path)
    cached = _timed(lambda: bench.ours(path), times)
    factor = median(uncached) / median(cached)
    return {
        "uncached": _summary(uncached),
        "cached": _summary(cached),
        "factor": round(factor, 1),
        "reached": factor >= 10,
    }


def _pruning(bench: Bench, path: str, few: dict[str, float], times: int) -> dict[str, Any]:
    many = _summary(_timed(lambda: bench.ours(path), times))
    factor = many["p50"] / few["p50"]
    return {"few": few, "many": many, "factor": round(factor, 2), "reached": factor <= 1.3}


def _under_load(bench: Bench, paths: list[str], seconds: float, seed: int) -> dict[str, Any]:
    """Clients that search while one stores batches of 1,000 over four connections, as case A does."""
    is_over = threading.Event()
    batches = [list(records(seed + n, _BATCH, system_clock())) for n in range(8)]
    taken: list[float] = []
    stored = [0] * 4

    def search(number: int) -> None:
        for at in itertools.count(number):
            if is_over.is_set():
                return
            taken.extend(_timed(lambda: bench.ours(paths[at % len(paths)]), 1))  # noqa: B023

    def write(number: int) -> None:
        for at in itertools.count(number):
            if is_over.is_set():
                return
            bench.store(batches[at % len(batches)])
            stored[number] += _BATCH

    started = perf_counter()
    with ThreadPoolExecutor(_CLIENTS + len(stored)) as pool:
        running = [pool.submit(search, n) for n in range(_CLIENTS)]
        running += [pool.submit(write, n) for n in range(len(stored))]
        is_over.wait(seconds)
        is_over.set()
        # An error of any of them ends the run.
        for one in running:
            one.result()
    passed = perf_counter() - started
    return {
        "searches": {**_summary(taken), "per_second": round(len(taken) / passed, 1)},
        "records_per_second": round(sum(stored) / passed),
        "errors": 0,
        "reached": True,
    }


def _measure(
    bench: Bench, count: int, days: int, times: int, seconds: float, compared: list[str]
) -> dict[str, Any]:
    few, many, seed = 5, 100, 20_261_124
    last = bench.fill(count, days, seed)
    bench.settle()
    sample = orjson.loads(last[0])
    correlated = next(
        it["correlation_id"] for it in map(orjson.loads, last) if "correlation_id" in it
    )
    now = system_clock()
    hour = format_instant(now - 3_600 * NANOS_PER_SECOND), format_instant(now)
    chosen = cases(correlated, _SERVICE, hour)
    results: dict[str, Any] = {}
    for case in chosen:
        if compared and case.name not in compared:
            continue
        bench.report.say(case.name)
        try:
            results[case.name] = _against_raw(bench, case, times)
        except BenchmarkError as error:
            results[case.name] = {"failed": str(error), "reached": False}
        click.echo(f"{case.name}: {json.dumps(results[case.name])}")
    results["cached"] = _cached(bench, times)
    narrow = chosen[0].path
    if days <= few:
        before = _summary(_timed(lambda: bench.ours(narrow), times))
        # Old periods, far back: no window of a live stream would take so many.
        for day in range(days, many):
            moved = [_at(sample, now - day * _DAY)]
            bench.store(moved)
        results["pruning"] = _pruning(bench, narrow, before, times)
    results["under load"] = _under_load(bench, [case.path for case in chosen], seconds, seed)
    return results


def _at(record: dict[str, Any], instant: int) -> bytes:
    return orjson.dumps({**record, "timestamp": format_instant(instant)})


@click.command()
@click.option(
    "--records", "count", type=click.IntRange(5_000), default=2_000_000, show_default=True
)
@click.option("--case", "compared", multiple=True, help="Compared with raw; default: all.")
@click.option("--days", type=click.IntRange(1, 30), default=5, show_default=True)
@click.option("--times", type=click.IntRange(10), default=200, show_default=True)
@click.option("--seconds", type=click.FloatRange(1), default=30.0, show_default=True)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(tempfile.gettempdir()) / "logfeed-search-bench.json",
    help="Where the figures go.",
)
def main(
    count: int, compared: tuple[str, ...], days: int, times: int, seconds: float, file: Path
) -> None:
    """Measure our searches against Elasticsearch's own, each question to each side in turn."""
    report = Report(Console(stderr=True))
    with tempfile.TemporaryDirectory(prefix="logfeed-search-") as folder:
        bench = Bench(Path(folder), report)
        try:
            results = _measure(bench, count, days, times, seconds, list(compared))
        finally:
            bench.close()
    file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    for name, result in results.items():
        click.echo(f"{'reached' if result['reached'] else 'MISSED '}  {name}: {json.dumps(result)}")
    report.say(f"all figures are in {file}")


if __name__ == "__main__":
    main()
