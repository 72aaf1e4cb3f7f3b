"""What is marked and deleted, and what never is."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.lifecycle import Tier
from retention.actions import Kind
from retention.planner import Bounds
from retention.policy import Life, Policies
from tests.builders import DAY, HOUR
from tests.retention.facts import (
    ARCHIVING,
    CLOSED,
    END,
    GB,
    LIFE,
    MINUTE,
    USUAL,
    archive,
    index,
    kinds,
    planned,
    summary,
)

OVER = END + 30 * DAY
COLD: dict[str, Any] = {**CLOSED, "tier": Tier.COLD}
NAME = "logfeed-default-2026.11.24-000001"
HELD = replace(LIFE, legal_hold=True)


@pytest.mark.parametrize(
    ("facts", "at", "life", "expected"),
    [
        (COLD, OVER - 1, LIFE, []),
        (COLD, OVER, LIFE, [Kind.MARK]),
        # Marked on one run, deleted on a later one.
        ({**COLD, "marked_at": OVER}, OVER, LIFE, []),
        ({**COLD, "marked_at": OVER}, OVER + MINUTE - 1, LIFE, []),
        ({**COLD, "marked_at": OVER}, OVER + MINUTE, LIFE, [Kind.DELETE]),
        # A mark from the future was made by a wrong clock.
        ({**COLD, "marked_at": OVER + DAY}, OVER, LIFE, [Kind.MARK]),
        # What can get records is closed first, and looked at again.
        ({}, OVER, LIFE, [Kind.CLOSE_FOR_WRITING, Kind.MARK]),
        ({"marked_at": OVER - DAY}, OVER, LIFE, [Kind.CLOSE_FOR_WRITING]),
        # Not due any more: the policy changed, or a record came before it was closed.
        ({**COLD, "marked_at": OVER - DAY}, OVER, Life(delete_after=31 * DAY), [Kind.UNMARK]),
        ({**COLD, "marked_at": OVER - DAY}, OVER, Life(), [Kind.UNMARK]),
        ({**COLD, "marked_at": OVER - DAY, "newest": END + DAY}, OVER, LIFE, [Kind.UNMARK]),
        # A legal hold.
        (COLD, OVER + 900 * DAY, HELD, []),
        ({**COLD, "marked_at": OVER - DAY}, OVER, HELD, [Kind.UNMARK]),
        # What cannot be read has no age, unless its period says enough.
        ({**COLD, "health": "red", "newest": END - DAY}, OVER - 1, LIFE, []),
        ({**COLD, "health": "red", "newest": END - DAY}, OVER, LIFE, [Kind.MARK]),
        # A restored index goes after its time, and only then.
        ({**COLD, "restored_until": OVER + DAY}, OVER + DAY, LIFE, []),
        ({**COLD, "restored_until": OVER}, OVER + 1, LIFE, [Kind.MARK]),
        ({**COLD, "restored_until": OVER, "marked_at": OVER}, OVER + DAY, LIFE, [Kind.DELETE]),
        ({**COLD, "restored_until": OVER + DAY, "marked_at": OVER}, OVER, LIFE, [Kind.UNMARK]),
        ({**COLD, "restored_until": OVER}, OVER + 1, HELD, []),
    ],
)
def test_an_index_is_marked_then_deleted(
    facts: dict[str, Any], at: int, life: Life, expected: list[Kind]
) -> None:
    assert kinds(planned(index(**facts), at=at, life=life)) == expected


def test_a_closed_index_is_reported_and_kept() -> None:
    actions = planned(index(**COLD, is_open=False), at=OVER + DAY)
    assert kinds(actions) == [Kind.BLOCKED]
    assert f"POST /{NAME}/_open" in actions[0].reason


def test_a_red_index_of_imported_records_is_kept() -> None:
    life = Life(counts_from="arrival", delete_after=30 * DAY)
    assert planned(index(**CLOSED, health="red"), at=OVER + DAY, life=life) == []


def test_a_late_record_that_came_before_the_index_was_closed_saves_it() -> None:
    life = Life(counts_from="arrival", delete_after=30 * DAY)
    due = index(marked_at=OVER - DAY)
    assert kinds(planned(due, at=OVER, life=life)) == [Kind.CLOSE_FOR_WRITING]
    closed = replace(due, **CLOSED, newest_arrival=OVER - HOUR)
    assert kinds(planned(closed, at=OVER, life=life)) == [Kind.UNMARK]


def test_an_archived_index_goes_and_its_archive_stays_until_its_time_is_over() -> None:
    one = index(**COLD, archived_as=f"{NAME}-snapshot", marked_at=END + 19 * DAY)
    kept = archive(one)
    at = END + 20 * DAY
    assert summary(planned(one, at=at, life=ARCHIVING, archives=(kept,))) == [("delete", NAME)]
    end = END + 90 * DAY
    assert planned(at=end - 1, life=ARCHIVING, archives=(kept,)) == []
    due = planned(at=end, life=ARCHIVING, archives=(kept,))
    assert summary(due) == [("mark_archive", kept.snapshot)]
    marked = replace(kept, marked_at=end)
    again = planned(at=end + HOUR, life=ARCHIVING, archives=(marked,))
    assert summary(again) == [("delete_archive", kept.snapshot)]
    held = planned(at=end + HOUR, life=replace(ARCHIVING, legal_hold=True), archives=(marked,))
    assert kinds(held) == [Kind.UNMARK_ARCHIVE]


@pytest.mark.parametrize("archives", [(), (archive(index(), documents=999),)])
def test_an_index_whose_archive_is_gone_or_has_less_is_kept(archives: Any) -> None:
    one = index(**COLD, archived_as=f"{NAME}-snapshot", marked_at=END + 19 * DAY)
    actions = planned(one, at=END + 20 * DAY, life=ARCHIVING, archives=archives)
    assert kinds(actions) == [Kind.UNMARK, Kind.BLOCKED]


def test_an_index_that_was_never_archived_goes_at_the_end_of_its_life_only() -> None:
    one = index(**COLD)
    assert kinds(planned(one, at=END + 89 * DAY, life=ARCHIVING)) == [Kind.ARCHIVE]
    assert kinds(planned(one, at=END + 90 * DAY, life=ARCHIVING)) == [Kind.MARK]


@pytest.mark.parametrize(
    ("indices", "forced", "deleted"), [(1, False, 1), (8, False, 2), (40, False, 4), (40, True, 40)]
)
def test_one_run_deletes_a_tenth_at_most_unless_forced(
    indices: int, forced: bool, deleted: int
) -> None:
    due = [index(**COLD, generation=n, marked_at=OVER) for n in range(1, indices + 1)]
    bounds = Bounds(accepted_age=7 * DAY, forced=forced)
    actions = planned(*due, at=OVER + DAY, bounds=bounds)
    assert kinds(actions).count(Kind.DELETE) == deleted
    assert kinds(actions).count(Kind.BLOCKED) == (deleted < indices)


@pytest.mark.parametrize("ahead", [6 * MINUTE, -6 * MINUTE, 40 * DAY])
def test_nothing_is_deleted_or_marked_while_the_clocks_differ(ahead: int) -> None:
    one, two = index(**COLD), index(**COLD, generation=2, marked_at=OVER)
    kept = archive(index(generation=3))
    at = OVER + DAY
    actions = planned(one, two, at=at, local_clock=at + ahead, archives=(kept,))
    assert set(kinds(actions)) == {Kind.BLOCKED}
    assert {action.target for action in actions} == {one.name, two.name, kept.snapshot}
    assert all("set the clocks right" in action.reason for action in actions)


def test_nothing_is_deleted_when_the_executor_does_not_trust_the_clock() -> None:
    actions = planned(
        index(**COLD, marked_at=OVER), at=OVER + DAY, bounds=replace(USUAL, clock_trust=False)
    )
    assert kinds(actions) == [Kind.BLOCKED]


def test_a_clock_that_is_a_little_fast_makes_nothing_old() -> None:
    at = OVER - 3 * MINUTE
    assert planned(index(**COLD), at=at, local_clock=OVER + MINUTE) == []


MORNING = "2026.11.23"


def capped(stream: int | None = None, all: int | None = None, **life: Any) -> Policies:
    return Policies({"default": replace(LIFE, max_bytes=stream, **life)}, max_bytes=all)


def three_days(**facts: Any) -> list[Any]:
    return [
        index(f"2026.11.{day}", **{**CLOSED, "tier": Tier.WARM, **facts}) for day in (21, 22, 23)
    ]


@pytest.mark.parametrize("caps", [{"stream": 2 * GB}, {"all": 2 * GB}])
def test_the_oldest_go_until_a_cap_is_kept(caps: dict[str, int]) -> None:
    actions = planned(*three_days(), index(), at=END, policies=capped(**caps))
    assert summary(actions) == [
        ("mark", "logfeed-default-2026.11.21-000001"),
        ("mark", "logfeed-default-2026.11.22-000001"),
    ]
    assert "4.0 GB on disk, and max_bytes is 2.0 GB" in actions[0].reason


def test_what_goes_by_age_counts_no_more_for_a_cap() -> None:
    old = index("2026.10.01", **COLD)
    actions = planned(old, *three_days(), at=END, policies=capped(stream=3 * GB))
    assert summary(actions) == [("mark", old.name)]


def test_what_goes_for_a_cap_is_closed_first() -> None:
    actions = planned(index(MORNING), index(), at=END, policies=capped(stream=GB))
    assert kinds(actions) == [Kind.CLOSE_FOR_WRITING, Kind.MARK]


def test_the_current_write_index_never_goes_for_a_cap() -> None:
    actions = planned(index(), at=END, policies=capped(stream=GB // 2))
    assert summary(actions) == [("blocked", "stream default")]


def test_a_cap_over_records_on_legal_hold_is_out_of_reach() -> None:
    policies = capped(stream=GB, all=GB, legal_hold=True)
    actions = planned(*three_days(), at=END, policies=policies)
    assert summary(actions) == [("blocked", "stream default"), ("blocked", "all streams")]
    assert "legal hold" in actions[0].reason


def test_a_copy_beside_its_original_counts_once() -> None:
    copy = index(MORNING, kind="-warm", **CLOSED, tier=Tier.WARM, swapped_at=END)
    original = index(MORNING, **CLOSED, is_searched=False)
    assert planned(original, copy, at=END, policies=capped(stream=GB)) == []


def test_a_full_disk_makes_marks_for_a_cap_due_on_the_next_run_however_soon() -> None:
    policies = capped(stream=2 * GB)
    marked = three_days(is_flooded=True, marked_at=END)[:1] + three_days(is_flooded=True)[1:]
    assert (
        "however soon" in planned(*three_days(is_flooded=True), at=END, policies=policies)[0].reason
    )
    assert planned(*marked, at=END, policies=policies) == []
    assert kinds(planned(*marked, at=END + 1, policies=policies)) == [Kind.DELETE]


def test_a_full_disk_without_a_cap_is_reported() -> None:
    actions = planned(*three_days(is_flooded=True), at=END)
    assert kinds(actions) == [Kind.BLOCKED]
    assert "max_bytes" in actions[0].reason


def test_an_original_goes_a_minute_after_its_copy_took_its_place() -> None:
    original = index(**CLOSED, is_searched=False)
    copy = index(kind="-warm", **CLOSED, tier=Tier.WARM, swapped_at=END)
    assert planned(original, copy, at=END + MINUTE - 1) == []
    assert summary(planned(original, copy, at=END + MINUTE)) == [("clean_up", original.name)]


def test_a_copy_that_was_begun_is_gone_on_with() -> None:
    original = index(**CLOSED)
    copy = index(kind="-warm", **CLOSED, is_searched=False)
    actions = planned(original, copy, at=END + 2 * DAY)
    assert summary(actions) == [("warm", original.name)]
    assert "was begun" in actions[0].reason


@pytest.mark.parametrize(
    ("original", "life", "at"),
    [
        ({}, Life(), END + 2 * DAY),  # nobody wants it warm any more
        ({}, LIFE, OVER),  # it is about to be deleted
    ],
)
def test_a_copy_that_was_begun_in_vain_goes(original: dict[str, Any], life: Life, at: int) -> None:
    copy = index(kind="-warm", **CLOSED, is_searched=False)
    actions = planned(index(**CLOSED, **original), copy, at=at, life=life)
    assert ("clean_up", copy.name) in summary(actions)


def test_nothing_is_cleaned_up_while_what_serves_instead_is_red() -> None:
    original = index(**CLOSED, is_searched=False)
    copy = index(kind="-warm", **CLOSED, tier=Tier.WARM, health="red")
    life = replace(LIFE, counts_from="arrival")
    assert planned(original, copy, at=END + DAY, life=life) == []


def test_an_index_that_nobody_searches_and_nothing_replaces_is_reported_and_ages() -> None:
    lost = index(**CLOSED, is_searched=False)
    assert kinds(planned(lost, at=END + 12 * DAY)) == [Kind.BLOCKED]
    assert kinds(planned(lost, at=OVER)) == [Kind.MARK]


def test_the_order_of_the_indices_makes_no_difference() -> None:
    some = [*three_days(), index(), index("2026.10.01", **COLD), index("2026.10.02", **COLD)]
    policies = capped(stream=GB)
    assert planned(*some, at=END, policies=policies) == planned(
        *reversed(some), at=END, policies=policies
    )
