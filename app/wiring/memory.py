"""A service that needs nothing but this process."""

from collections.abc import Callable

from app.domain.ports import Clock, DatabaseInterface
from app.domain.replication import ReplicationStrategy
from app.domain.sharding import ScalingStrategy
from app.services.log_feeding import LogFeedingService, OutcomeObserver
from app.settings import Settings
from app.stores.memory import InMemoryDatabase
from app.stores.replicated import (
    MasterSlaveReplication,
    MultiMasterReplication,
    ReplicatedDatabase,
)
from app.stores.sharded import ShardedDatabase
from app.wiring.chain import filter_chains
from app.wiring.clock import system_clock
from app.wiring.ids import id_generator


def create_log_service(
    use_replication: bool = False,
    *,
    replication: str = "master_slave",
    copies: int = 3,
    sharding: ScalingStrategy | None = None,
    settings: Settings | None = None,
    store: DatabaseInterface | None = None,
    clock: Clock = system_clock,
) -> LogFeedingService:
    """A service that works at once, in this process's memory.

    Args:
        use_replication: keep ``copies`` copies of every record, by ``replication``, which is
            ``master_slave`` or ``multi_master``.
        sharding: spread the records of each copy over partitions.
        settings: drop rules and the kind of ids; default: the defaults, not the environment.
        store: use this store instead of one in memory.

    Raises:
        ValueError: an unknown kind of replication, or fewer than one copy.
    """

    def open_store() -> DatabaseInterface:
        if sharding is None:
            return InMemoryDatabase()
        return ShardedDatabase(sharding, lambda partition: InMemoryDatabase())

    if store is None:
        store = (
            ReplicatedDatabase(_strategy(replication, copies, open_store))
            if use_replication
            else open_store()
        )
    settings = settings or Settings()
    return service_in_memory(settings, store, clock)


def service_in_memory(
    settings: Settings,
    store: DatabaseInterface,
    clock: Clock,
    observe: OutcomeObserver = lambda outcomes: None,
) -> LogFeedingService:
    """A service over ``store``, which asks nobody else; ``observe`` is told the outcomes."""
    ids = id_generator(settings, clock, None)
    chain, chains = filter_chains(settings, ids, clock)
    return LogFeedingService(store, chain, ids, observe, chains)


def _strategy(
    kind: str, copies: int, open_store: Callable[[], DatabaseInterface]
) -> ReplicationStrategy:
    """A strategy over ``copies`` stores of this process.

    Raises:
        ValueError: an unknown kind, or fewer than one copy.
    """
    if copies < 1:
        raise ValueError("copies must be 1 or more")
    stores = [open_store() for _ in range(copies)]
    match kind:
        case "master_slave":
            return MasterSlaveReplication(stores[0], stores[1:])
        case "multi_master":
            return MultiMasterReplication(stores)
        case _:
            raise ValueError("replication must be master_slave or multi_master")
