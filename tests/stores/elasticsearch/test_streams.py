"""Rules and services choose the indices that records lie in, and a search asks no others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from app.domain.errors import LogfeedError
from app.domain.filters import ServiceFilter, TimeRangeFilter
from app.domain.levels import LogLevel
from app.domain.outcomes import Status
from app.domain.query import Reach
from app.services.pipeline.time_window import MOVED
from app.settings import Settings, SettingsError
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.wiring.system import System, create_elasticsearch_system
from tests.builders import DAY, NOON_NS, draft
from tests.fakes import FakeClock

pytestmark = pytest.mark.es

#: Opens a system with these settings.
Open = Callable[..., System]


@pytest.fixture
def system(es_url: str, es_prefix: str, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_one(**settings: object) -> System:
            made = create_elasticsearch_system(
                Settings(
                    index_prefix=es_prefix,
                    data_dir=tmp_path,
                    node_number=1,
                    acknowledge_deadline=60.0,
                    **settings,  # type: ignore[arg-type]
                ),
                connect(ClusterAddress((es_url,))),
                FakeClock(),
            )
            stack.callback(made.close)
            made.prepare()
            return made

        yield open_one


def indices_of(client: Elasticsearch, prefix: str) -> set[str]:
    names = client.indices.get_alias(index=f"{prefix}-*-*-*")
    return {name.removeprefix(f"{prefix}-").removesuffix("-000001") for name in names}


def test_the_rules_of_the_policies_choose_the_stream_of_each_record(
    system: Open, client: Elasticsearch, es_prefix: str
) -> None:
    outcomes = system().service.ingest_batch(
        [
            draft("a", at=NOON_NS),
            draft("b", at=NOON_NS, level=LogLevel.DEBUG),
            draft("c", at=NOON_NS, metadata={"audit": True}),
        ]
    )

    assert {outcome.status for outcome in outcomes} == {Status.CREATED}
    assert indices_of(client, es_prefix) == {
        "default-2026.11.24",
        "debug-2026.11.24",
        "audit-2026.11",
    }


def test_a_policies_file_of_one_s_own_is_read(
    system: Open, client: Elasticsearch, es_prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "policies.yml"
    file.write_text("streams:\n  default:\n    period: week\n    delete_after: 30d\n")

    system(policies=str(file)).service.ingest_batch([draft("a", at=NOON_NS)])

    assert indices_of(client, es_prefix) == {"default-2026w48"}


def test_a_mistake_in_the_policies_is_told_with_its_line(system: Open, tmp_path: Path) -> None:
    file = tmp_path / "policies.yml"
    file.write_text("streams:\n  default:\n    delete_after: soon\n")

    with pytest.raises(LogfeedError, match=r"policies\.yml, line 3.*delete_after"):
        system(policies=str(file))


def test_a_day_that_the_calendar_does_not_have_is_refused(system: Open) -> None:
    with pytest.raises(SettingsError, match="LOGFEED_PARTED_SINCE"):
        system(parted_since="2026-02-30", service_buckets=2)


@pytest.mark.parametrize(
    ("level", "age", "is_moved"),
    [
        (LogLevel.INFO, 29 * DAY, False),
        (LogLevel.INFO, 31 * DAY, True),
        (LogLevel.DEBUG, 2 * DAY, False),
        (LogLevel.DEBUG, 4 * DAY, True),
    ],
    ids=["default", "default, too old", "debug", "debug, too old"],
)
def test_a_record_older_than_its_stream_is_kept_is_moved_to_its_receipt(
    system: Open, level: LogLevel, age: int, is_moved: bool
) -> None:
    service = system().service
    service.ingest_batch([draft("a", level=level, at=NOON_NS - age)])

    record = service.get_log("a")

    assert record is not None
    assert (record.metadata.get(MOVED) is True) is is_moved


def test_a_dedicated_service_has_its_own_indices_and_a_search_for_it_asks_no_others(
    system: Open, client: Elasticsearch, es_prefix: str
) -> None:
    service = system(dedicated_services=("shop",), parted_since="2026-11-01").service
    service.ingest_batch(
        [
            draft("a", service="shop", at=NOON_NS),
            draft("b", service="search", at=NOON_NS),
            draft("c", service="search", at=NOON_NS - 2 * DAY),
        ]
    )
    service.refresh()

    assert "shop-2026.11.24" in indices_of(client, es_prefix)
    page = service.search(ServiceFilter("shop"))
    assert ([entry.id for entry in page.entries], page.reach) == (["a"], Reach(1, 2))
    assert service.search(TimeRangeFilter(start=NOON_NS - DAY)).reach == Reach(2, 1)


def test_what_a_service_sent_before_it_had_its_own_indices_is_still_found(system: Open) -> None:
    system().service.ingest_batch([draft("old", service="shop", at=NOON_NS - DAY)])
    service = system(dedicated_services=("shop",)).service
    service.ingest_batch([draft("new", service="shop", at=NOON_NS)])
    service.refresh()

    found = service.search(ServiceFilter("shop"))

    assert [entry.id for entry in found.entries] == ["new", "old"]
