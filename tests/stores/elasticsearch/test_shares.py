"""One noisy service cannot take the whole log."""

from hypothesis import given
from hypothesis import strategies as st

from app.stores.elasticsearch.shares import Shares

MOST = 1_000


def test_while_little_waits_a_service_may_hold_all_of_it() -> None:
    shares = Shares(MOST)

    assert shares.book({"noisy": 500}) == set()


def test_a_service_that_is_alone_may_hold_four_fifths() -> None:
    shares = Shares(MOST)

    assert shares.book({"noisy": 800}) == set()
    assert shares.book({"noisy": 1}) == {"noisy"}


def test_another_service_has_room_while_the_noisy_one_is_refused() -> None:
    shares = Shares(MOST)
    shares.book({"noisy": 700})

    assert shares.book({"noisy": 1, "quiet": 100}) == {"noisy"}
    assert shares.book({"quiet": 100}) == set()


def test_a_service_that_was_refused_goes_on_when_its_records_are_shipped() -> None:
    shares = Shares(MOST)
    shares.book({"noisy": 700})
    shares.book({"quiet": 10})
    assert shares.book({"noisy": 10}) == {"noisy"}

    shares.release({"noisy": 700})

    assert shares.book({"noisy": 10}) == set()


def test_what_one_service_holds_is_released_in_parts_by_the_same_callable() -> None:
    shares = Shares(MOST)
    shares.book({"noisy": 300})
    shares.book({"noisy": 400})
    release = shares.release_of("noisy")
    assert shares.release_of("noisy") is release

    release(300)
    assert shares.book({"noisy": 401}) == {"noisy"}
    release(400)

    assert shares.book({"noisy": 500}) == set()


def test_together_they_get_no_more_than_there_is() -> None:
    shares = Shares(MOST)
    shares.book({"noisy": 800})

    assert shares.book({"a": 200, "b": 1}) == {"b"}


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 400), min_size=1)))
def test_never_is_more_booked_than_there_is_and_all_of_it_comes_back(
    requests: list[dict[str, int]],
) -> None:
    shares = Shares(MOST)
    booked = []
    for wanted in requests:
        refused = shares.book(wanted)
        booked.append({name: size for name, size in wanted.items() if name not in refused})
    assert sum(sum(one.values()) for one in booked) <= MOST

    for one in booked:
        shares.release(one)

    assert shares.book({"a": MOST // 2}) == set()
