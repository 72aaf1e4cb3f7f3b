# ruff: noqa: INP001 - a script, not a package
"""What each choice of the index template costs Elasticsearch, in processor time and on the disk.

    python -m benchmarks.mapping [--variant norms,zstd] [--records N] [--rounds N] [--json FILE]
        [--logs FOLDER]

One real node takes the same records as ``_bulk create``, each time into a fresh index. Processor time
is that of the node's process, until the last record can be searched and no merge runs: a busy machine
lengthens a round much, and that figure less. Each round of a variant stands next to one of the shipped
template, before or after it in turn, and is held against that one, so that drift cancels out.

The made records have no joined words such as ``user_id``. With ``--logs`` their messages are those of
the public log files in that folder, as the import reads them, each time with other numbers.
"""

import dataclasses
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import click
import orjson
import urllib3
from rich.console import Console

from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator
from app.engine.jars import ELASTICSEARCH_VERSION
from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.wiring.clock import system_clock
from benchmarks.import_accuracy import read_records
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
        segments: how many the index had before that merge; of the index, not of one record.
    """

    engine_us: float
    disk_bytes: float
    segments: int


class Corpus:
    """The records, and the bulk requests that are made of them for each kind of document."""

    def __init__(self, count: int, logs: Path | None) -> None:
        now = system_clock()
        ids = SnowflakeIDGenerator(FixedNodeNumber(1), lambda: now)
        self.count = count
        self._records: list[Body] = [orjson.loads(line) for line in records(_SEED, count, now)]
        if logs:
            for record, message in zip(self._records, _messages(logs), strict=False):
                record["message"] = message
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


def _messages(logs: Path) -> Iterator[str]:
    random = Random(_SEED)  # noqa: S311 -- not for secrets
    found = [
        record["message"] for path in sorted(logs.glob("*_2k.log")) for record in read_records(path)
    ]
    if not found:
        raise click.BadParameter(f"there is none of the public log files in {logs}")
    random.shuffle(found)
    for message in cycle(found):
        yield re.sub(r"\d{3,}", lambda number: str(random.randrange(10 ** len(number[0]))), message)


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
        wait_until("merges end", lambda: not self._total("merge", "current"), _MERGED_WITHIN)
        spent = self._engine_seconds() - before
        segments = self._total("segments", "count")
        size = self._node.merged_bytes(_INDEX)
        self._ask("DELETE", f"/{_INDEX}")
        return Cost(spent / self._corpus.count * 1e6, size / self._corpus.count, segments)

    def _engine_seconds(self) -> float:
        return sum(self._node.running.cpu_seconds().values())

    def _send(self, body: bytes) -> None:
        path = f"/{_INDEX}/_bulk?filter_path=errors,items.*.status,items.*.error"
        if self._ask("POST", path, body)["errors"]:
            raise BenchmarkError("a record was refused")

    def _total(self, kind: str, name: str) -> int:
        (figures,) = self._ask("GET", f"/{_INDEX}/_stats/{kind}")["_all"]["total"].values()
        return int(figures[name])

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        answer = self._http.request(
            method, self._node.url + path, body=body, headers={"Content-Type": "application/json"}
        )
        if answer.status >= 300:
            said = answer.data[:500].decode(errors="replace")
            raise BenchmarkError(f"{answer.status} to {method} {path}: {said}")
        return orjson.loads(answer.data)


#: By variant: each round, and that of the shipped template beside it.
Costs = dict[str, list[tuple[Cost, Cost]]]


def measure(bench: Bench, variants: Sequence[Variant], rounds: int, report: Report) -> Costs:
    """The costs of each variant, a pair a round."""
    costs: Costs = {variant.name: [] for variant in variants}
    for at in range(rounds):
        for variant in variants:
            if at % 2:
                theirs = bench.round(SHIPPED)
                ours = bench.round(variant)
            else:
                ours = bench.round(variant)
                theirs = bench.round(SHIPPED)
            costs[variant.name].append((ours, theirs))
            report.say(
                f"round {at + 1} of {rounds}: {variant.name} {ours.engine_us:.1f} µs, "
                f"shipped {theirs.engine_us:.1f} µs"
            )
    return costs


def warm_up(bench: Bench, variants: Sequence[Variant], corpus: Corpus, report: Report) -> None:
    """Let Java compile what it runs, for every variant."""
    done = at = 0
    while done < _WARM_AFTER or at < len(variants):
        cost = bench.round(variants[at % len(variants)])
        done, at = done + corpus.count, at + 1
        report.say(f"warm-up: {done:,} records, the last at {cost.engine_us:.0f} µs each")


def table(variants: Sequence[Variant], costs: Costs) -> str:
    """A line a variant, below that of the shipped template."""
    shipped = [theirs for pairs in costs.values() for _, theirs in pairs]
    head = (
        f"{'':20} {'engine µs a record':24} {'of shipped':20} "
        f"{'bytes':>6} {'of shipped':>11} {'segments':>9}"
    )
    lines = [_line(one, *zip(*costs[one.name], strict=True)) for one in variants]
    return "\n".join([head, _line(SHIPPED, shipped, shipped), *lines])


def _line(variant: Variant, ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    pairs = list(zip(ours, theirs, strict=True))
    time = Spread.of(cost.engine_us for cost in ours).text(1)
    of_time = Spread.of(one.engine_us / other.engine_us for one, other in pairs).text(2)
    size = Spread.of(cost.disk_bytes for cost in ours).median
    of_size = Spread.of(one.disk_bytes / other.disk_bytes for one, other in pairs).median
    segments = Spread.of(cost.segments for cost in ours).median
    return (
        f"{variant.name:20} {time:24} {of_time:20} {size:6.0f} {of_size:11.2f} {segments:9.0f}\n"
        f"  {variant.reason}"
    )


def _chosen(names: str) -> list[Variant]:
    known = {variant.name: variant for variant in VARIANTS}
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise click.BadParameter(
            f"{unknown[0]} is none of {', '.join(known)}", param_hint="--variant"
        )
    return [known[name] for name in known if name in wanted]


@click.command()
@click.option("--variant", "names", default="", help="Which to run; default: all.")
@click.option("--records", "count", type=click.IntRange(10_000), default=100_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where figures go."
)
@click.option(
    "--logs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Public log files.",
)
def main(names: str, count: int, rounds: int, file: Path | None, logs: Path | None) -> None:
    """Print processor time and bytes a record: median of the rounds, least and most."""
    variants = _chosen(names)
    report = Report(Console(stderr=True))
    corpus = Corpus(count // _BATCH * _BATCH, logs)
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
                name: [
                    {"variant": dataclasses.asdict(ours), "shipped": dataclasses.asdict(theirs)}
                    for ours, theirs in pairs
                ]
                for name, pairs in costs.items()
            },
        }
        file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
