"""A service over a store that can go away."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome
from app.services.log_feeding import LogFeedingService
from app.services.pipeline.chain import FilterChain, Step
from app.services.pipeline.drop_rules import DropBelowLevel
from app.services.pipeline.identification import Identify
from app.services.pipeline.validation import validate
from tests.fakes import CountingIds, FakeClock, FlakyDatabase


@dataclass
class Bench:
    """A service, and what lies around it."""

    store: FlakyDatabase = field(default_factory=FlakyDatabase)
    ids: CountingIds = field(default_factory=CountingIds)
    clock: FakeClock = field(default_factory=FakeClock)
    observed: list[list[Outcome]] = field(default_factory=list)

    @property
    def service(self) -> LogFeedingService:
        steps: Sequence[Step] = [
            validate,
            DropBelowLevel(LogLevel.INFO),
            Identify(self.ids, self.clock),
        ]
        return LogFeedingService(
            self.store,
            FilterChain(steps),
            self.ids,
            lambda outcomes: self.observed.append(list(outcomes)),
        )
