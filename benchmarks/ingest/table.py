"""The result as the operator reads it."""

import os
import textwrap
from collections.abc import Sequence

from benchmarks.ingest.figures import Result, Round, Spread

#: Share of the machine that others may use before the reader is told.
_QUIET = 0.07
_VERDICTS = {True: "reached", False: "MISSED", None: "not measured"}


def details(result: Result) -> str:
    """Both sides of one case."""
    lines = [f"{result.case}. {result.title}"]
    if result.sides:
        lines.append(f"   {_HEAD}")
    lines += [f"   {_row(name, rounds)}" for name, rounds in result.sides.items() if rounds]
    lines += [
        f"   must: {t.wanted}: {t.measured}: {_VERDICTS[t.is_reached]}" for t in result.targets
    ]
    for note in [*_noise(result), *_balance(result), *result.notes]:
        lines += textwrap.wrap(f"note: {note}", 110, initial_indent="   ", subsequent_indent="   ")
    return "\n".join(lines)


def overview(results: Sequence[Result]) -> str:
    """What must be reached beside what was, a line a target."""
    rows = [
        (result.case, target.wanted, target.measured, _VERDICTS[target.is_reached])
        for result in results
        for target in result.targets
    ]
    rows.insert(0, ("case", "must reach", "measured: median (least to most)", ""))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


_HEAD = (
    f"{'':14} {'records/s: median (least to most)':34} "
    f"{'CPU µs a record':^27} {'p50 ms':>8} {'p99 ms':>8}\n"
    f"   {'':14} {'':34} {'service':>8} {'engine':>8} {'generator':>9}"
)


def _row(name: str, rounds: Sequence[Round]) -> str:
    rate = Spread.of(one.rate for one in rounds).text(0)
    cpu = [
        Spread.of(one.cpu[part] / one.records * 1e6 for one in rounds).median
        for part in ("service", "engine", "generator")
    ]
    return (
        f"{name:14} {rate:34} {cpu[0]:8.1f} {cpu[1]:8.1f} {cpu[2]:9.1f} "
        f"{_latency([one.p50_ms for one in rounds])} {_latency([one.p99_ms for one in rounds])}"
    )


def _noise(result: Result) -> list[str]:
    rounds = [one for side in result.sides.values() for one in side]
    spent = sum(one.cpu["others"] for one in rounds)
    there_was = sum(one.seconds for one in rounds) * (os.cpu_count() or 1)
    share = spent / there_was if there_was else 0.0
    if share < _QUIET:
        return []
    return [f"other programs used {share:.0%} of the machine meanwhile, so all of this is rough"]


def _balance(result: Result) -> list[str]:
    ours = next(iter(result.sides.values()), [])
    shares = [one.busiest for one in ours if one.busiest is not None]
    if not shares:
        return []
    shown = " ".join(f"{share:.0%}" for share in shares)
    return [f"share of the busiest API process in the service's work, each round: {shown}"]


def _latency(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{Spread.of(known).median:8.1f}" if known else f"{'':8}"
