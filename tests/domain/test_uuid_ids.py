"""UUIDs of version 7: the standard's form, and an order that never falls."""

from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import UUIDGenerator
from tests.builders import NOON_NS
from tests.fakes import FakeClock


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = UUIDGenerator(FakeClock()).next_id()

    uuid = UUID(made)
    assert str(uuid) == made
    assert (uuid.version, uuid.variant) == (7, RFC_4122)


def test_it_starts_with_the_48_bits_of_the_milliseconds() -> None:
    made = UUID(UUIDGenerator(FakeClock()).next_id())

    assert made.int >> 80 == NOON_NS // 1_000_000


def test_the_rest_is_random() -> None:
    tails = {UUIDGenerator(FakeClock()).next_id()[14:] for _ in range(100)}

    assert len(tails) == 100


@given(st.lists(st.integers(-5, 5), max_size=200))
def test_ids_rise_as_text_however_the_clock_jumps(jumps: list[int]) -> None:
    clock = FakeClock()
    ids = UUIDGenerator(clock)

    made = []
    for jump in jumps:
        clock.advance(ms=jump)
        made.append(ids.next_id())

    assert made == sorted(set(made))


def test_ids_rise_within_one_millisecond_and_stay_of_version_7() -> None:
    ids = UUIDGenerator(FakeClock())

    made = [ids.next_id() for _ in range(10_000)]

    assert made == sorted(set(made))
    assert {(UUID(text).version, UUID(text).variant) for text in made} == {(7, RFC_4122)}


def test_when_a_millisecond_has_no_more_ids_the_next_one_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    highest = 2**74 - 1
    monkeypatch.setattr("secrets.randbits", lambda bits: highest - 1 if bits == 73 else 0)
    ids = UUIDGenerator(FakeClock())

    made = [UUID(ids.next_id()) for _ in range(3)]

    noon_ms = NOON_NS // 1_000_000
    assert [uuid.int >> 80 for uuid in made] == [noon_ms, noon_ms, noon_ms + 1]
    assert {(uuid.version, uuid.variant) for uuid in made} == {(7, RFC_4122)}


def test_ids_are_unique_across_threads() -> None:
    ids = UUIDGenerator(FakeClock())

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: ids.next_id(), range(5_000)))

    assert len(set(made)) == 5_000
