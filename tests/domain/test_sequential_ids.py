"""Sequential ids: 1, 2, 3 and so on, in blocks where several processes share them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.reserving import Work
from app.domain.sequential_ids import SequentialIDGenerator
from tests.fakes import ByHand


class Blocks:
    """Hands out blocks in a row and remembers how many."""

    def __init__(self) -> None:
        self.next = 1
        self.reserved = 0
        self.is_away = False

    def reserve(self, size: int) -> int:
        if self.is_away:
            raise StoreUnavailableError("the shared state is away")
        self.reserved += 1
        first, self.next = self.next, self.next + size
        return first


def test_a_process_of_its_own_counts_from_one() -> None:
    ids = SequentialIDGenerator(Blocks().reserve, block=2)

    assert [ids.next_id() for _ in range(5)] == ["1", "2", "3", "4", "5"]


def by_hand(reserve: Callable[[int], int], block: int) -> tuple[SequentialIDGenerator, ByHand]:
    """Ids, and what reserves their blocks when the test says so."""
    made: list[ByHand] = []

    def reserving(work: Work) -> ByHand:
        made.append(ByHand(work))
        return made[0]

    return SequentialIDGenerator(reserve, block, reserving), made[0]


def test_nothing_is_reserved_before_the_first_id() -> None:
    blocks = Blocks()

    SequentialIDGenerator(blocks.reserve).close()

    assert blocks.reserved == 0


def test_while_the_first_block_is_being_reserved_an_id_fails_at_once_and_says_why() -> None:
    blocks = Blocks()
    ids, reserving = by_hand(blocks.reserve, 3)

    with pytest.raises(StoreUnavailableError, match="the next numbers are being reserved"):
        ids.next_id()

    blocks.is_away = True
    reserving.do()
    with pytest.raises(StoreUnavailableError, match="the shared state is away"):
        ids.next_id()
    assert "the shared state is away" in ids.trouble()

    blocks.is_away = False
    reserving.do()
    assert ids.trouble() == ""
    assert ids.next_ids(3) == ["1", "2", "3"]


def test_the_next_block_is_asked_for_while_there_are_numbers_left() -> None:
    ids, reserving = by_hand(Blocks().reserve, 3)
    reserving.do()

    made = ids.next_ids(1)
    assert reserving.asked == 1
    made += ids.next_ids(2)
    reserving.do()

    assert made + ids.next_ids(3) == ["1", "2", "3", "4", "5", "6"]


def test_a_batch_larger_than_a_block_succeeds_once_it_is_sent_again() -> None:
    ids, reserving = by_hand(Blocks().reserve, 3)
    reserving.do()
    with pytest.raises(StoreUnavailableError):
        ids.next_ids(10)

    reserving.do()

    assert ids.next_ids(10) == [str(number) for number in range(1, 11)]


def test_blocks_grow_where_numbers_are_used_up_while_more_are_reserved() -> None:
    blocks = Blocks()
    sizes = []

    def reserve(size: int) -> int:
        sizes.append(size)
        if len(sizes) == 2:
            ids.next_ids(4)
        return blocks.reserve(size)

    ids, reserving = by_hand(reserve, 10)
    reserving.do()
    ids.next_ids(4)
    reserving.do()

    assert sizes == [10, 10, 20]
    assert ids.next_ids(32) == [str(number) for number in range(9, 41)]


def test_two_processes_never_make_the_same_id() -> None:
    blocks = Blocks()
    one = SequentialIDGenerator(blocks.reserve, block=2)
    other = SequentialIDGenerator(blocks.reserve, block=2)

    made = [ids.next_id() for _ in range(5) for ids in (one, other)]

    assert made == ["1", "3", "2", "4", "5", "7", "6", "8", "9", "11"]


def test_no_id_is_lost_or_made_twice_while_blocks_cannot_be_reserved() -> None:
    blocks = Blocks()
    ids = SequentialIDGenerator(blocks.reserve, block=1)
    first = ids.next_id()
    blocks.is_away = True
    failures = 0
    for _ in range(3):
        try:
            ids.next_id()
        except StoreUnavailableError:
            failures += 1

    blocks.is_away = False

    assert (first, failures, ids.next_id()) == ("1", 3, "2")


def test_ids_are_unique_across_threads() -> None:
    ids = SequentialIDGenerator(Blocks().reserve, block=7)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: ids.next_id(), range(5_000)))

    assert sorted(made, key=int) == [str(number) for number in range(1, 5_001)]
