"""Last step: a record that came without an id or a time gets one."""

from dataclasses import replace

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
        if draft.id is None:
            try:
                draft = replace(draft, id=self._ids.next_id())
            except StoreUnavailableError as error:
                return Outcome.failed(str(error))
        return draft if draft.instant is not None else replace(draft, instant=self._clock())
