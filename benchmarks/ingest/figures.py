"""What is measured, and how much of it makes a result."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spread:
    """Median, least and most of several measurements."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """The spread of ``values``."""
        known = sorted(values)
        return cls(statistics.median(known), known[0], known[-1])

    def text(self, decimals: int) -> str:
        """As the operator reads it."""
        shown = (f"{value:,.{decimals}f}" for value in (self.median, self.least, self.most))
        return "{} ({} to {})".format(*shown)


@dataclass(frozen=True)
class Round:
    """One side, once.

    Attributes:
        cpu: CPU seconds of service, engine, generator, and all others on the machine.
        p50_ms: latency of one request; None where the side has no single requests.
        busiest: share of the busiest process in the service's CPU time.
        merged_bytes: size of the index merged to one segment; None where it was not asked.
    """

    records: int
    seconds: float
    cpu: dict[str, float]
    p50_ms: float | None = None
    p99_ms: float | None = None
    busiest: float | None = None
    merged_bytes: int | None = None

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


@dataclass(frozen=True)
class Target:
    """What must be reached, beside what was.

    Attributes:
        wanted: in words.
        measured: the figure as text.
        is_reached: None where it could not be measured.
    """

    wanted: str
    measured: str
    is_reached: bool | None


@dataclass
class Result:
    """All of one case."""

    case: str
    title: str
    sides: dict[str, list[Round]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def ratios(ours: list[Round], theirs: list[Round]) -> Spread:
    """Records a second of each pair, ours to theirs."""
    return Spread.of(one.rate / other.rate for one, other in zip(ours, theirs, strict=True))
