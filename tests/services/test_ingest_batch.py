"""Batches: one outcome a record, in order, and no fate depends on a neighbour's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.draft import Draft, Malformed
from app.domain.errors import StoreUnavailableError
from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome, Status
from app.services.log_feeding import LogFeedingService
from app.services.pipeline.chain import FilterChain
from app.services.pipeline.identification import Identify
from tests.builders import draft, entry
from tests.fakes import CountingIds, FakeClock, FlakyDatabase
from tests.services.bench import Bench

#: A record of every fate, with the outcome that it gets.
FATES: list[tuple[Draft | Malformed | Mapping[str, Any], Outcome]] = [
    (draft("new"), Outcome.created("new")),
    (draft("old"), Outcome.duplicate("old")),
    (draft(level=LogLevel.DEBUG), Outcome.dropped("min_level")),
    (draft("bad", message=""), Outcome.rejected("must not be empty", field="message", id="bad")),
    (Malformed("no text", "service", "x"), Outcome.rejected("no text", field="service", id="x")),
    ({"level": LogLevel.INFO, "message": "m"}, Outcome.rejected("must be given", field="service")),
    (
        {"level": LogLevel.INFO, "message": "m", "service": "s", "id": "mapped"},
        Outcome.created("mapped"),
    ),
]  # fmt: skip


def test_each_record_has_its_own_outcome_in_order(bench: Bench) -> None:
    bench.store.append([entry("old")])

    outcomes = bench.service.ingest_batch([record for record, _ in FATES])

    assert outcomes == [outcome for _, outcome in FATES]


@given(st.permutations(FATES))
def test_the_order_of_the_records_does_not_matter(fates: list[Any]) -> None:
    bench = Bench()
    bench.store.append([entry("old")])

    outcomes = bench.service.ingest_batch([record for record, _ in fates])

    assert outcomes == [outcome for _, outcome in fates]
    assert bench.service.get_stats().total == 3


def test_what_is_created_can_be_read(bench: Bench) -> None:
    bench.service.ingest_batch([draft("1"), draft("2", message=""), draft("3")])

    assert bench.service.get_log("1") == entry("1")
    assert bench.service.get_log("2") is None
    assert bench.service.get_log("3") == entry("3")


def test_an_id_twice_in_one_batch_is_stored_once(bench: Bench) -> None:
    outcomes = bench.service.ingest_batch(
        [draft("1", message="first"), draft("1", message="second")]
    )

    assert outcomes == [Outcome.created("1"), Outcome.duplicate("1")]
    assert bench.service.get_log("1") == entry("1", message="first")


def test_an_empty_batch_has_no_outcomes(bench: Bench) -> None:
    assert bench.service.ingest_batch([]) == []
    assert bench.store.streams == []


def test_a_batch_without_a_storable_record_does_not_bother_the_store(bench: Bench) -> None:
    bench.service.ingest_batch([draft(message=""), draft(level=LogLevel.DEBUG)])

    assert bench.store.streams == []


def test_the_stream_goes_to_the_store(bench: Bench) -> None:
    bench.service.ingest_batch([draft()])
    bench.service.ingest_batch([draft()], "imported")

    assert bench.store.streams == ["default", "imported"]


def test_while_the_store_is_away_storable_records_fail_and_the_others_do_not(bench: Bench) -> None:
    bench.store.is_away = True

    outcomes = bench.service.ingest_batch([draft("1"), draft("2", message="")])

    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.REJECTED]


def test_while_no_id_can_be_made_records_with_an_id_are_stored(bench: Bench) -> None:
    bench.ids.is_away = True

    outcomes = bench.service.ingest_batch([draft(), draft("mine")])

    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.CREATED]


def test_the_observer_is_told_every_batch_once(bench: Bench) -> None:
    bench.service.ingest_batch([draft("1"), draft("2", message="")])
    bench.service.ingest_log(LogLevel.DEBUG, "m", "s")

    assert bench.observed == [
        [Outcome.created("1"), Outcome.rejected("must not be empty", field="message", id="2")],
        [Outcome.dropped("min_level")],
    ]


def test_an_observer_that_fails_does_not_fail_the_write() -> None:
    def fail(outcomes: Sequence[Outcome]) -> None:
        raise RuntimeError("the alert rules are broken")

    store, ids = FlakyDatabase(), CountingIds()
    service = LogFeedingService(store, FilterChain([Identify(ids, FakeClock())]), ids, fail)

    assert service.ingest_batch([draft("1")]) == [Outcome.created("1")]
    assert store.records.get("1") == entry("1")


@pytest.mark.parametrize(
    "ask",
    [
        lambda service: service.get_log("1"),
        lambda service: service.search(),
        lambda service: service.get_logs_by_level(LogLevel.ERROR),
        lambda service: service.get_stats(),
        lambda service: service.refresh(),
    ],
    ids=["get", "search", "by level", "stats", "refresh"],
)
def test_questions_to_a_store_that_is_away_raise(
    bench: Bench, ask: Callable[[LogFeedingService], object]
) -> None:
    bench.store.is_away = True

    with pytest.raises(StoreUnavailableError):
        ask(bench.service)
