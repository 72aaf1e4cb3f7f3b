"""Cases D and E: one record a request."""

from collections.abc import Sequence

from benchmarks.ingest import bodies
from benchmarks.ingest.compare import compare
from benchmarks.ingest.figures import Result, Round, Spread, Target, ratios
from benchmarks.ingest.rounds import Bench
from benchmarks.ingest.sides import SINGLE, Raw, Service

MANY = 64


def case_d(bench: Bench, pairs: int) -> Result:
    """Many clients with a record each."""
    result = Result("D", "single-record POST, 64 connections, answered when stored")
    result.sides = _against_doc(bench, MANY, pairs)
    ratio = ratios(*result.sides.values())
    ours, theirs = (p99s(rounds) for rounds in result.sides.values())
    p99 = Spread.of(one / other for one, other in zip(ours, theirs, strict=True))
    result.targets = [
        Target("≥ 3 times raw _doc", ratio.text(2), ratio.median >= 3),
        Target("p99 no worse (≤ raw _doc)", p99.text(2), p99.median <= 1),
    ]
    return result


def case_e(bench: Bench, pairs: int) -> Result:
    """A client alone."""
    result = Result("E", "a lone single-record POST, answered when stored")
    result.sides = _against_doc(bench, 1, pairs)
    ours, theirs = (_p50(rounds) for rounds in result.sides.values())
    added = Spread.of(one - other for one, other in zip(ours, theirs, strict=True))
    result.targets = [Target("p50 ≤ raw _doc + 4 ms", f"+ {added.text(2)} ms", added.median <= 4)]
    return result


def singles(bench: Bench) -> bodies.Bodies:
    """A body a record."""
    return bodies.write(bench.folder / "singles", bench.lines, len(bench.lines))


def _against_doc(bench: Bench, connections: int, pairs: int) -> dict[str, list[Round]]:
    sent = singles(bench)
    ours = Service(bench, sent, SINGLE, connections)
    return compare(bench, ours, Raw(bench, sent, connections, name="raw _doc"), pairs)


def _p50(rounds: Sequence[Round]) -> list[float]:
    return [one.p50_ms for one in rounds if one.p50_ms is not None]


def p99s(rounds: Sequence[Round]) -> list[float]:
    """The slowest but one in a hundred, of each round, in ms."""
    return [one.p99_ms for one in rounds if one.p99_ms is not None]
