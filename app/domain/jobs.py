"""Jobs that one process of all runs at set times: what they are, and what is known of their runs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from app.domain.errors import LogfeedError


class NotLeaderError(LogfeedError):
    """This process does not lead, or does not any more: it must change nothing."""


class JobFailedError(LogfeedError):
    """A job did not do all that it was to do; the text says what it did and what failed."""


#: Is called before every call that changes something; raises ``NotLeaderError``.
Guard: TypeAlias = Callable[[], None]


class Outcome(StrEnum):
    """How the last run of a job ended."""

    #: It has not been run yet.
    NEVER = "never"
    RUNNING = "running"
    DONE = "done"
    #: Done, and there is something that an operator should see to.
    ATTENTION = "attention"
    FAILED = "failed"
    #: Its leader stopped, died or lost the lease meanwhile; the next run does what is left.
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class JobResult:
    """What a job did, in words.

    Attributes:
        text: one line for an operator, with figures.
        needs_attention: an operator should see to what ``text`` says.
    """

    text: str
    needs_attention: bool = False


#: What is run: it may be run twice, or die in the middle, with the same end.
Job: TypeAlias = Callable[[Guard], JobResult]


@dataclass(frozen=True)
class JobStatus:
    """What is known of one job. Times are nanoseconds since the epoch, by the leader's clock.

    Attributes:
        schedule: its cron line, in UTC; ``off`` where it is run on demand only.
        known_since: when a leader first had it; what was due since then is made up for.
        detail: what the last run did, or why it failed.
        instance, term: who ran it last, as the leader of which term.
        next_run_at: None where none is set.
        last_success_at: end of the last run that did not fail.
        failures: runs that have failed, ever.
        request: the id of the request on which it was run last; empty if it was the schedule.
    """

    name: str
    schedule: str = "off"
    outcome: Outcome = Outcome.NEVER
    detail: str = ""
    known_since: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    next_run_at: int | None = None
    last_success_at: int | None = None
    failures: int = 0
    instance: str = ""
    term: int = 0
    request: str = ""


@dataclass(frozen=True)
class Leader:
    """The process that leads.

    Attributes:
        term: rises with every change of leader.
        since: when it began to lead, nanoseconds since the epoch by its own clock.
    """

    instance: str
    term: int
    since: int


@dataclass(frozen=True)
class SchedulerStatus:
    """All that is known of the scheduler.

    Attributes:
        leader: None if nobody leads now.
        jobs: those of the leader, or of the last one, in its order.
        requested: names of the jobs that are to be run on demand and are not yet.
    """

    leader: Leader | None
    jobs: tuple[JobStatus, ...] = ()
    requested: frozenset[str] = frozenset()
