"""The chain itself (chain of responsibility): steps in order, the first that says no ends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from app.domain.draft import Draft
from app.domain.outcomes import Outcome

#: A step's answer: the record to go on with, changed or not, or the outcome that ends its way.
StepResult: TypeAlias = Draft | Outcome


class Step(Protocol):
    """One link of the chain."""

    def __call__(self, draft: Draft) -> StepResult:
        """Keep or change ``draft`` by returning a draft; drop or reject it by returning an outcome."""
        ...


@dataclass(frozen=True)
class FilterChain:
    """Steps that every record passes in this order."""

    steps: Sequence[Step]

    def __call__(self, draft: Draft) -> StepResult:
        """What is left of ``draft`` after all steps, or the outcome of the one that stopped it."""
        for step in self.steps:
            result = step(draft)
            if isinstance(result, Outcome):
                return result
            draft = result
        return draft
