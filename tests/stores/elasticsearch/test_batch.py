"""A batch parts into the actions that it was made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stores.elasticsearch.actions import Action, create_action
from app.stores.elasticsearch.batch import batch_of, read_batch

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_ELSEWHERE = st.none() | st.lists(st.sampled_from(["i-1", "i-2"]), max_size=2).map(tuple)
_ACTIONS = st.lists(
    st.builds(create_action, _TEXTS, st.just("i-3"), st.just(b'{"m":"\\n"}'), _TEXTS, _ELSEWHERE),
    min_size=1,
)


@given(_ACTIONS)
def test_what_goes_in_comes_out(actions: list[Action]) -> None:
    assert batch_of(actions).actions() == actions


@given(_ACTIONS)
def test_the_log_keeps_all_but_the_service_and_what_was_known_of_other_indices(
    actions: list[Action],
) -> None:
    read = read_batch(batch_of(actions).lines)

    assert [(it.id, it.target, it.lines) for it in read.actions()] == [
        (it.id, it.target, it.lines) for it in actions
    ]
    assert {(it.service, it.elsewhere) for it in read.actions()} == {("", None)}
    assert batch_of(read.actions()) == read


def test_the_actions_of_a_service_can_be_taken_out() -> None:
    actions = [create_action(name, "i", b"{}", service) for name, service in ("ax", "by", "cx")]

    assert batch_of(actions).without({"x"}) == batch_of(actions[1:2])


def test_what_is_no_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="not those of bulk actions"):
        read_batch(b"{}\n")
