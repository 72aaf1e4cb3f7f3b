# ruff: noqa: INP001 - beside scripts, not in a package
"""A node that stores the same records in one way after the other, and what each costs (``storage``)."""

import dataclasses
import gzip
import statistics
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import orjson
import urllib3

from app.domain.entry import LogEntry
from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator
from app.stores.elasticsearch.documents import from_hit
from app.wiring.clock import system_clock
from benchmarks.ingest.processes import BenchmarkError, wait_until
from benchmarks.mapping_variants import Body, Variant

_BATCH = 1_000
_WITHIN = 120.0
_HOT, _WARM = "storage-hot", "storage-warm"
_COMPARED = 1_000
_PAGE = 100
_PAGES = 40


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
