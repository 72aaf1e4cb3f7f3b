"""Carries out plans against a simulated cluster: by the executor, or as it does but much faster."""

from app.domain.lifecycle import IndexFacts, Tier
from retention.actions import Action, Kind
from retention.executor import Executor
from retention.planner import Bounds, plan
from retention.policy import Policies
from tests.retention.simulated_cluster import SimulatedCluster


def run(policies: Policies, cluster: SimulatedCluster, now: int, bounds: Bounds) -> list[Action]:
    """One run of the lifecycle by a local clock that says ``now``; returns what was planned."""
    facts = cluster.facts()
    actions = plan(policies, facts, now, bounds)
    indices = {index.name: index for index in facts.indices}
    for action in actions:
        carry_out(policies, cluster, indices.get(action.target), action, now)
    return actions


def run_by_executor(
    policies: Policies, cluster: SimulatedCluster, now: int, bounds: Bounds
) -> list[Action]:
    """The same by the product's executor, which plans again before each action."""
    executor = Executor(cluster, lambda: now)
    actions = executor.plan(policies, bounds)
    results = executor.run(actions, policies, bounds)
    assert [result for result in results if result.outcome == "failed"] == []
    return actions


def carry_out(
    policies: Policies,
    cluster: SimulatedCluster,
    index: IndexFacts | None,
    action: Action,
    now: int,
) -> None:
    """One action; on an index unless it is about an archive."""
    match action.kind:
        case Kind.MARK | Kind.MARK_ARCHIVE:
            cluster.mark(action.target, now)
        case Kind.UNMARK | Kind.UNMARK_ARCHIVE:
            cluster.mark(action.target, None)
        case Kind.DELETE_ARCHIVE:
            cluster.delete_archive(action.target)
        case Kind.BLOCKED:
            return
        case _:
            assert index is not None
            replicas = policies.life_of(index.partition.stream).replicas
            match action.kind:
                case Kind.ROLL_OVER:
                    cluster.roll_over(index)
                case Kind.CLOSE_FOR_WRITING:
                    cluster.close_for_writing(index)
                case Kind.WARM:
                    cluster.warm(index, replicas.get(Tier.WARM))
                case Kind.COLD:
                    cluster.move(index, Tier.COLD, replicas.get(Tier.COLD))
                case Kind.ARCHIVE:
                    cluster.archive(index)
                case Kind.DELETE:
                    cluster.delete(index)
                case Kind.CLEAN_UP:
                    cluster.clean_up(index)
