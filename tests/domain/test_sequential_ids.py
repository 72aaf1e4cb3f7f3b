"""Sequential ids: 1, 2, 3 and so on, in blocks where several processes share them."""

from concurrent.futures import ThreadPoolExecutor

from app.domain.errors import StoreUnavailableError
from app.domain.ids import SequentialIDGenerator


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
    ids = SequentialIDGenerator(block=2)

    assert [ids.next_id() for _ in range(5)] == ["1", "2", "3", "4", "5"]


def test_a_block_is_reserved_when_it_is_needed_and_not_before() -> None:
    blocks = Blocks()
    ids = SequentialIDGenerator(blocks.reserve, block=3)
    assert blocks.reserved == 0

    made = [ids.next_id() for _ in range(3)]
    assert (made, blocks.reserved) == (["1", "2", "3"], 1)

    assert (ids.next_id(), blocks.reserved) == ("4", 2)


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
