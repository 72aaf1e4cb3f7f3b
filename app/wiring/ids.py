"""How the ids of records are made, put together from the settings."""

from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator, UUIDGenerator
from app.domain.ports import Clock, IdGenerator, StateStore
from app.domain.sequential_ids import SequentialIDGenerator
from app.services.background import InBackground
from app.services.id_blocks import IdBlocks
from app.services.node_numbers import LeasedNodeNumbers
from app.settings import Settings
from app.stores.machine_node_numbers import MachineNodeNumbers
from app.stores.memory_state import InMemoryStateStore


def id_generator(settings: Settings, clock: Clock, state: StateStore | None) -> IdGenerator:
    """What makes the ids of records that bring none; without ``state`` of this machine alone."""
    match settings.id_generator:
        case "uuid":
            return UUIDGenerator(clock)
        case "sequential":
            if state is None:
                return SequentialIDGenerator(IdBlocks(InMemoryStateStore()).reserve)
            return SequentialIDGenerator(IdBlocks(state).reserve, reserving=InBackground)
        case _:
            return _snowflakes(settings, clock, state)


def _snowflakes(settings: Settings, clock: Clock, state: StateStore | None) -> IdGenerator:
    region = settings.region
    if settings.node_number >= 0:
        return SnowflakeIDGenerator(FixedNodeNumber(settings.node_number), clock, region)
    if state is None:
        return SnowflakeIDGenerator(MachineNodeNumbers(), clock, region)
    return SnowflakeIDGenerator(LeasedNodeNumbers(state, clock), clock, region, InBackground)
