"""The law of aggregations: Elasticsearch says what counting record by record says."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain.aggregations import Aggregations, Histogram, Percentiles, check_facet
from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError
from app.domain.filters import EVERYTHING, AnyOfFilter, Filter, NotFilter, TimeRangeFilter
from app.domain.intervals import Interval
from app.services.scanned_aggregations import ScannedAggregations
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.memory import InMemoryDatabase
from tests.builders import SECOND, entry
from tests.contract import generated
from tests.contract.generated import DAY, START

pytestmark = pytest.mark.es
ON_ONE_STORE = settings(
    max_examples=5,
    deadline=None,
    # What fails is not made smaller: each try adds to the store.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FACETS = ["level", "service", "source_ip", "metadata.a", "metadata.user", "metadata.a.b"]
PERCENTS = [0, 12.5, 50, 99, 100]


def written(histogram: Histogram) -> Histogram:
    """Its sequences as lists, to compare it."""
    return replace(
        histogram,
        starts=list(histogram.starts),
        totals=list(histogram.totals),
        series=[replace(one, counts=list(one.counts)) for one in histogram.series],
    )


def nearly(one: Percentiles, other: Percentiles) -> bool:
    """Sums of doubles depend on their order."""
    means = (one.mean or 0.0, other.mean or 0.0)
    return replace(one, mean=None) == replace(other, mean=None) and means[0] == pytest.approx(
        means[1]
    )


def test_both_count_the_same(elasticsearch_store: ElasticsearchDatabase) -> None:
    in_memory = InMemoryDatabase()
    counted: Aggregations = ScannedAggregations(in_memory)
    asked: Aggregations = elasticsearch_store.aggregations

    @ON_ONE_STORE
    @given(
        st.lists(generated.entries(), min_size=5, max_size=30),
        # Also all records, and not too few of them.
        st.sampled_from([NotFilter(AnyOfFilter())]) | generated.filters,
        st.tuples(generated.instants, generated.instants),
        st.sampled_from([3, 100]),
        st.sampled_from(["a", "user", "a.b"]),
        st.sampled_from([None, Interval.of("1h")]),
    )
    def law(
        entries: list[LogEntry],
        filter: Filter,
        span: tuple[int, int],
        limit: int,
        path: str,
        interval: Interval | None,
    ) -> None:
        for store in (elasticsearch_store, in_memory):
            store.append(entries)
        elasticsearch_store.refresh()
        bounded = TimeRangeFilter(min(span), max(span))
        for wanted in (filter, bounded):
            assert asked.facets(wanted, FACETS, limit) == counted.facets(wanted, FACETS, limit)
            assert asked.services(wanted, limit) == counted.services(wanted, limit)
            assert asked.counts(wanted) == counted.counts(wanted)
            assert asked.top_messages(wanted, limit, 50) == counted.top_messages(wanted, limit, 50)
            assert nearly(
                asked.percentiles(wanted, path, PERCENTS),
                counted.percentiles(wanted, path, PERCENTS),
            )
            for by in (None, "level", "service"):
                assert written(asked.histogram(wanted, interval, by)) == written(
                    counted.histogram(wanted, interval, by)
                )

    law()


def test_too_many_buckets_are_refused_by_both(elasticsearch_store: ElasticsearchDatabase) -> None:
    days = TimeRangeFilter(START, START + 3 * DAY)
    for aggregations in (
        elasticsearch_store.aggregations,
        ScannedAggregations(InMemoryDatabase()),
    ):
        with pytest.raises(InvalidQueryError, match="at most 1000"):
            aggregations.histogram(days, Interval.of("1s"), None)


@pytest.mark.parametrize(
    ("interval", "instants", "is_allowed"),
    [
        # So many buckets that Elasticsearch is asked for the span before.
        ("1s", [START, START + 900 * SECOND], True),
        ("1s", [START, START + 2 * DAY], False),
        # Few enough to ask for both at once: a day has 2,880 of them, and there may be 1,000.
        ("30s", [START, START + 900 * SECOND], True),
        ("30s", [START, START + DAY - 1], False),
        ("6h", [START, START + DAY - 1, START + 2 * DAY], True),
        ("6h", [], True),
    ],
)
def test_an_open_range_has_buckets_from_its_first_record_to_its_last(
    elasticsearch_store: ElasticsearchDatabase,
    interval: str,
    instants: list[int],
    is_allowed: bool,
) -> None:
    in_memory = InMemoryDatabase()
    for store in (elasticsearch_store, in_memory):
        store.append([entry(f"{at}", at=at) for at in instants])
    elasticsearch_store.refresh()
    asked = elasticsearch_store.aggregations
    counted = ScannedAggregations(in_memory)
    last = max(instants, default=START) - 1
    outcomes: list[str] = []
    for wanted in (EVERYTHING, TimeRangeFilter(START + 1, None), TimeRangeFilter(None, last)):
        found = []
        for aggregations in (asked, counted):
            try:
                histogram = aggregations.histogram(wanted, Interval.of(interval), "level")
                found.append(str(written(histogram)))
            except InvalidQueryError as error:
                found.append(str(error))
        assert found[0] == found[1]
        outcomes += found[:1]
    assert ("at most 1000" not in outcomes[0]) is is_allowed


@pytest.mark.parametrize("field", ["message", "metadata.", "metadata", "id", ""])
def test_other_fields_have_no_facet(field: str) -> None:
    with pytest.raises(InvalidQueryError, match="allowed are level, service, source_ip"):
        check_facet(field)
