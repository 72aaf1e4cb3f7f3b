"""Two sides in turn: A-B, B-A, A-B, … after a warm-up."""

from benchmarks.ingest import bodies
from benchmarks.ingest.figures import Round
from benchmarks.ingest.records import records
from benchmarks.ingest.rounds import Bench
from benchmarks.ingest.sides import Raw, Side

#: Records that a fresh Java virtual machine must have taken before anything is measured.
_WARM_AFTER = 300_000
_WARM_UP_PART = 50_000


def warm_up(bench: Bench) -> None:
    """Let Elasticsearch compile what it runs: a cold one takes a tenth of what a warm one does."""
    lines = list(records(0, _WARM_UP_PART, bench.now))
    path = bench.folder / "warm-up"
    requests = bodies.write(path, bodies.bulk_requests(lines, lambda: bench.now), len(lines))
    for at in range(0, _WARM_AFTER, _WARM_UP_PART):
        result = Raw(bench, requests, connections=4).round()
        done = at + _WARM_UP_PART
        bench.report.say(f"warm-up: {done:,} records, the last at {result.rate:,.0f} a second")
    path.unlink()


def compare(bench: Bench, ours: Side, theirs: Side, pairs: int) -> dict[str, list[Round]]:
    """The rounds of both sides, ours first, after one pair that does not count."""
    rounds: dict[str, list[Round]] = {ours.name: [], theirs.name: []}
    for at in range(pairs + 1):
        for side in (ours, theirs) if at % 2 else (theirs, ours):
            result = side.round()
            which = f"pair {at} of {pairs}" if at else "warm-up"
            bench.report.say(f"{which}: {side.name}: {described(result)}")
            if at:
                rounds[side.name].append(result)
    return rounds


def described(result: Round) -> str:
    """One line of progress."""
    text = f"{result.rate:,.0f} records/s"
    if result.p50_ms is not None and result.p99_ms is not None:
        text += f", p50 {result.p50_ms:.1f} ms, p99 {result.p99_ms:.1f} ms"
    return text
