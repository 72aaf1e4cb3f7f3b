"""Digests of sets of ids, notes, and the size of a page: no cluster is asked."""

from hypothesis import given
from hypothesis import strategies as st

from app.stores.elasticsearch.replication.digests import Digest, in_groups, slot_of
from app.stores.elasticsearch.replication.notes import Notes
from app.stores.memory_state import InMemoryStateStore

id_sets = st.sets(st.text(max_size=8), max_size=30)


def digest_of(ids: list[str]) -> Digest:
    digest = Digest()
    digest.add(ids)
    return digest


@given(id_sets, id_sets)
def test_sets_differ_exactly_in_the_slots_of_what_only_one_of_them_has(
    one: set[str], other: set[str]
) -> None:
    found = digest_of(sorted(one)).differing(digest_of(sorted(other, reverse=True)))

    assert set(found) == {slot_of(own) for own in one ^ other}


def test_slots_are_taken_together_up_to_a_number_of_ids() -> None:
    digest = Digest()
    digest.counts[1], digest.counts[2], digest.counts[3] = 5, 5, 50

    assert in_groups([1, 2, 3], digest, 10) == [{1, 2}, {3}]


def test_two_who_write_notes_merge_them() -> None:
    state = InMemoryStateStore()
    one, other = (Notes(state, "key", merge=max) for _ in range(2))
    one.write({"a": "1"})
    other.write({"b": "5"})

    one.write({"a": "2", "b": "3"})

    assert Notes(state, "key").read() == {"a": "2", "b": "5"}


def test_notes_that_nobody_needs_are_forgotten() -> None:
    state = InMemoryStateStore()
    notes = Notes(state, "key")
    notes.write({"a": "1", "b": "2"})

    notes.write({"c": "3"}, keep=["b"])

    assert Notes(state, "key").read() == {"b": "2", "c": "3"}
