"""Where a record is kept, and which partitions a query must ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.filters import Filter, ServiceFilter, TimeRangeFilter
from app.domain.levels import LogLevel
from app.domain.matching import matches
from app.domain.scope import Scope, scope_of
from app.domain.sharding import (
    Partition,
    RuleBasedSharding,
    ScalingStrategy,
    ServiceBasedSharding,
    TimeBasedSharding,
    is_stream_name,
)
from tests.builders import DAY, NOON_NS, entry
from tests.domain.strategies import entries, filters

DAYS = [Partition("default", name) for name in ("2026.11.23", "2026.11.24", "2026.11.25", "all")]
STRATEGIES: list[ScalingStrategy] = [
    TimeBasedSharding("hour"),
    TimeBasedSharding(),
    TimeBasedSharding("week", {"imported": "year"}),
    ServiceBasedSharding(),
    ServiceBasedSharding(["api"]),
    ServiceBasedSharding(["default", "imported", "shared_3_0"]),
    RuleBasedSharding(
        lambda level, service, metadata: "debug" if level is LogLevel.DEBUG else "default",
        ServiceBasedSharding(["db"], within=TimeBasedSharding(lengths={"debug": "hour"})),
    ),
    ServiceBasedSharding(["Api", "s p a c e", "shared_3_0"], buckets=3),
    ServiceBasedSharding(["db"], buckets=2, within=TimeBasedSharding("month")),
]


def test_by_time_a_record_goes_to_the_period_of_its_own_timestamp() -> None:
    assert TimeBasedSharding().place(entry(at=NOON_NS)) == Partition("default", "2026.11.24")
    assert TimeBasedSharding().place(entry(at=NOON_NS), "audit") == Partition("audit", "2026.11.24")


def test_a_stream_can_have_periods_of_its_own_length() -> None:
    strategy = TimeBasedSharding("day", {"imported": "year"})

    assert strategy.place(entry(), "imported") == Partition("imported", "2026")


@pytest.mark.parametrize(
    ("range", "periods"),
    [
        (TimeRangeFilter(), ["2026.11.23", "2026.11.24", "2026.11.25", "all"]),
        (TimeRangeFilter(start=NOON_NS), ["2026.11.24", "2026.11.25", "all"]),
        (TimeRangeFilter(end=NOON_NS), ["2026.11.23", "2026.11.24", "all"]),
        (TimeRangeFilter(NOON_NS, NOON_NS), ["2026.11.24", "all"]),
        (TimeRangeFilter(NOON_NS + 5 * DAY), ["all"]),
        (TimeRangeFilter(NOON_NS + DAY // 2, NOON_NS + DAY // 2), ["2026.11.25", "all"]),
        (TimeRangeFilter(end=NOON_NS + DAY // 2 - 1), ["2026.11.23", "2026.11.24", "all"]),
    ],
    ids=["open", "from", "until", "one instant", "later", "first of a day", "last of a day"],
)
def test_a_time_range_names_its_partitions(range: TimeRangeFilter, periods: list[str]) -> None:
    selected = TimeBasedSharding().select(DAYS, scope_of(range))

    assert [partition.period for partition in selected] == periods


def test_a_dedicated_service_has_a_stream_of_its_own() -> None:
    strategy = ServiceBasedSharding(["payments"])

    assert strategy.place(entry(service="payments")) == Partition("payments", "all")
    assert strategy.place(entry(service="search")) == Partition("default", "all")


def test_the_other_services_share_a_fixed_number_of_streams() -> None:
    strategy = ServiceBasedSharding(buckets=4)

    streams = {strategy.place(entry(service=f"service-{n}")).stream for n in range(100)}

    assert streams == {f"shared_4_{n}" for n in range(4)}


def test_services_can_be_spread_by_time_as_well() -> None:
    strategy = ServiceBasedSharding(["payments"], within=TimeBasedSharding("month"))

    assert strategy.place(entry(service="payments")) == Partition("payments", "2026.11")


def test_a_service_query_asks_that_services_stream_only() -> None:
    strategy = ServiceBasedSharding(["payments", "search"])
    partitions = [Partition(name, "all") for name in ("default", "payments", "search")]

    def asked(service: str) -> list[str]:
        scope = scope_of(ServiceFilter(service))
        return [partition.stream for partition in strategy.select(partitions, scope)]

    assert asked("payments") == ["payments"]
    assert asked("unknown") == ["default"]
    assert strategy.select(partitions, Scope()) == partitions


def test_streams_that_rules_name_may_hold_records_of_any_service() -> None:
    strategy = ServiceBasedSharding(["payments"], within=TimeBasedSharding())
    partitions = [Partition(name, "2026.11.24") for name in ("audit", "default", "payments")]

    assert strategy.place(entry(service="payments"), "audit").stream == "audit"
    asked = strategy.select(partitions, scope_of(ServiceFilter("payments")))
    assert [partition.stream for partition in asked] == ["audit", "payments"]


@pytest.mark.parametrize(
    ("since", "asked"),
    [
        (None, ["2026.11.23", "2026.11.24", "2026.11.25", "all"]),
        (NOON_NS, ["2026.11.23", "2026.11.24", "all"]),
    ],
    ids=["never", "at noon"],
)
def test_what_came_before_services_were_parted_is_found_in_the_default_stream(
    since: int | None, asked: list[str]
) -> None:
    strategy = ServiceBasedSharding(["payments"], within=TimeBasedSharding(), since=since)

    selected = strategy.select(DAYS, scope_of(ServiceFilter("payments")))

    assert [partition.period for partition in selected] == asked


def test_another_number_of_shared_streams_makes_others_and_the_old_ones_are_asked_too() -> None:
    before, after = ServiceBasedSharding(buckets=3), ServiceBasedSharding(buckets=4)
    old = before.place(entry(service="search"))

    assert after.select([old], scope_of(ServiceFilter("search"))) == [old]


def test_rules_choose_the_stream_of_what_came_in_for_the_default_one() -> None:
    strategy = RuleBasedSharding(
        lambda level, service, metadata: "audit" if metadata.get("audit") else "default",
        TimeBasedSharding(lengths={"audit": "month"}),
    )

    assert strategy.place(entry(metadata={"audit": True})) == Partition("audit", "2026.11")
    assert strategy.place(entry()) == Partition("default", "2026.11.24")
    assert strategy.place(entry(metadata={"audit": True}), "imported").stream == "imported"


def test_services_whose_names_look_alike_are_kept_apart() -> None:
    names = ["a b", "a-b", "A B", "a_b", "shared_3_0", "default", "ä", "x" * 300]
    strategy = ServiceBasedSharding(names, buckets=1)

    streams = [strategy.place(entry(service=name)).stream for name in [*names, "another"]]

    assert len(set(streams)) == len(streams)
    assert all(is_stream_name(stream) for stream in streams)


@given(st.sampled_from(STRATEGIES), st.sampled_from(["default", "imported"]), entries, filters)
def test_a_partition_that_holds_a_match_is_always_asked(
    strategy: ScalingStrategy, stream: str, record: LogEntry, filter: Filter
) -> None:
    partition = strategy.place(record, stream)

    is_asked = partition in strategy.select([partition], scope_of(filter))

    assert is_asked or not matches(filter, record)


@pytest.mark.parametrize("strategy", STRATEGIES[3:])
@pytest.mark.parametrize("service", ["api", "default", "imported", "shared_3_0", "another"])
def test_a_record_is_found_by_its_service(strategy: ScalingStrategy, service: str) -> None:
    partition = strategy.place(entry(service=service))

    assert strategy.select([partition], scope_of(ServiceFilter(service))) == [partition]


@pytest.mark.parametrize(
    ("name", "is_allowed"),
    [
        ("default", True),
        ("audit_2", True),
        ("x" * 63, True),
        ("x" * 64, False),
        ("", False),
        ("2audit", False),
        ("_audit", False),
        ("Audit", False),
        ("a-b", False),
        ("a*", False),
        ("a\n", False),
    ],
    ids=repr,
)
def test_a_stream_name_is_safe_in_an_index_name(name: str, is_allowed: bool) -> None:
    assert is_stream_name(name) is is_allowed
