"""What may be committed: everything before it is settled, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st

from app.stores.kafka.budget import Budget
from app.stores.kafka.offsets import Offsets


def offsets_read(*offsets: int) -> Offsets:
    made = Offsets()
    for offset in offsets:
        made.read(offset)
    return made


def test_nothing_is_committed_before_something_is_settled() -> None:
    assert offsets_read(7, 8).committable() is None


def test_what_is_settled_out_of_turn_waits_for_what_is_before_it() -> None:
    offsets = offsets_read(7, 8, 9)

    offsets.settle([8])
    assert offsets.committable() is None

    offsets.settle([7])
    assert offsets.committable() == 9


def test_offsets_may_have_gaps() -> None:
    offsets = offsets_read(3, 10)

    offsets.settle([3, 10])

    assert offsets.committable() == 11
    assert len(offsets) == 0


@given(st.lists(st.integers(0, 1_000), unique=True, min_size=1), st.randoms())
def test_no_unsettled_message_lies_before_what_is_committed(found: list[int], by: object) -> None:
    in_order = sorted(found)
    offsets = offsets_read(*in_order)
    unsettled = set(in_order)

    for offset in found:
        offsets.settle([offset])
        unsettled.remove(offset)
        committable = offsets.committable()
        first = min(unsettled, default=in_order[-1] + 1)
        assert committable is None or committable <= first
        if not unsettled:
            assert committable == in_order[-1] + 1


def test_a_budget_that_is_spent_allows_more_when_half_of_it_is_free() -> None:
    budget = Budget(10)

    budget.spend(9)
    assert budget.allows_more()
    budget.spend(3)
    assert not budget.allows_more()
    budget.give_back(6)
    assert not budget.allows_more()
    budget.give_back(2)
    assert budget.allows_more()
    assert budget.spent == 4
