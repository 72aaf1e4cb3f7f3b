# ruff: noqa: INP001 - a script, not a package
"""Reading many records through the API, against doing so with the Python client of Elasticsearch.

    python -m benchmarks.paging [--records 2000000] [--days 5] [--rounds 5] [--json FILE]

Three things: the first page against the 1,000th by cursor; an export of all against a scroll, a point in
time, and a point in time in two slices at once by the client, the fastest of them; and whether a walk
over all pages finds every record exactly once while others are written. Sides take turns, so that drift
cancels out.

Like is compared with like as far as it can be. All sides read every record of the same indices, 5,000 at
a time, over one machine's loopback, and nothing is packed on any wire. The client is connected as the
service is, which is quicker than a client without settings. The export has all fields
of a record; the client gets ``_source`` as it is stored, which has two fields more, and makes objects
of it, as it always does, where whoever reads an export counts its lines. The export has the harder
order: newest first over all indices; the client reads in the order in which an index has its
records, which costs Elasticsearch about half as much.
"""

import json
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import click
from elasticsearch import Elasticsearch, helpers
from rich.console import Console

from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.wiring.clock import system_clock
from benchmarks.ingest.figures import Spread
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import BenchmarkError
from benchmarks.ingest.records import records
from benchmarks.ingest.service import Api
from benchmarks.paging_site import INDICES, Site

_PART = 5_000
_DEEP_PAGE = 1_000
_PAGE = 100
_REPEATS = 40
#: Read by each side before anything is measured: until then the node compiles as it goes.
_WARM_RECORDS = 500_000
_MOST_DEEP_TO_FIRST, _LEAST_EXPORT = 1.5, 0.8


def pages(site: Site) -> dict[str, Spread]:
    """Milliseconds of the first page and of a deep one, and of the ratio of rounds."""
    first = f"/api/v1/logs?limit={_PAGE}"
    deep = first
    for number, page in enumerate(site.walk(_PAGE), 1):
        if number == _DEEP_PAGE or page["pagination"]["next"] is None:
            break
        deep = page["pagination"]["next"]
    times: dict[str, list[float]] = {first: [], deep: []}
    for _ in range(_REPEATS):
        for address, taken in times.items():
            taken.append(_seconds(partial(site.get, address)) * 1_000)
    return {"first page, ms": Spread.of(times[first]), "deep page, ms": Spread.of(times[deep])}


def export(site: Site, count: int) -> float:
    """Records a second of an export by the API."""

    def read() -> None:
        answer = site.http.request(
            "GET", f"{site.url}/api/v1/logs/export", preload_content=False, timeout=3_600.0
        )
        lines = sum(chunk.count(b"\n") for chunk in answer.stream(1_048_576))
        if lines != count:
            raise BenchmarkError(f"the export has {lines} records, not {count}")

    return count / _seconds(read)


def scroll(site: Site, count: int) -> float:
    """Records a second of a scroll by the client, in the order of the index."""

    def read() -> None:
        hits = helpers.scan(site.client, index=INDICES, size=_PART)
        if (got := sum(1 for _ in hits)) != count:
            raise BenchmarkError(f"the scroll has {got} records, not {count}")

    return count / _seconds(read)


def point_in_time(site: Site, count: int, slices: int = 1) -> float:
    """Records a second of a point in time by the client, in the order of the index.

    Args:
        slices: read at the same time, by a thread each.
    """

    def read() -> None:
        pit = site.client.open_point_in_time(index=INDICES, keep_alive="5m")["id"]
        with ThreadPoolExecutor(slices) as threads:
            cuts = [{"id": n, "max": slices} for n in range(slices)] if slices > 1 else [None]
            got = sum(threads.map(partial(_slice, site.client, pit), cuts))
        site.client.close_point_in_time(id=pit)
        if got != count:
            raise BenchmarkError(f"the point in time has {got} records, not {count}")

    return count / _seconds(read)


