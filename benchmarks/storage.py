# ruff: noqa: INP001 - a script, not a package
"""Bytes stored per record, hot and warm, against the raw JSON, and what reading then costs.

    python -m benchmarks.storage [--variant shipped,sorted] [--records N] [--logs FOLDER] [--json FILE]

One real node. Each way to store goes the way of an index: records in by ``_bulk create``, a flush,
the merges that come by themselves (hot); then closed for writing, cloned with best_compression, merged
to one segment (warm), as the lifecycle does. Of both: bytes, the time to fetch 100 hits, and whether
every field of 1,000 records comes back as it was sent. Bytes repeat to some 2 %; times are rough.
"""

import dataclasses
import gzip
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import orjson
import urllib3
from rich.console import Console

from app.domain.entry import LogEntry
from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator
from app.engine.jars import ELASTICSEARCH_VERSION
from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.stores.elasticsearch.documents import from_hit
from app.wiring import system_clock
from benchmarks.import_accuracy import REFERENCES, read_records
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import BenchmarkError, wait_until
from benchmarks.ingest.records import records
from benchmarks.mapping_variants import Body, Variant
from benchmarks.storage_variants import STORAGE_VARIANTS

_SEED = 20_261_124
_BATCH = 1_000
_WITHIN = 120.0
_HOT, _WARM = "storage-hot", "storage-warm"
_COMPARED = 1_000
_PAGE = 100
_PAGES = 40
#: What must be reached once an index is warm.
_AIM = 0.30


@dataclasses.dataclass(frozen=True)
class Figures:
    """Of one way to store, in one tier.

    Attributes:
        bytes: a record, on disk.
        page_ms: to fetch 100 hits, the newest of a service; the median.
        changed: fields that did not come back as they were sent.
    """

    bytes: float
    segments: int
    page_ms: float
    changed: tuple[str, ...]


class Corpus:
    """Records as they are sent, with their ids."""

    def __init__(self, sent: Sequence[bytes]) -> None:
        self.count = len(sent)
        self.raw_bytes = sum(map(len, sent)) / self.count
        self.gzip_bytes = len(gzip.compress(b"\n".join(sent))) / self.count
        self.records: list[Body] = [{"metadata": {}, **orjson.loads(line)} for line in sent]
        self.first = system_clock()
        ids = SnowflakeIDGenerator(FixedNodeNumber(1), lambda: self.first)
        self.ids = [record.pop("id", None) or ids.next_id() for record in self.records]
        self.services = sorted({record["service"] for record in self.records})

    def bodies(self, variant: Variant) -> Iterator[bytes]:
        """The bulk requests that store them this way."""
        lines = [
            b'{"create":{"_id":"%b"}}\n%b\n'
            % (name.encode(), orjson.dumps(variant.to_document(record, self.first + at)))
            for at, (name, record) in enumerate(zip(self.ids, self.records, strict=True))
        ]
        for at in range(0, len(lines), _BATCH):
            yield b"".join(lines[at : at + _BATCH])


