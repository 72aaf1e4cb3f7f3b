"""Cases A, B, C and C2: batches of 1,000 records over four connections."""

from collections.abc import Callable, Iterable, Sequence

from benchmarks.ingest import bodies
from benchmarks.ingest.compare import compare
from benchmarks.ingest.figures import Result, Round, Spread, Target, ratios
from benchmarks.ingest.rounds import Bench
from benchmarks.ingest.sides import (
    JSON_BATCH,
    NDJSON_BATCH,
    UNMAPPED_INDEX,
    ByHand,
    Raw,
    Service,
)

CONNECTIONS = 4


def case_a(bench: Bench, pairs: int) -> Result:
    """JSON batches against raw bulk requests."""
    result = Result("A", "1,000-record JSON batches, 4 connections, answered when stored")
    result.sides = compare(
        bench, _json_service(bench), Raw(bench, _bulk(bench), CONNECTIONS), pairs
    )
    result.targets = [_rate_target(result, "≥ 0.85 of raw _bulk (aim for 0.95)", 0.85)]
    return result


def case_b(bench: Bench, pairs: int) -> Result:
    """The same as NDJSON, gzip-encoded; the raw requests are not compressed."""
    result = Result("B", "1,000-record NDJSON batches, gzip, against uncompressed raw _bulk")
    sent = _write(bench, "gzip", bodies.gzip_ndjson)
    ours = Service(bench, sent, NDJSON_BATCH, CONNECTIONS)
    result.sides = compare(bench, ours, Raw(bench, _bulk(bench), CONNECTIONS), pairs)
    result.targets = [_rate_target(result, "≥ 0.80 of raw _bulk", 0.80)]
    return result


def case_c(bench: Bench, pairs: int) -> Result:
    """Against what a user would write."""
    result = Result("C", "case A against marshmallow and parallel_bulk in one Python process")
    text = bodies.write(
        bench.folder / "lines", (line + b"\n" for line in bench.lines), len(bench.lines)
    )
    theirs = ByHand(bench, text, CONNECTIONS)
    result.sides = compare(bench, _json_service(bench), theirs, pairs)
    result.targets = [_rate_target(result, "≥ 2 times parallel_bulk", 2.0)]
    result.notes = ["parallel_bulk's program is counted as generator; it gives no ids"]
    return result


def case_c2(bench: Bench, pairs: int) -> Result:
    """Against raw bulk requests into an index without a template."""
    result = Result(
        "C2", "case A against raw _bulk into an index that Elasticsearch maps by itself"
    )
    ours = _json_service(bench, is_weighed=True)
    theirs = Raw(bench, _bulk(bench), CONNECTIONS, UNMAPPED_INDEX, is_weighed=True)
    result.sides = compare(bench, ours, theirs, pairs)
    size = Spread.of(
        one / other
        for one, other in zip(*(_sizes(rounds) for rounds in result.sides.values()), strict=True)
    )
    result.targets = [
        _rate_target(result, "≥ 1.3 times raw _bulk, unmapped", 1.3),
        Target("fewer bytes, merged (of unmapped)", size.text(2), size.median < 1),
    ]
    result.notes = [
        f"{name}: {sum(sizes) / len(sizes) / len(bench.lines):.0f} bytes a record, merged"
        for name, sizes in ((name, _sizes(rounds)) for name, rounds in result.sides.items())
    ]
    return result


def _json_service(bench: Bench, *, is_weighed: bool = False) -> Service:
    return Service(
        bench, _write(bench, "json", bodies.json_batches), JSON_BATCH, CONNECTIONS, is_weighed
    )


def _bulk(bench: Bench) -> bodies.Bodies:
    requests = bodies.bulk_requests(bench.lines, lambda: bench.now)
    return bodies.write(bench.folder / "bulk", requests, len(bench.lines))


def _write(
    bench: Bench,
    name: str,
    encode: Callable[[Sequence[bytes]], Iterable[bytes]],
) -> bodies.Bodies:
    return bodies.write(bench.folder / name, encode(bench.lines), len(bench.lines))


def _rate_target(result: Result, wanted: str, least: float) -> Target:
    ratio = ratios(*result.sides.values())
    return Target(wanted, ratio.text(2), ratio.median >= least)


def _sizes(rounds: Sequence[Round]) -> list[int]:
    return [one.merged_bytes for one in rounds if one.merged_bytes is not None]
