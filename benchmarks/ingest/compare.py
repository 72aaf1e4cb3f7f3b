"""Two sides in turn: A-B, B-A, A-B, … after a warm-up."""

from benchmarks.ingest import bodies
from benchmarks.ingest.figures import Round
from benchmarks.ingest.records import records
from benchmarks.ingest.rounds import Bench
from benchmarks.ingest.sides import Raw, Side

#: Records that a fresh Java virtual machine must have taken before anything is measured.
_WARM_AFTER = 300_000
_WARM_UP_PART = 50_000
#: Most pairs that do not count, and what a side must have gained on the pair before for one more.
_MOST_WARM_UPS, _FASTER = 8, 1.1


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
    """The rounds of both sides, ours first, after some pairs that do not count."""
    _settle(bench, ours, theirs)
    rounds: dict[str, list[Round]] = {ours.name: [], theirs.name: []}
    for at in range(1, pairs + 1):
        for side in (ours, theirs) if at % 2 else (theirs, ours):
            result = side.round()
            bench.report.say(f"pair {at} of {pairs}: {side.name}: {described(result)}")
            rounds[side.name].append(result)
    return rounds


def _settle(bench: Bench, *sides: Side) -> None:
    """Until neither side becomes much faster: what a case runs may not be what is warm already."""
    before: dict[str, float] = {}
    for _ in range(_MOST_WARM_UPS):
        rates: dict[str, float] = {}
        for side in sides:
            result = side.round()
            bench.report.say(f"warm-up: {side.name}: {described(result)}")
            rates[side.name] = result.rate
        if before and all(rate < before[name] * _FASTER for name, rate in rates.items()):
            return
        before = rates


def described(result: Round) -> str:
    """One line of progress."""
    text = f"{result.rate:,.0f} records/s"
    if result.p50_ms is not None and result.p99_ms is not None:
        text += f", p50 {result.p50_ms:.1f} ms, p99 {result.p99_ms:.1f} ms"
    return text
