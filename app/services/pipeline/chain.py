"""The chain itself (chain of responsibility): steps in order, the first that says no ends it."""

from collections.abc import Callable, Sequence
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


class FilterChain:
    """Steps that every record passes in this order.

    A batch goes through the first step, what is left of it through the second, and so on. A step that
    has something to do once a batch, as to read the clock, says so with a second method, ``batch``: it
    takes several drafts and gives the list of results, the same that a call for each would give.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [_over_batches(step) for step in steps]

    def __call__(self, draft: Draft) -> StepResult:
        """What is left of ``draft`` after all steps, or the outcome of the one that stopped it."""
        return self.run([draft])[0]

    def run(self, results: list[StepResult]) -> list[StepResult]:
        """The same for each draft of a batch, in order; what is an outcome already stays as it is."""
        for step in self._steps:
            drafts = [it for it in results if type(it) is Draft]
            if len(drafts) == len(results):
                results = step(drafts)
            else:
                going = iter(step(drafts))
                results = [next(going) if type(it) is Draft else it for it in results]
        return results


def _over_batches(step: Step) -> Callable[[Sequence[Draft]], list[StepResult]]:
    batch: Callable[[Sequence[Draft]], list[StepResult]] | None = getattr(step, "batch", None)
    if batch is not None:
        return batch
    return lambda drafts: [step(draft) for draft in drafts]
