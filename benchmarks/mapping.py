# ruff: noqa: INP001 - a script, not a package
"""What each choice of the index template costs Elasticsearch, in processor time and on the disk.

    python -m benchmarks.mapping [--variant shipped,norms] [--records N] [--rounds N] [--json FILE]

One real node takes the same records as ``_bulk create``, into a fresh index a variant and round, the
variants in another order each round. Processor time is that of the node's process, until the last
record can be searched and no merge runs: a busy machine lengthens a round much, and that figure little.
Each variant is also held against the shipped template of the same round, so that drift cancels out.
"""

import dataclasses
import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import orjson
import urllib3
from rich.console import Console

from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator
from app.engine.jars import ELASTICSEARCH_VERSION
from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.wiring import system_clock
from benchmarks.ingest.figures import Spread
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import BenchmarkError, wait_until
from benchmarks.ingest.records import records
from benchmarks.mapping_variants import SHIPPED, VARIANTS, Body, ToDocument, Variant

_SEED = 20_261_124
_BATCH = 1_000
_CONNECTIONS = 4
#: Records that a fresh Java virtual machine must have taken before anything is measured.
_WARM_AFTER = 400_000
_MERGED_WITHIN = 120.0
_INDEX = "variant"


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of one record, in one round.

    Attributes:
        engine_us: microseconds of processor time.
        disk_bytes: of the index, merged into one segment.
    """

    engine_us: float
    disk_bytes: float


class Corpus:
    """The records, and the bulk requests that are made of them for each kind of document."""

    def __init__(self, count: int) -> None:
        now = system_clock()
        ids = SnowflakeIDGenerator(FixedNodeNumber(1), lambda: now)
        self.count = count
        self._records: list[Body] = [orjson.loads(line) for line in records(_SEED, count, now)]
        self._actions = [
            b'{"create":{"_id":"%b"}}\n' % ids.next_id().encode() for _ in range(count)
        ]
        self._first = now
        self._made: dict[ToDocument, list[bytes]] = {}

    def requests(self, to_document: ToDocument) -> list[bytes]:
        """The bodies, the same ones for every variant that stores the same."""
        if to_document not in self._made:
            lines = [
                b"%b%b\n" % (action, orjson.dumps(to_document(record, self._first + at)))
                for at, (action, record) in enumerate(
                    zip(self._actions, self._records, strict=True)
                )
            ]
            self._made[to_document] = [
                b"".join(lines[at : at + _BATCH]) for at in range(0, len(lines), _BATCH)
            ]
        return self._made[to_document]


class Bench:
    """A node and what is sent to it."""

    def __init__(self, node: Node, corpus: Corpus) -> None:
        self._node = node
        self._corpus = corpus
        self._http = urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False, timeout=120.0)

    def round(self, variant: Variant) -> Cost:
        """All records into a fresh index, which is removed at the end.

        Raises:
            BenchmarkError: Elasticsearch refused something.
        """
        bodies = self._corpus.requests(variant.to_document)
        self._ask("PUT", f"/{_INDEX}", orjson.dumps(variant.index()))
        before = self._engine_seconds()
        with ThreadPoolExecutor(_CONNECTIONS) as senders:
            for _ in senders.map(self._send, bodies):
                pass
        self._ask("POST", f"/{_INDEX}/_refresh")
        wait_until("merges end", lambda: not self._merges(), _MERGED_WITHIN)
        spent = self._engine_seconds() - before
        size = self._node.merged_bytes(_INDEX)
        self._ask("DELETE", f"/{_INDEX}")
        return Cost(spent / self._corpus.count * 1e6, size / self._corpus.count)

    def _engine_seconds(self) -> float:
        return sum(self._node.running.cpu_seconds().values())

    def _send(self, body: bytes) -> None:
        path = f"/{_INDEX}/_bulk?filter_path=errors,items.*.status,items.*.error"
        if self._ask("POST", path, body)["errors"]:
            raise BenchmarkError("a record was refused")

    def _merges(self) -> int:
        stats = self._ask("GET", f"/{_INDEX}/_stats/merge")
        return int(stats["_all"]["total"]["merges"]["current"])

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        answer = self._http.request(
            method, self._node.url + path, body=body, headers={"Content-Type": "application/json"}
        )
        if answer.status >= 300:
            said = answer.data[:500].decode(errors="replace")
            raise BenchmarkError(f"{answer.status} to {method} {path}: {said}")
        return orjson.loads(answer.data)


Costs = dict[str, list[Cost]]


def measure(bench: Bench, variants: Sequence[Variant], rounds: int, report: Report) -> Costs:
    """The costs of each variant, a figure a round."""
    costs: Costs = {variant.name: [] for variant in variants}
    for at in range(rounds):
        turned = at * len(variants) // rounds
        for variant in (*variants[turned:], *variants[:turned])[:: -1 if at % 2 else 1]:
            cost = bench.round(variant)
            costs[variant.name].append(cost)
            report.say(f"round {at + 1} of {rounds}: {variant.name}: {cost.engine_us:.1f} µs")
    return costs


def warm_up(bench: Bench, variants: Sequence[Variant], corpus: Corpus, report: Report) -> None:
    """Let Java compile what it runs, for every variant."""
    done = at = 0
    while done < _WARM_AFTER or at < len(variants):
        cost = bench.round(variants[at % len(variants)])
        done, at = done + corpus.count, at + 1
        report.say(f"warm-up: {done:,} records, the last at {cost.engine_us:.0f} µs each")


def table(variants: Sequence[Variant], costs: Costs) -> str:
    """A line a variant."""
    lines = [f"{'':20} {'engine µs a record':24} {'of shipped':20} {'bytes':>6}  {'of shipped':10}"]
    for variant in variants:
        found, shipped = costs[variant.name], costs[SHIPPED.name]
        pairs = list(zip(found, shipped, strict=True))
        time = Spread.of(cost.engine_us for cost in found).text(1)
        of_time = Spread.of(one.engine_us / other.engine_us for one, other in pairs).text(2)
        size = Spread.of(cost.disk_bytes for cost in found).median
        of_size = Spread.of(one.disk_bytes / other.disk_bytes for one, other in pairs).median
        lines.append(f"{variant.name:20} {time:24} {of_time:20} {size:6.0f}  {of_size:10.2f}")
        lines.append(f"  {variant.reason}")
    return "\n".join(lines)


def _chosen(names: str) -> list[Variant]:
    known = {variant.name: variant for variant in VARIANTS}
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise click.BadParameter(
            f"{unknown[0]} is none of {', '.join(known)}", param_hint="--variant"
        )
    return [variant for variant in VARIANTS if variant.name in wanted or variant is SHIPPED]


@click.command()
@click.option("--variant", "names", default="", help="Which to run, besides shipped; default: all.")
@click.option("--records", "count", type=click.IntRange(10_000), default=100_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where figures go."
)
def main(names: str, count: int, rounds: int, file: Path | None) -> None:
    """Print processor time and bytes a record: median of the rounds, least and most."""
    variants = _chosen(names)
    report = Report(Console(stderr=True))
    corpus = Corpus(count // _BATCH * _BATCH)
    with (
        tempfile.TemporaryDirectory(prefix="logfeed-mapping-") as folder,
        on_ending_signal(_interrupt),
    ):
        node = Node(Path(folder), report)
        try:
            bench = Bench(node, corpus)
            warm_up(bench, variants, corpus, report)
            costs = measure(bench, variants, rounds, report)
        except BenchmarkError as error:
            raise click.ClickException(f"worth nothing: {error}") from None
        finally:
            node.stop()
    click.echo(table(variants, costs))
    if file:
        document = {
            "elasticsearch": ELASTICSEARCH_VERSION,
            "records": corpus.count,
            "rounds": {
                name: [dataclasses.asdict(cost) for cost in found] for name, found in costs.items()
            },
        }
        file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
