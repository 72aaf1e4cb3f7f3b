"""Records whose own time lies far from now: a wrong clock must not make indices at will."""

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from app.domain.draft import Draft
from app.domain.instants import MIN_INSTANT, NANOS_PER_SECOND, format_instant
from app.domain.outcomes import Outcome
from app.domain.ports import Clock
from app.services.pipeline.chain import StepResult

#: Where a record that was moved keeps the time that it came with, in its metadata.
ORIGINAL_TIME = "logfeed_original_timestamp"
#: The flag of such a record, beside it: true.
MOVED = "logfeed_timestamp_moved"
_DAY = 86_400 * NANOS_PER_SECOND


class TimeWindow:
    """Takes records from ``days`` ago to ``seconds`` ahead as they are.

    Args:
        days: None takes records of any age.
        outside: what becomes of others: ``move`` gives them the time of their receipt and keeps their
            own in the metadata, ``reject`` refuses them.
    """

    def __init__(
        self, clock: Clock, days: int | None, seconds: int, outside: Literal["move", "reject"]
    ) -> None:
        self._clock = clock
        self._days = days
        self._seconds = seconds
        self._outside = outside

    def __call__(self, draft: Draft) -> StepResult:
        """``draft``, moved or rejected if its time lies outside of the window."""
        return self.batch([draft])[0]

    def batch(self, drafts: Sequence[Draft]) -> list[StepResult]:
        """The same for each, by one look at the clock."""
        now = self._clock()
        oldest = MIN_INSTANT if self._days is None else now - self._days * _DAY
        newest = now + self._seconds * NANOS_PER_SECOND
        return [
            draft
            if draft.instant is None or oldest <= draft.instant <= newest
            else self._moved(draft, draft.instant, now)
            for draft in drafts
        ]

    def _moved(self, draft: Draft, instant: int, now: int) -> StepResult:
        if self._outside == "reject":
            return Outcome.rejected(self._rule(), field="timestamp", id=draft.id)
        moved = {ORIGINAL_TIME: format_instant(instant), MOVED: True}
        metadata = {**draft.metadata, **moved}
        return replace(draft, instant=now, is_time_given=False, metadata=metadata)

    def _rule(self) -> str:
        if self._days is None:
            return f"must lie at most {self._seconds} seconds ahead"
        return (
            f"must lie between {self._days} days ago and {self._seconds} seconds ahead "
            "(LOGFEED_ACCEPTED_AGE, LOGFEED_ACCEPTED_AHEAD); old files are taken by `logfeed import`"
        )
