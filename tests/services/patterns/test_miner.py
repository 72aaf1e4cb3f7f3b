"""Messages that differ in their values are one group."""

from collections.abc import Sequence

from app.domain.levels import LogLevel
from app.domain.messages import Message
from app.services.patterns.miner import PatternMiner

LINES = [
    "login of user alice from 10.0.0.7",
    "login of user bob from 10.0.0.8",
    "disk 1 is 97% full",
    "login of user carol from 10.0.0.9",
    "disk 12 is 12% full",
    "shutting down",
]


def mined(lines: Sequence[str]) -> PatternMiner:
    miner = PatternMiner()
    miner.add(Message(str(at), at, LogLevel.INFO, line) for at, line in enumerate(lines))
    return miner


def test_what_differs_becomes_a_placeholder() -> None:
    groups = mined(LINES).groups()

    assert {text: group.levels[0].total() for text, group in groups.items()} == {
        "login of user <*> from <*>": 3,
        "disk <*> is <*>% full": 2,
        "shutting down": 1,
    }


def test_many_patterns_that_differ_in_an_early_word_only_are_one() -> None:
    users = [f"user {name} logged in" for name in "abcdefghij"]

    assert len(mined(users[:9]).groups()) == 9
    (pattern, group), *others = mined(users).groups().items()
    assert (pattern, group.levels[0].total(), others) == ("user <*> logged in", 10, [])


def test_short_messages_with_many_first_words_stay_apart() -> None:
    assert len(mined([f"{name} started" for name in "abcdefghijkl"]).groups()) == 12


def test_a_group_keeps_its_oldest_record_and_its_newest_time() -> None:
    miner = PatternMiner()
    for at in (5, 3, 9):
        miner.add([Message(f"id-{at}", at, LogLevel.ERROR, f"attempt {at} failed")])

    (group,) = miner.groups().values()

    assert (group.first.id, group.first.instant, group.last) == ("id-3", 3, 9)


def test_levels_are_counted_by_part() -> None:
    miner = PatternMiner()
    miner.add([Message("1", 1, LogLevel.INFO, "a 1")], part=0)
    miner.add(
        [Message("2", 2, LogLevel.ERROR, "a 2"), Message("3", 3, LogLevel.INFO, "a 3")], part=1
    )

    (group,) = miner.groups().values()

    assert group.levels == {
        0: {LogLevel.INFO: 1},
        1: {LogLevel.ERROR: 1, LogLevel.INFO: 1},
    }


def test_the_same_messages_in_the_same_order_give_the_same_groups() -> None:
    one, other = mined(LINES * 50), mined(LINES * 50)

    assert list(one.groups().items()) == list(other.groups().items())


def test_more_groups_than_are_compared_lose_no_record() -> None:
    lines = [f"{chr(97 + at % 26)}{'x' * (at // 26)} started" for at in range(3_000)] * 2

    groups = mined(lines).groups()

    assert sum(group.levels[0].total() for group in groups.values()) == len(lines)


def test_messages_without_text_are_a_group_of_their_own() -> None:
    assert set(mined(["", " ", "a b"]).groups()) == {"", "a b"}
