"""Blocks of sequential ids: each number is reserved once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.metadata import JsonScalar
from app.domain.sequential_ids import SequentialIDGenerator
from app.services.id_blocks import IdBlocks
from tests.fakes import FlakyStateStore


def test_blocks_follow_each_other_from_one() -> None:
    blocks = IdBlocks(FlakyStateStore())

    assert [blocks.reserve(1_000), blocks.reserve(10), blocks.reserve(1)] == [1, 1_001, 1_011]


def test_a_restart_goes_on_behind_the_last_block() -> None:
    state = FlakyStateStore()
    IdBlocks(state).reserve(1_000)

    assert IdBlocks(state).reserve(1_000) == 1_001


def test_whoever_is_second_takes_the_next_block() -> None:
    state = FlakyStateStore()
    blocks, rival = IdBlocks(state), IdBlocks(state)

    state.before_write = lambda: rival.reserve(10)
    assert blocks.reserve(10) == 11

    state.before_write = lambda: rival.reserve(10)
    assert blocks.reserve(10) == 31


def test_processes_that_share_the_state_never_make_the_same_id() -> None:
    state = FlakyStateStore()
    processes = [SequentialIDGenerator(IdBlocks(state).reserve, block=5) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        made = threads.map(lambda ids: [ids.next_id() for _ in range(500)], processes)
        ids = [one for several in made for one in several]

    assert len(set(ids)) == 2_000


class AlwaysLate(FlakyStateStore):
    """Somebody else is faster every time."""

    def replace(self, key: str, body: dict[str, JsonScalar], version: str) -> bool:
        return False


def test_where_others_are_always_faster_it_gives_up_and_says_so() -> None:
    blocks = IdBlocks(AlwaysLate())
    blocks.reserve(10)

    with pytest.raises(StoreUnavailableError, match="try again"):
        blocks.reserve(10)


def test_nothing_is_reserved_while_the_state_is_away() -> None:
    state = FlakyStateStore()
    state.is_away = True
    with pytest.raises(StoreUnavailableError):
        IdBlocks(state).reserve(10)

    state.is_away = False

    assert IdBlocks(state).reserve(10) == 1
