"""The sides of a comparison: each can run one round, and leaves nothing behind for the next."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from benchmarks.ingest.bodies import BATCH, Bodies
from benchmarks.ingest.figures import Round
from benchmarks.ingest.node import RAW_PREFIX
from benchmarks.ingest.rounds import Bench, Request, check_count, order_of
from benchmarks.ingest.service import INDICES

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
GZIP = {"Content-Encoding": "gzip"}

#: An index made from the shipped templates, and one that Elasticsearch maps by itself.
TEMPLATED_INDEX = f"{RAW_PREFIX}-raw-round-000001"
UNMAPPED_INDEX = "unmapped"

BATCH_PATH = "/api/v1/logs/batch"
JSON_BATCH = Request(BATCH_PATH, JSON, 201, f'"created":{BATCH}')
NDJSON_BATCH = Request(BATCH_PATH, NDJSON | GZIP, 201, f'"created":{BATCH}')
SINGLE = Request("/api/v1/logs", JSON, 201, '"log_id"')
ACCEPTED = Request("/api/v1/logs?ack=accepted", JSON, 202, '"log_id"')


#: Seconds in which accepted records must be in Elasticsearch.
_SHIPPED_WITHIN = 120.0


class Side(Protocol):
    """Something that stores records."""

    @property
    def name(self) -> str:
        """As the operator reads it."""
        ...

    def round(self) -> Round:
        """Run once, over fresh indices.

        Raises:
            BenchmarkError: an answer was wrong, or records are missing.
        """
        ...


@dataclass(frozen=True)
class Service:
    """Logfeed."""

    bench: Bench
    bodies: Bodies
    request: Request
    connections: int
    is_weighed: bool = False
    name: str = "service"

    def round(self) -> Round:
        """Records through the API; returns when all of them are stored."""
        bench = self.bench
        bench.node.delete(INDICES)
        primed = bench.api.prime(bench.lines[0])
        order = order_of(self.bodies, self.connections, bench.api.port, self.request)
        result = bench.run("benchmarks.ingest.load", order, self.bodies.records)
        check_count("the service", lambda: bench.node.count(INDICES), self.bodies.records + primed)
        return _weighed(bench, INDICES, result) if self.is_weighed else result


@dataclass(frozen=True)
class Raw:
    """Elasticsearch alone."""

    bench: Bench
    bodies: Bodies
    connections: int
    index: str = TEMPLATED_INDEX
    is_weighed: bool = False
    name: str = "raw _bulk"

    def round(self) -> Round:
        """Ready-made requests, straight to Elasticsearch."""
        is_bulk = self.name == "raw _bulk"
        # The bulk request asks for the same detail as the service does: a status a record.
        request = (
            Request(
                f"/{self.index}/_bulk?filter_path=errors,items.*.status",
                NDJSON, 200, '"status":201', BATCH,
            ) if is_bulk else Request(f"/{self.index}/_doc", JSON, 201, '"result":"created"')
        )  # fmt: skip
        order = order_of(self.bodies, self.connections, self.bench.node.port, request)
        return _in_fresh_index(
            self.bench,
            self.index,
            lambda: self.bench.run("benchmarks.ingest.load", order, self.bodies.records),
            is_weighed=self.is_weighed,
        )


@dataclass(frozen=True)
class ByHand:
    """A script of a user's own."""

    bench: Bench
    bodies: Bodies
    connections: int
    name: str = "parallel_bulk"

    def round(self) -> Round:
        """One Python process that validates with marshmallow and uses ``parallel_bulk``."""
        order = {
            "url": self.bench.node.url,
            "index": TEMPLATED_INDEX,
            "file": str(self.bodies.path),
            "connections": self.connections,
            "batch": BATCH,
        }
        return _in_fresh_index(
            self.bench,
            TEMPLATED_INDEX,
            lambda: self.bench.run("benchmarks.ingest.by_hand", order, self.bodies.records),
        )


def _in_fresh_index(
    bench: Bench, index: str, run: Callable[[], Round], *, is_weighed: bool = False
) -> Round:
    bench.node.delete(index)
    bench.node.create(index)
    result = run()
    check_count(index, lambda: bench.node.count(index), result.records)
    if is_weighed:
        result = _weighed(bench, index, result)
    bench.node.delete(index)
    return result


def _weighed(bench: Bench, pattern: str, result: Round) -> Round:
    return replace(result, merged_bytes=bench.node.merged_bytes(pattern))
