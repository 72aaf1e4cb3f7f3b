# ruff: noqa: INP001 - a script, not a package
"""How fast payloads are made durable: our log, a sync for each, and sqlite3, in one run.

32 threads append payloads of 4 KiB and wait for each to be on the disk. Rounds alternate; the medians
are compared.

    python -m benchmarks.write_ahead_log [--folder FOLDER] [--seconds N] [--rounds N] [--json]

FOLDER must be on the disk to be measured; tmpfs has nothing to sync. Default: the current folder.
"""

import contextlib
import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from app.stores.write_ahead_log.log import WriteAheadLog

_PAYLOAD = os.urandom(4_096)

#: Makes one payload durable.
Put = Callable[[bytes], object]
#: What is measured: a put for the threads, and a count of syncs, if it keeps one.
Contender = Callable[[Path], "contextlib.AbstractContextManager[tuple[Put, Callable[[], int]]]"]


@contextlib.contextmanager
def group_commit(folder: Path) -> Iterator[tuple[Put, Callable[[], int]]]:
    """Our log."""
    log = WriteAheadLog(folder)
    try:
        yield log.append, lambda: log.statistics().groups
    finally:
        log.close()


@contextlib.contextmanager
def sync_each(folder: Path) -> Iterator[tuple[Put, Callable[[], int]]]:
    """One file, a write and an fdatasync for each payload, one after the other."""
    folder.mkdir()
    descriptor = os.open(folder / "file", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    lock = threading.Lock()

    def put(payload: bytes) -> None:
        with lock:
            os.write(descriptor, payload)
            os.fdatasync(descriptor)

    try:
        yield put, lambda: 0
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def sqlite(folder: Path) -> Iterator[tuple[Put, Callable[[], int]]]:
    """The standard library's sqlite3: WAL, synchronous=FULL, one connection, a commit for each."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "database", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE records (lsn INTEGER PRIMARY KEY, payload BLOB)")
    lock = threading.Lock()

    def put(payload: bytes) -> None:
        with lock:
            connection.execute("INSERT INTO records (payload) VALUES (?)", (payload,))

    try:
        yield put, lambda: 0
    finally:
        connection.close()


CONTENDERS: dict[str, Contender] = {
    "write_ahead_log": group_commit,
    "fdatasync_each": sync_each,
    "sqlite3": sqlite,
}


def measure(contender: Contender, threads: int, seconds: float) -> dict[str, float]:
    """One round: rate, latency in milliseconds, payloads a sync."""
    latencies: list[list[float]] = [[] for _ in range(threads)]
    begin = threading.Barrier(threads + 1)
    is_over = threading.Event()

    def work(mine: list[float], put: Put) -> None:
        begin.wait()
        while not is_over.is_set():
            before = time.perf_counter()
            put(_PAYLOAD)
            mine.append(time.perf_counter() - before)

    with (
        tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="log-benchmark-") as folder,
        contender(Path(folder) / "log") as (put, syncs),
    ):
        workers = [threading.Thread(target=work, args=(mine, put)) for mine in latencies]
        for worker in workers:
            worker.start()
        begin.wait()
        started = time.perf_counter()
        is_over.wait(seconds)
        is_over.set()
        for worker in workers:
            worker.join()
        elapsed = time.perf_counter() - started
        every = sorted(latency for mine in latencies for latency in mine)
        return {
            "appends_per_second": len(every) / elapsed,
            "p50_ms": every[len(every) // 2] * 1_000,
            "p99_ms": every[len(every) * 99 // 100] * 1_000,
            "mean_group": len(every) / (syncs() or len(every)),
        }


@click.command()
@click.option("--folder", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--threads", default=32, show_default=True)
@click.option("--seconds", default=5.0, show_default=True, help="of each round")
@click.option("--rounds", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
def main(folder: str, threads: int, seconds: float, rounds: int, as_json: bool) -> None:
    """Compare the ways to make payloads durable."""
    os.chdir(folder)
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for contender in CONTENDERS.values():
        measure(contender, threads, seconds / 5)  # a warm-up, not counted
    for _ in range(rounds):
        for name, contender in CONTENDERS.items():
            measured[name].append(measure(contender, threads, seconds))
    medians = {
        name: {key: statistics.median(each[key] for each in results) for key in results[0]}
        for name, results in measured.items()
    }
    ours = medians["write_ahead_log"]["appends_per_second"]
    ratios = {
        name: ours / medians[name]["appends_per_second"]
        for name in CONTENDERS
        if name != "write_ahead_log"
    }
    if as_json:
        click.echo(json.dumps({"medians": medians, "ratios": ratios, "rounds": measured}))
        return
    click.echo(f"{threads} threads, {len(_PAYLOAD)} bytes, medians of {rounds} x {seconds:g} s")
    for name, median in medians.items():
        click.echo(
            f"{name:16} {median['appends_per_second']:9,.0f}/s   p50 {median['p50_ms']:7.2f} ms"
            f"   p99 {median['p99_ms']:7.2f} ms   {median['mean_group']:5.1f} a sync"
        )
    for name, ratio in ratios.items():
        click.echo(f"write_ahead_log is {ratio:.1f} times {name}")


if __name__ == "__main__":
    main()