class Bench:
    """A node and what is sent to it."""

    def __init__(self, url: str, corpus: Corpus) -> None:
        self._url = url
        self._corpus = corpus
        self._http = urllib3.PoolManager(retries=False, timeout=_WITHIN)

    def measure(self, variant: Variant) -> tuple[Figures, Figures]:
        """Hot and warm.

        Raises:
            BenchmarkError: Elasticsearch refused something.
        """
        for index in (_HOT, _WARM):
            self._ask("DELETE", f"/{index}?ignore_unavailable=true")
        self._ask("PUT", f"/{_HOT}", variant.index())
        for body in self._corpus.bodies(variant):
            answer = self._ask("POST", f"/{_HOT}/_bulk?filter_path=errors,items.*.error", body)
            if answer["errors"]:
                raise BenchmarkError(f"a record was refused: {str(answer['items'])[:300]}")
        self._ask("POST", f"/{_HOT}/_flush")
        wait_until("merges end", self._is_merged, _WITHIN)
        hot = self._look_at(_HOT)
        self._ask("PUT", f"/{_HOT}/_block/write")
        self._ask(
            "PUT", f"/{_HOT}/_clone/{_WARM}", {"settings": {"index.codec": "best_compression"}}
        )
        self._ask("GET", f"/_cluster/health/{_WARM}?wait_for_status=green&timeout=60s")
        self._ask("POST", f"/{_WARM}/_forcemerge?max_num_segments=1&flush=true")
        return hot, self._look_at(_WARM)

    def by_field(self) -> list[tuple[str, float]]:
        """Bytes a record of each field of what is warm now, the most first."""
        answer = self._ask("POST", f"/{_WARM}/_disk_usage?run_expensive_tasks=true")
        fields = answer[_WARM]["fields"]
        found = [
            (name, field["total_in_bytes"] / self._corpus.count) for name, field in fields.items()
        ]
        return sorted(found, key=lambda one: -one[1])

    def _look_at(self, index: str) -> Figures:
        self._ask("POST", f"/{index}/_refresh")
        (found,) = self._ask("GET", f"/{index}/_segments")["indices"].values()
        ((copy,),) = found["shards"].values()
        sizes = [segment["size_in_bytes"] for segment in copy["segments"].values()]
        return Figures(
            sum(sizes) / self._corpus.count, len(sizes), self._page_ms(index), self._changed(index)
        )

    def _is_merged(self) -> bool:
        (figures,) = self._ask("GET", f"/{_HOT}/_stats/merge")["_all"]["total"].values()
        return not figures["current"]

    def _page_ms(self, index: str) -> float:
        times = []
        for turn in range(-_PAGES // 2, _PAGES):  # the first ones warm up
            service = self._corpus.services[turn % len(self._corpus.services)]
            body = orjson.dumps(
                {
                    "size": _PAGE,
                    "query": {"bool": {"filter": [{"term": {"service": service}}]}},
                    "sort": [{"timestamp": "desc"}, {"ingest_sequence": "desc"}],
                }
            )
            started = perf_counter()
            self._send("POST", f"/{index}/_search?request_cache=false", body)
            if turn >= 0:
                times.append(perf_counter() - started)
        return statistics.median(times) * 1_000

    def _changed(self, index: str) -> tuple[str, ...]:
        """Fields of records that come back other than they were sent."""
        step = max(1, self._corpus.count // _COMPARED)
        wanted = {
            self._corpus.ids[at]: self._corpus.records[at]
            for at in range(0, self._corpus.count, step)
        }
        query = {"size": len(wanted), "query": {"ids": {"values": list(wanted)}}}
        hits = self._ask("POST", f"/{index}/_search", query)["hits"]["hits"]
        if len(hits) != len(wanted):
            return ("records are missing",)
        changed: set[str] = set()
        for hit in hits:
            sent = from_hit({"_id": hit["_id"], "_source": wanted[hit["_id"]]})
            try:
                got = from_hit(hit)
            except (KeyError, ValueError, TypeError):
                return ("cannot be decoded",)
            changed |= {name for name in _FIELDS if _value(sent, name) != _value(got, name)}
        return tuple(sorted(changed))

    def _ask(self, method: str, path: str, body: bytes | Body | None = None) -> Any:
        data = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        return orjson.loads(self._send(method, path, data))

    def _send(self, method: str, path: str, body: bytes | None) -> bytes:
        answer = self._http.request(
            method, self._url + path, body=body, headers={"Content-Type": "application/json"}
        )
        if answer.status >= 300:
            said = answer.data[:500].decode(errors="replace")
            raise BenchmarkError(f"{answer.status} to {method} {path}: {said}")
        return answer.data


_FIELDS = (
    "id", "timestamp", "nanosecond", "level", "service", "message", "metadata", "source_ip",
    "correlation_id", "trace_id", "span_id",
)  # fmt: skip


def _value(entry: LogEntry, name: str) -> object:
    value = getattr(entry, name)
    # 1 and 1.0, and "1" and 1, are to be told apart.
    return repr(value) if name == "metadata" else value


def made(count: int) -> Corpus:
    """The records of the ingest benchmark."""
    return Corpus(list(records(_SEED, count, system_clock())))


def real(folder: Path, count: int) -> Corpus:
    """The lines of the public log files in ``folder`` as the import reads them."""
    sent = [
        orjson.dumps(record)
        for system in REFERENCES
        if (path := folder / f"{system}_2k.log").is_file()
        for record in read_records(path)
    ]
    if not sent:
        raise click.BadParameter(f"there is none of the public log files in {folder}")
    return Corpus(sent[:count])


def table(figures: dict[str, tuple[Figures, Figures]], corpus: Corpus) -> str:
    """A line a way to store."""
    reasons = {variant.name: variant.reason for variant in STORAGE_VARIANTS}
    size, packed = corpus.raw_bytes, corpus.gzip_bytes
    both = f"{'hot':>5} {'of JSON':>8} {'page ms':>8}   {'warm':>5} {'of JSON':>8} {'page ms':>8}"
    lines = [
        f"a record of {size:.0f} bytes of JSON; gzip of all {packed:.0f} ({packed / size:.2f})",
        f"{'':22} {both}   comes back changed",
    ]
    for name, (hot, warm) in figures.items():
        lines.append(
            f"{name:22} {_row(hot, corpus)}   {_row(warm, corpus)}   {', '.join(warm.changed) or '-'}"
        )
        lines.append(f"    {reasons[name]}")
    return "\n".join(lines)


def _row(one: Figures, corpus: Corpus) -> str:
    return f"{one.bytes:5.0f} {one.bytes / corpus.raw_bytes:8.2f} {one.page_ms:8.1f}"


def _chosen(names: str) -> list[Variant]:
    known = {variant.name: variant for variant in STORAGE_VARIANTS}
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise click.BadParameter(
            f"{unknown[0]} is none of {', '.join(known)}", param_hint="--variant"
        )
    return [known[name] for name in wanted]


@click.command()
@click.option("--variant", "names", default="", help="Which to measure; default: all.")
@click.option("--records", "count", type=click.IntRange(2_000), default=200_000, show_default=True)
@click.option(
    "--logs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of public log files, instead of made records.",
)
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where figures go."
)
def main(names: str, count: int, logs: Path | None, file: Path | None) -> None:
    """Print bytes a record, hot and warm, and the time to read."""
    variants = _chosen(names)
    report = Report(Console(stderr=True))
    corpus = real(logs, count) if logs else made(count)
    figures: dict[str, tuple[Figures, Figures]] = {}
    fields: dict[str, list[tuple[str, float]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="logfeed-storage-") as folder,
        on_ending_signal(_interrupt),
    ):
        node = Node(Path(folder), report)
        try:
            bench = Bench(node.url, corpus)
            bench.measure(variants[0])  # Java compiles what it runs
            for variant in variants:
                figures[variant.name] = bench.measure(variant)
                fields[variant.name] = bench.by_field()
                report.say(
                    f"{variant.name}: {figures[variant.name][1].bytes:.0f} bytes a record, warm"
                )
        except BenchmarkError as error:
            raise click.ClickException(f"worth nothing: {error}") from None
        finally:
            node.stop()
    click.echo(table(figures, corpus))
    first = variants[0].name
    shares = ", ".join(f"{name} {size:.0f}" for name, size in fields[first] if size >= 1)
    click.echo(f"bytes a record of each field, {first}, warm: {shares}")
    warm = figures[first][1].bytes / corpus.raw_bytes
    click.echo(f"must: warm at most {_AIM:.2f} of the JSON: {warm:.2f}: {_verdict(warm)}")
    if file:
        document = {
            "elasticsearch": ELASTICSEARCH_VERSION,
            "records": corpus.count,
            "raw_bytes": corpus.raw_bytes,
            "gzip_bytes": corpus.gzip_bytes,
            "variants": {
                name: {
                    "hot": dataclasses.asdict(hot),
                    "warm": dataclasses.asdict(cold),
                    "warm_fields": dict(fields[name]),
                }
                for name, (hot, cold) in figures.items()
            },
        }
        file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _verdict(warm: float) -> str:
    return "reached" if warm <= _AIM else "MISSED"


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
