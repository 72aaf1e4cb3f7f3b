"""Records that the operator does not want to keep: dropped, and counted by rule."""

from collections.abc import Collection

from app.domain.draft import Draft
from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome
from app.services.pipeline.chain import StepResult


class DropBelowLevel:
    """Drops records that are less severe than ``minimum``."""

    def __init__(self, minimum: LogLevel) -> None:
        self._minimum = minimum

    def __call__(self, draft: Draft) -> StepResult:
        """``draft``, or dropped by the rule ``min_level``."""
        return draft if draft.level >= self._minimum else Outcome.dropped("min_level")


class DropServices:
    """Drops the records of some services."""

    def __init__(self, services: Collection[str]) -> None:
        self._services = frozenset(services)

    def __call__(self, draft: Draft) -> StepResult:
        """``draft``, or dropped by the rule ``drop_services``."""
        return draft if draft.service not in self._services else Outcome.dropped("drop_services")
