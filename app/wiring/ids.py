"""How the ids of records are made, put together from the settings."""

from app.domain.ids import (
    FixedNodeNumber,
    NodeNumbers,
    SequentialIDGenerator,
    SnowflakeIDGenerator,
    UUIDGenerator,
)
from app.domain.ports import Clock, IdGenerator, StateStore
from app.services.id_blocks import IdBlocks
from app.services.node_numbers import LeasedNodeNumbers
from app.settings import Settings
from app.stores.machine_node_numbers import MachineNodeNumbers


def id_generator(settings: Settings, clock: Clock, state: StateStore | None) -> IdGenerator:
    """What makes the ids of records that bring none; without ``state`` of this machine alone."""
    match settings.id_generator:
        case "uuid":
            return UUIDGenerator(clock)
        case "sequential":
            return SequentialIDGenerator(IdBlocks(state).reserve if state else None)
        case _:
            numbers = _node_numbers(settings, clock, state)
            return SnowflakeIDGenerator(numbers, clock, settings.region)


def _node_numbers(settings: Settings, clock: Clock, state: StateStore | None) -> NodeNumbers:
    if settings.node_number >= 0:
        return FixedNodeNumber(settings.node_number)
    return LeasedNodeNumbers(state, clock) if state else MachineNodeNumbers()