def _slice(client: Elasticsearch, pit: str, cut: dict[str, Any] | None) -> int:
    """How many records a slice of a point in time has; of None, all."""
    got, after = 0, None
    while True:
        answer = client.search(
            pit={"id": pit, "keep_alive": "5m"},
            size=_PART,
            slice=cut,
            sort=[{"_shard_doc": "asc"}],
            search_after=after,
            track_total_hits=False,
        )
        hits = answer["hits"]["hits"]
        if not hits:
            return got
        got, after = got + len(hits), hits[-1]["sort"]


def once_each(site: Site, ids: set[str]) -> int:
    """Walk over all pages while others are written; how many were written meanwhile.

    Raises:
        BenchmarkError: a record came twice, or not at all.
    """
    ended = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not ended.is_set():
            written += len(site.write(list(records(written, 500, system_clock()))))

    seen: set[str] = set()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for page in site.walk(1_000):
            found = {record["id"] for record in page["logs"]}
            if len(found) < page["count"] or found & seen:
                raise BenchmarkError("a record came twice")
            seen |= found
    finally:
        ended.set()
        writer.join()
    if missing := len(ids - seen):
        raise BenchmarkError(f"{missing} records did not come")
    return written


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


@click.command()
@click.option(
    "--records", "wanted", type=click.IntRange(1_000), default=2_000_000, show_default=True
)
@click.option("--days", type=click.IntRange(1, 25), default=5, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
def main(wanted: int, days: int, rounds: int, file: Path | None) -> None:
    """Print both sides: median of the rounds, least and most."""
    report = Report(Console(stderr=True))
    with (
        tempfile.TemporaryDirectory(prefix="logfeed-paging-") as folder,
        on_ending_signal(_interrupt),
    ):
        node = Node(Path(folder), report)
        api: Api | None = None
        try:
            api = Api(Path(folder), node.url)
            site = Site(api, connect(ClusterAddress((node.url,), timeout=300.0)))
            ids = site.load(wanted, days)
            figures = measure(site, len(ids), rounds)
            written = once_each(site, ids)
        except BenchmarkError as error:
            raise click.ClickException(f"worth nothing: {error}") from None
        finally:
            if api is not None:
                api.running.stop()
            node.stop()
    click.echo(f"{len(ids)} records over {days} days")
    for name, spread in figures.items():
        click.echo(f"  {name:<44} {spread.text(2)}")
    click.echo(f"  every record came once while {written} others were written")
    deep = figures["deep page to first page"].median <= _MOST_DEEP_TO_FIRST
    whole = figures["export to the fastest of the client's"].median >= _LEAST_EXPORT
    click.echo(f"  a deep page costs at most {_MOST_DEEP_TO_FIRST} first ones: {_said(deep)}")
    click.echo(f"  an export reaches {_LEAST_EXPORT} of the client: {_said(whole)}")
    if file:
        known = {name: vars(spread) for name, spread in figures.items()}
        file.write_text(json.dumps({"records": len(ids), "days": days, "figures": known}) + "\n")


def measure(site: Site, count: int, rounds: int) -> dict[str, Spread]:
    """All figures but the walk."""
    sides: dict[str, Callable[[Site, int], float]] = {
        "export, records/s": export,
        "scroll, records/s": scroll,
        "point in time, records/s": point_in_time,
        "point in time, two slices, records/s": partial(point_in_time, slices=2),
    }
    for _ in range(max(_WARM_RECORDS // count, 1)):
        for side in sides.values():
            side(site, count)
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            rates[name].append(side(site, count))
    ours, *theirs = rates.values()
    ratios = [one / max(others) for one, *others in zip(ours, *theirs, strict=True)]
    of_pages = [pages(site) for _ in range(rounds)]
    return {
        **{name: Spread.of(taken) for name, taken in rates.items()},
        "export to the fastest of the client's": Spread.of(ratios),
        **{name: Spread.of(one[name].median for one in of_pages) for name in of_pages[0]},
        "deep page to first page": Spread.of(
            one["deep page, ms"].median / one["first page, ms"].median for one in of_pages
        ),
    }


def _said(is_reached: bool) -> str:
    return "yes" if is_reached else "no"


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
