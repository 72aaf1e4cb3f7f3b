"""Jobs that plan what becomes of indices and do a part of it each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType

from app.domain.jobs import Guard, Job, JobFailedError, JobResult, NotLeaderError
from retention.actions import Action, Kind
from retention.executor import Executor, Result
from retention.planner import Bounds
from retention.policy import Policies

_REMOVALS = frozenset({Kind.MARK, Kind.DELETE, Kind.MARK_ARCHIVE, Kind.DELETE_ARCHIVE})
_UNMARKS = frozenset({Kind.UNMARK, Kind.UNMARK_ARCHIVE})
#: Results that are told one by one.
_TOLD = 5


class Caps(Enum):
    """Whether a job does what is planned for a cap on bytes, or what is planned anyway."""

    FOR_THEM = auto()
    WITHOUT_THEM = auto()


@dataclass(frozen=True)
class Share:
    """The part of a plan that one job does; no two jobs have an action in common."""

    kinds: frozenset[Kind]
    caps: Caps | None = None


#: The jobs of the lifecycle.
SHARES: Mapping[str, Share] = MappingProxyType(
    {
        "rollover": Share(frozenset({Kind.ROLL_OVER, Kind.CLOSE_FOR_WRITING})),
        "tiers": Share(
            frozenset({Kind.WARM, Kind.COLD, Kind.CLEAN_UP, Kind.BLOCKED}), Caps.WITHOUT_THEM
        ),
        "retention": Share(_REMOVALS | _UNMARKS, Caps.WITHOUT_THEM),
        "size_cap": Share(_REMOVALS | {Kind.BLOCKED}, Caps.FOR_THEM),
        "snapshot": Share(frozenset({Kind.ARCHIVE})),
    }
)


def lifecycle_job(
    share: Share,
    executor_of: Callable[[Guard], Executor],
    policies: Policies,
    bounds: Bounds,
) -> Job:
    """A job that plans all and does the actions of ``share``.

    Args:
        executor_of: makes the executor that asks this guard before every change. It is made once, as it
            remembers what it has told already.
    """
    return _LifecycleJob(share, executor_of, policies, bounds)


class _LifecycleJob:
    def __init__(
        self,
        share: Share,
        executor_of: Callable[[Guard], Executor],
        policies: Policies,
        bounds: Bounds,
    ) -> None:
        self._share = share
        self._policies = policies
        self._bounds = bounds
        # That of the run which is under way; there is one at a time.
        self._guard: Guard = _nobody_leads
        self._executor = executor_of(self._ask)

    def __call__(self, guard: Guard) -> JobResult:
        self._guard = guard
        try:
            planned = self._planned()
            return _told(self._executor.run(planned, self._policies, self._bounds))
        finally:
            self._guard = _nobody_leads

    def _ask(self) -> None:
        self._guard()

    def _planned(self) -> list[Action]:
        share, actions = self._share, self._executor.plan(self._policies, self._bounds)
        if share.caps is not None:
            # What would be planned the same without caps is not planned for them.
            uncapped = self._executor.plan(_without_caps(self._policies), self._bounds)
            anyway = {(action.kind, action.target) for action in uncapped}
            wants_others = share.caps is Caps.WITHOUT_THEM
            actions = [
                action
                for action in actions
                if ((action.kind, action.target) in anyway) is wants_others
            ]
        return [action for action in actions if action.kind in share.kinds]


def _nobody_leads() -> None:
    raise NotLeaderError("no run is under way")


def _without_caps(policies: Policies) -> Policies:
    streams = {name: replace(life, max_bytes=None) for name, life in policies.streams.items()}
    return replace(policies, streams=streams, max_bytes=None)


def _told(results: Sequence[Result]) -> JobResult:
    """What was done, in words.

    Raises:
        JobFailedError: an action failed; the others were done all the same.
    """
    done = Counter(str(it.action.kind) for it in results if it.outcome == "done")
    failed = [it for it in results if it.outcome == "failed"]
    blocked = [it for it in results if it.outcome == "blocked"]
    parts = [f"{kind} {number}" for kind, number in sorted(done.items())]
    parts += _each("failed", failed) + _each("blocked", blocked)
    text = "; ".join(parts) or "nothing was due"
    if failed:
        raise JobFailedError(text)
    return JobResult(text, needs_attention=bool(blocked))


def _each(word: str, results: Sequence[Result]) -> list[str]:
    if not results:
        return []
    told = [f"{it.action.target}: {it.detail}" for it in results[:_TOLD]]
    more = f", {len(results) - _TOLD} more" if len(results) > _TOLD else ""
    return [f"{word} {len(results)} ({' | '.join(told)}{more})"]
