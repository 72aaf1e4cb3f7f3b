"""Records whose own time lies far from now: a wrong clock must not make indices at will."""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec.structs import replace

from app.domain.draft import Draft
from app.domain.instants import MIN_INSTANT, NANOS_PER_DAY, NANOS_PER_SECOND, format_instant
from app.domain.outcomes import Outcome
from app.domain.ports import Clock
from app.services.pipeline.chain import StepResult

#: Where a record that was moved keeps the time that it came with, in its metadata.
ORIGINAL_TIME = "logfeed_original_timestamp"
#: The flag of such a record, beside it: true.
MOVED = "logfeed_timestamp_moved"


class TimeWindow:
    """Takes records from ``days`` ago to ``seconds`` ahead as they are.

    Args:
        days: None takes records of any age.
        outside: what becomes of others: ``move`` gives them the time of their receipt and keeps their
            own in the metadata, ``reject`` refuses them.
        kept: how old, in nanoseconds, a record may be and still be kept, where its stream is deleted
            before ``days`` are over; None for the others.
        least_kept: nanoseconds; no answer of ``kept`` is less.
    """

    def __init__(
        self,
        clock: Clock,
        days: int | None,
        seconds: int,
        outside: Literal["move", "reject"],
        kept: Callable[[Draft], int | None] = lambda draft: None,
        least_kept: int | None = None,
    ) -> None:
        self._clock = clock
        self._days = days
        self._seconds = seconds
        self._outside = outside
        self._kept = kept
        self._least_kept = least_kept

    def __call__(self, draft: Draft) -> StepResult:
        """``draft``, moved or rejected if its time lies outside of the window."""
        return self.batch([draft])[0]

    def batch(self, drafts: Sequence[Draft]) -> list[StepResult]:
        """The same for each, by one look at the clock."""
        now = self._clock()
        oldest = MIN_INSTANT if self._days is None else now - self._days * NANOS_PER_DAY
        newest = now + self._seconds * NANOS_PER_SECOND
        # What no stream deletes as yet need not be asked about.
        surely = oldest if self._least_kept is None else max(oldest, now - self._least_kept)
        return [
            draft
            if draft.instant is None
            or surely <= draft.instant <= newest
            or (oldest <= draft.instant <= surely and self._is_kept(draft, now - draft.instant))
            else self._moved(draft, draft.instant, now)
            for draft in drafts
        ]

    def _is_kept(self, draft: Draft, age: int) -> bool:
        most = self._kept(draft)
        return most is None or age <= most

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
            "(LOGFEED_ACCEPTED_AGE, LOGFEED_ACCEPTED_AHEAD), and in the time for which its stream is "
            "kept (LOGFEED_POLICIES); old files are taken by `logfeed import`"
        )
