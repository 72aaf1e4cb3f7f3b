"""Shared state in memory: whoever is second does not write."""

from concurrent.futures import ThreadPoolExecutor

from app.stores.memory_state import InMemoryStateStore


def test_what_is_not_there_reads_as_none() -> None:
    assert InMemoryStateStore().read("a") is None


def test_a_document_is_created_once() -> None:
    state = InMemoryStateStore()

    assert [state.create("a", {"n": 1}), state.create("a", {"n": 2})] == [True, False]
    there = state.read("a")
    assert there is not None
    assert there.body == {"n": 1}


def test_a_change_must_name_the_version_that_is_there() -> None:
    state = InMemoryStateStore()
    state.create("a", {"n": 1})
    there = state.read("a")
    assert there is not None

    assert state.replace("a", {"n": 2}, there.version)
    assert not state.replace("a", {"n": 3}, there.version)

    now = state.read("a")
    assert now is not None
    assert now.body == {"n": 2}


def test_what_is_not_there_cannot_be_changed() -> None:
    state = InMemoryStateStore()

    assert not state.replace("a", {"n": 1}, "1")
    assert state.read("a") is None


def test_what_was_read_is_a_copy() -> None:
    state = InMemoryStateStore()
    body: dict[str, str | int | float | bool | None] = {"n": 1}
    state.create("a", body)

    body["n"] = 2
    first = state.read("a")
    assert first is not None
    first.body["n"] = 3

    second = state.read("a")
    assert second is not None
    assert second.body == {"n": 1}


def test_of_many_that_count_up_at_once_none_is_lost() -> None:
    state = InMemoryStateStore()
    state.create("a", {"n": 0})

    def count_up(times: int) -> None:
        for _ in range(times):
            while True:
                there = state.read("a")
                if there and state.replace(
                    "a", {"n": int(there.body["n"] or 0) + 1}, there.version
                ):
                    break

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, [200] * 4))

    there = state.read("a")
    assert there is not None
    assert there.body == {"n": 800}
