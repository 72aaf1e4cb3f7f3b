"""Last step: a record that came without an id or a time gets one."""

from app.domain.draft import Draft
from app.domain.errors import StoreUnavailableError
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
        name, instant = draft.id, draft.instant
        if name is None:
            try:
                name = self._ids.next_id()
            except StoreUnavailableError as error:
                return Outcome.failed(str(error))
        elif instant is not None:
            return draft
        # Every field by its place: `replace` costs as much as the rest of the chain.
        return Draft(
            draft.level,
            draft.service,
            draft.message,
            name,
            self._clock() if instant is None else instant,
            draft.metadata,
            draft.source_ip,
            draft.correlation_id,
            draft.trace_id,
            draft.span_id,
        )
