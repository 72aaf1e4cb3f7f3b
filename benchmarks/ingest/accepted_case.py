"""Case E2: records that are answered for before Elasticsearch has them, with it up and away."""

from collections.abc import Sequence

from benchmarks.ingest.bodies import Bodies
from benchmarks.ingest.compare import compare, described
from benchmarks.ingest.figures import Result, Round, Spread, Target
from benchmarks.ingest.rounds import Bench, check_count, order_of
from benchmarks.ingest.service import INDICES
from benchmarks.ingest.sides import ACCEPTED, Raw, Service
from benchmarks.ingest.single_cases import MANY, p99s, singles

_UP, _AWAY, _RAW = "accepted, up", "accepted, away", "raw _doc"
_SHIPPED_WITHIN = 300.0


def case_e2(bench: Bench, pairs: int) -> Result:
    """Many clients with a record each, as in case D."""
    result = Result("E2", "single-record POST with ?ack=accepted, 64 connections")
    if not bench.api.can_accept(bench.lines[0]):
        result.notes = ["not measured: this version of the API does not know ?ack=accepted"]
        result.targets = [
            Target("≥ 5 times raw _doc, p99 ≤ 50 ms, Elasticsearch up and away", "no 202", None)
        ]
        return result
    sent = singles(bench)
    ours = Service(bench, sent, ACCEPTED, MANY, name=_UP)
    result.sides = compare(bench, ours, Raw(bench, sent, MANY, name=_RAW), pairs)
    result.sides[_AWAY] = _without_elasticsearch(bench, sent, pairs)
    raw = Spread.of(one.rate for one in result.sides[_RAW]).median
    for name in (_UP, _AWAY):
        result.targets += _targets(name, result.sides[name], raw)
    return result


def _without_elasticsearch(bench: Bench, sent: Bodies, pairs: int) -> list[Round]:
    """Rounds while the node is stopped; all of it must have arrived after it came back."""
    bench.node.delete(INDICES)
    primed = bench.api.prime(bench.lines[0])
    order = order_of(sent, MANY, bench.api.port, ACCEPTED)
    rounds = []
    bench.node.stop()
    for at in range(pairs):
        rounds.append(bench.run("benchmarks.ingest.load", order, sent.records))
        bench.report.say(f"round {at + 1} of {pairs}: {_AWAY}: {described(rounds[-1])}")
    bench.node.start_again()
    acknowledged = primed + sum(one.records for one in rounds)
    check_count(_AWAY, lambda: bench.node.count(INDICES), acknowledged, within=_SHIPPED_WITHIN)
    return rounds


def _targets(name: str, rounds: Sequence[Round], raw: float) -> list[Target]:
    rate = Spread.of(one.rate / raw for one in rounds)
    p99 = Spread.of(p99s(rounds))
    return [
        Target(f"{name}: ≥ 5 times raw _doc", rate.text(2), rate.median >= 5),
        Target(f"{name}: p99 ≤ 50 ms", f"{p99.text(1)} ms", p99.median <= 50),
    ]
