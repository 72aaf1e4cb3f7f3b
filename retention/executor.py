"""Does what was planned, one action after the other, each looked at again right before."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from app.domain.errors import LogfeedError, StoreUnavailableError
from app.domain.lifecycle import ArchiveFacts, ClusterFacts, IndexFacts, Tier
from app.domain.ports import Clock
from retention.actions import Action, Kind
from retention.admin import Admin
from retention.audit import Audit
from retention.clock_watch import ClockWatch
from retention.planner import Bounds, plan
from retention.policy import Policies

_log = logging.getLogger(__name__)
_USUAL = Bounds()

Outcome: TypeAlias = Literal["done", "skipped", "failed", "blocked"]


@dataclass(frozen=True)
class Result:
    """What became of an action.

    Attributes:
        detail: why it was not done, in words for an operator; empty if it was.
    """

    action: Action
    outcome: Outcome
    detail: str = ""


class Executor:
    """Carries out plans on the cluster behind ``admin``.

    Args:
        clock: the wall clock.
        watch: notices when that jumps; None: nobody does.
        guard: is called before every action, and raises when this process must change nothing any more,
            because it leads no more for example. That ends a run.
        by: who acts, for the audit: a host and process, or a person at the command line.
    """

    def __init__(
        self,
        admin: Admin,
        clock: Clock,
        *,
        watch: ClockWatch | None = None,
        guard: Callable[[], None] = lambda: None,
        by: str = "",
    ) -> None:
        self._admin = admin
        self._clock = clock
        self._watch = watch
        self._guard = guard
        self._audit = Audit(admin, clock, by)

    def plan(self, policies: Policies, bounds: Bounds = _USUAL) -> list[Action]:
        """What is to be done now.

        Raises:
            StoreUnavailableError: the cluster cannot be read.
        """
        return plan(policies, self._admin.facts(), self._clock(), self._trusting(bounds))

    def run(
        self, actions: Sequence[Action], policies: Policies, bounds: Bounds = _USUAL
    ) -> list[Result]:
        """Do ``actions`` in their order, and say of each what became of it.

        One that is not due any more is skipped. One that fails stops no other, and is in the next plan
        again. Nothing more is tried once the cluster is away.

        Raises:
            Exception: what the guard raises.
        """
        results: list[Result] = []
        away = ""
        for action in actions:
            if action.kind is Kind.BLOCKED:
                results.append(Result(action, "blocked", action.reason))
                continue
            if away:
                results.append(Result(action, "failed", away))
                continue
            self._guard()
            try:
                cluster = self._admin.facts()
            except StoreUnavailableError as error:
                away = str(error)
                results.append(Result(action, "failed", away))
                continue
            results.append(self._attempt(action, cluster, policies, bounds))
        return results

    def _attempt(
        self, action: Action, cluster: ClusterFacts, policies: Policies, bounds: Bounds
    ) -> Result:
        # What is planned now has the reason of now; its figures go into the audit.
        due = {
            (planned.kind, planned.target): planned
            for planned in plan(policies, cluster, self._clock(), self._trusting(bounds))
        }
        current = due.get((action.kind, action.target))
        if current is None:
            blocked = due.get((Kind.BLOCKED, action.target))
            if blocked is not None:
                return Result(action, "blocked", blocked.reason)
            return Result(action, "skipped", "it is not due any more")
        subject = _find(cluster, action.target)
        if subject is None:
            return Result(action, "skipped", "it is gone")
        try:
            with self._audit.entry(current, subject, cluster):
                self._do(current, subject, policies)
        # Whatever is wrong with one index must not keep the others from being looked after.
        except Exception as error:  # noqa: BLE001
            if not isinstance(error, LogfeedError):
                _log.exception("%s of %s failed", action.kind, action.target)
            # Where it failed because this process may not act any more, that is what ends the run.
            self._guard()
            return Result(action, "failed", str(error) or type(error).__name__)
        return Result(action, "done")

    def _do(self, action: Action, subject: IndexFacts | ArchiveFacts, policies: Policies) -> None:
        admin, target = self._admin, action.target
        match action.kind:
            case Kind.MARK | Kind.MARK_ARCHIVE:
                admin.mark(target, self._clock())
            case Kind.UNMARK | Kind.UNMARK_ARCHIVE:
                admin.mark(target, None)
            case Kind.DELETE_ARCHIVE:
                admin.delete_archive(target)
            case _ if isinstance(subject, IndexFacts):
                self._do_to_index(action.kind, subject, policies)
            case _:
                raise ValueError(f"{action.kind} is nothing that is done to an archive")

    def _do_to_index(self, kind: Kind, index: IndexFacts, policies: Policies) -> None:
        admin = self._admin
        replicas = policies.life_of(index.partition.stream).replicas
        match kind:
            case Kind.ROLL_OVER:
                admin.roll_over(index)
            case Kind.CLOSE_FOR_WRITING:
                admin.close_for_writing(index)
            case Kind.WARM:
                admin.warm(index, replicas.get(Tier.WARM))
            case Kind.COLD:
                admin.move(index, Tier.COLD, replicas.get(Tier.COLD))
            case Kind.ARCHIVE:
                admin.archive(index)
            case Kind.DELETE:
                admin.delete(index)
            case Kind.CLEAN_UP:
                admin.clean_up(index)
            case _:
                raise ValueError(f"{kind} is nothing that is done to an index")

    def _trusting(self, bounds: Bounds) -> Bounds:
        is_trusted = self._watch is None or self._watch.is_trusted()
        return replace(bounds, clock_trust=bounds.clock_trust and is_trusted)


def _find(cluster: ClusterFacts, target: str) -> IndexFacts | ArchiveFacts | None:
    for index in cluster.indices:
        if index.name == target:
            return index
    return next((archive for archive in cluster.archives if archive.snapshot == target), None)
