"""The cases by name, and how many records a round of each has."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.ingest.accepted_case import case_e2
from benchmarks.ingest.batch_cases import case_a, case_b, case_c, case_c2
from benchmarks.ingest.figures import Result
from benchmarks.ingest.memory_case import case_f
from benchmarks.ingest.rounds import Bench
from benchmarks.ingest.single_cases import case_d, case_e


@dataclass(frozen=True)
class Case:
    """One line of the table of what must be reached.

    Attributes:
        run: takes the bench and the number of pairs.
        records: of one round, unless the operator says otherwise.
        share: what of the operator's number a round has.
    """

    run: Callable[[Bench, int], Result]
    records: int
    share: float = 1.0


CASES = {
    "A": Case(case_a, 200_000),
    "B": Case(case_b, 200_000),
    "C": Case(case_c, 200_000),
    "C2": Case(case_c2, 200_000),
    "D": Case(case_d, 20_000, 0.2),
    "E": Case(case_e, 1_000, 0.01),
    "E2": Case(case_e2, 20_000, 0.2),
    "F": Case(case_f, 200_000),
}
