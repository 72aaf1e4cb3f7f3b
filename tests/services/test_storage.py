"""How much room records take, and how long the room lasts."""

from typing import Any

import pytest

from app.domain.disks import DataNode
from app.domain.lifecycle import IndexFacts, Tier
from app.domain.storage import By, Spread, Usage
from app.services.storage import storage_figures
from tests.builders import DAY, HOUR, NOON_NS
from tests.lifecycle_builders import GB, FakeStorage, archive, index

MIDNIGHT = NOON_NS - 12 * HOUR
MIB = 2**20


def day_index(days_ago: int, **facts: Any) -> IndexFacts:
    """An index of 1,000 records and 10 MiB that was filled on the day so many days before today."""
    start = MIDNIGHT - days_ago * DAY
    given: dict[str, Any] = {
        "created_at": start,
        "documents": 1_000,
        "primary_bytes": 10 * MIB,
        "total_bytes": 20 * MIB,
        "oldest": start,
        "newest": start + DAY - 1,
        "newest_arrival": start + DAY - 1,
        **facts,
    }
    return index(f"logfeed-default-2026.11.{24 - days_ago:02}-000001", **given)


def groups(storage: FakeStorage, by: By) -> dict[str, Usage]:
    return {one.name: one for one in storage_figures(storage, NOON_NS, [by]).groups[by]}


def test_streams_add_up_documents_and_bytes_the_largest_first() -> None:
    storage = FakeStorage(
        [
            index("logfeed-audit-2026.11-000001", documents=5, primary_bytes=7, total_bytes=7),
            day_index(0),
            day_index(1),
        ]
    )

    figures = storage_figures(storage, NOON_NS, ["stream"])

    assert [one.name for one in figures.groups["stream"]] == ["default", "audit"]
    whole = figures.groups["stream"][0]
    assert (whole.indices, whole.documents) == (2, 2_000)
    assert (whole.primary_bytes, whole.total_bytes) == (20 * MIB, 40 * MIB)
    assert (whole.oldest, whole.newest) == (MIDNIGHT - DAY, MIDNIGHT + DAY - 1)
    assert not whole.is_estimated
    assert figures.total.documents == 2_005
    assert storage.asked == [("facts", 1)]


def test_tiers_stand_in_the_order_of_life_and_archives_are_not_in_the_total() -> None:
    storage = FakeStorage(
        [day_index(9, tier=Tier.COLD), day_index(0), day_index(5, tier=Tier.WARM)],
        [archive("a"), archive("b")],
    )

    figures = storage_figures(storage, NOON_NS)

    assert [one.name for one in figures.groups["tier"]] == ["hot", "warm", "cold", "archive"]
    assert groups(storage, "tier")["archive"].total_bytes == 2_000
    assert figures.total.total_bytes == 60 * MIB


def test_a_copy_in_the_making_takes_room_and_its_records_count_once() -> None:
    copy = day_index(1, is_searched=False, total_bytes=3 * MIB, tier=Tier.WARM)

    total = storage_figures(FakeStorage([day_index(1), copy]), NOON_NS, []).total

    assert (total.documents, total.total_bytes) == (1_000, 23 * MIB)


def test_bytes_of_a_service_are_its_share_of_the_records_of_each_index() -> None:
    first, second = day_index(0), day_index(1)
    storage = FakeStorage(
        [first, second],
        services={
            first.name: {"cart": Spread(750, 5, 9), "shop": Spread(250, 6, 7)},
            second.name: {"shop": Spread(1_000, 1, 2)},
        },
    )

    found = groups(storage, "service")

    assert list(found) == ["shop", "cart"]
    assert (found["cart"].documents, found["cart"].total_bytes) == (750, 15 * MIB)
    assert (found["shop"].documents, found["shop"].total_bytes) == (1_250, 25 * MIB)
    assert (found["shop"].oldest, found["shop"].newest) == (1, 7)
    assert found["cart"].is_estimated
    assert found["shop"].growth_bytes == 20 * MIB


def test_a_day_is_exact_where_an_index_holds_one_day_and_estimated_where_it_holds_more() -> None:
    year = index("logfeed-imported-2025-000001", documents=4, total_bytes=400)
    storage = FakeStorage(
        [day_index(0), year],
        days={year.name: {"2025-01-02": Spread(1, 1, 1), "2025-03-04": Spread(3, 1, 1)}},
    )

    found = groups(storage, "day")

    assert list(found) == ["2026-11-24", "2025-03-04", "2025-01-02"]
    assert not found["2026-11-24"].is_estimated
    assert (found["2025-03-04"].total_bytes, found["2025-03-04"].is_estimated) == (300, True)
    assert found["2026-11-24"].growth_bytes is None
    assert ("day", 1) in storage.asked


def test_hours_of_one_day_are_one_day() -> None:
    hours = [index(f"logfeed-default-2026.11.24.{n:02}-000001", total_bytes=5) for n in range(3)]

    assert groups(FakeStorage(hours), "day")["2026-11-24"].total_bytes == 15


@pytest.mark.parametrize(
    ("days", "counted"),
    [(1, 1), (2, 2), (7, 7), (20, 7)],
    ids=["a day", "two days", "a week", "longer than a week"],
)
def test_growth_is_the_mean_of_up_to_seven_full_days(days: int, counted: int) -> None:
    # Twice as much on each day of the last week as on those before; today is not over.
    indices = [day_index(ago, total_bytes=(20 if ago > 7 else 40) * MIB) for ago in range(days + 1)]

    figures = storage_figures(FakeStorage(indices), NOON_NS, ["stream"])

    assert figures.growth_days == counted
    assert figures.total.growth_bytes == pytest.approx(40 * MIB, rel=1e-6)
    assert figures.total.growth_documents == 1_000
    assert figures.groups["stream"][0].growth_bytes == figures.total.growth_bytes


def test_growth_is_unknown_on_the_first_day() -> None:
    figures = storage_figures(FakeStorage([day_index(0)]), NOON_NS, [])

    assert (figures.growth_days, figures.total.growth_bytes) == (0, None)
    assert figures.days_until_full is None


def test_old_files_that_were_read_in_count_when_they_came() -> None:
    yesterday = MIDNIGHT - DAY
    old = index(
        "logfeed-imported-2019-000001",
        created_at=yesterday,
        documents=700,
        total_bytes=70,
        newest=0,
        newest_arrival=yesterday + HOUR,
    )

    figures = storage_figures(FakeStorage([old]), NOON_NS, [])

    assert (figures.growth_days, figures.total.growth_documents) == (1, 700)


def test_what_was_restored_is_no_growth() -> None:
    restored = day_index(3, restored_until=NOON_NS)

    assert storage_figures(FakeStorage([restored]), NOON_NS, []).total.growth_bytes == 0


def test_the_room_lasts_until_the_high_watermark_of_each_node() -> None:
    nodes = [DataNode("a", 100 * GB, 30 * GB), DataNode("b", 100 * GB, 4 * GB)]
    storage = FakeStorage([day_index(1, total_bytes=2 * GB)], nodes=nodes)

    figures = storage_figures(storage, NOON_NS, [])

    assert figures.room_bytes == 20 * GB
    assert figures.days_until_full == pytest.approx(10, rel=1e-6)


def test_an_empty_cluster_has_empty_figures() -> None:
    figures = storage_figures(FakeStorage(), NOON_NS)

    assert figures.total == Usage("all")
    assert figures.groups == {"stream": [], "tier": [], "service": [], "day": []}
    assert figures.days_until_full is None
