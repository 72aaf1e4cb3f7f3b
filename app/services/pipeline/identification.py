"""Last step: a record that came without an id or a time gets one."""

from collections.abc import Iterator, Sequence

from app.domain.draft import Draft
from app.domain.errors import LogfeedError
from app.domain.outcomes import Outcome
from app.domain.ports import Clock, IdGenerator
from app.services.pipeline.chain import StepResult


class Identify:
    """Stamps records with ids of ``ids`` and times of ``clock``."""

    def __init__(self, ids: IdGenerator, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock

    def __call__(self, draft: Draft) -> StepResult:
        """``draft`` with id and instant; failed where no id can be made now."""
        return self.batch([draft])[0]

    def batch(self, drafts: Sequence[Draft]) -> list[StepResult]:
        """The same for each. Those of one batch get ids in a row and, where they need one, one time."""
        now = self._clock()
        new_ids: Iterator[str] = iter(())
        failure = None
        if missing := [draft.id for draft in drafts].count(None):
            try:
                new_ids = iter(self._ids.next_ids(missing))
            except LogfeedError as error:
                failure = Outcome.failed(str(error))
        results: list[StepResult] = []
        for draft in drafts:
            name, instant = draft.id, draft.instant
            if name is None and failure is not None:
                results.append(failure)
            elif name is not None and instant is not None:
                results.append(draft)
            else:
                # Every field by its place: `replace` costs six times as much.
                complete = Draft(
                    draft.level,
                    draft.service,
                    draft.message,
                    next(new_ids) if name is None else name,
                    now if instant is None else instant,
                    draft.metadata,
                    draft.source_ip,
                    draft.correlation_id,
                    draft.trace_id,
                    draft.span_id,
                    name is not None,
                    instant is not None and draft.is_time_given,
                )
                results.append(complete)
        return results
