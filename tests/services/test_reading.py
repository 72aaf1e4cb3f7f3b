"""Finding records again."""

import pytest

from app.domain.errors import InvalidQueryError
from app.domain.filters import KeywordFilter, LevelFilter, ServiceFilter
from app.domain.levels import LogLevel
from app.domain.ports import Health
from app.domain.query import Stats
from app.services.log_feeding import LogFeedingService
from tests.builders import NOON, NOON_NS, SECOND, entry
from tests.services.bench import Bench


@pytest.fixture
def service(bench: Bench) -> LogFeedingService:
    """A service with five records, ``1`` the oldest."""
    kinds = [
        (LogLevel.INFO, "api", "started"),
        (LogLevel.ERROR, "api", "disk full"),
        (LogLevel.ERROR, "db", "disk full"),
        (LogLevel.WARNING, "db", "disk nearly full"),
        (LogLevel.ERROR, "api", "timeout"),
    ]
    bench.store.append(
        [
            entry(str(n), at=NOON_NS + n * SECOND, level=level, service=service, message=message)
            for n, (level, service, message) in enumerate(kinds, 1)
        ]
    )
    return bench.service


def test_a_search_gives_the_newest_first(service: LogFeedingService) -> None:
    page = service.search(KeywordFilter("disk full"))

    assert ([record.id for record in page.entries], page.total) == (["3", "2"], 2)


def test_a_search_can_be_turned_round_and_paged(service: LogFeedingService) -> None:
    page = service.search(limit=2, offset=1, newest_first=False)

    assert ([record.id for record in page.entries], page.total) == (["2", "3"], 5)


def test_a_search_beyond_what_is_allowed_is_refused(service: LogFeedingService) -> None:
    with pytest.raises(InvalidQueryError, match="limit"):
        service.search(limit=1_001)


def test_records_by_level_are_of_exactly_this_level(service: LogFeedingService) -> None:
    found = service.get_logs_by_level(LogLevel.ERROR)

    assert [record.id for record in found] == ["5", "3", "2"]
    assert [record.id for record in service.get_logs_by_level(LogLevel.ERROR, limit=1)] == ["5"]


def test_records_by_service(service: LogFeedingService) -> None:
    assert [record.id for record in service.get_logs_by_service("db")] == ["4", "3"]
    assert service.get_logs_by_service("unknown") == []


def test_an_id_that_is_not_there_gives_none(service: LogFeedingService) -> None:
    assert service.get_log("6") is None


def test_stats_count_by_level_and_service(service: LogFeedingService) -> None:
    assert service.get_stats() == Stats(
        total=5,
        by_level={LogLevel.INFO: 1, LogLevel.ERROR: 3, LogLevel.WARNING: 1},
        by_service={"api": 3, "db": 2},
        first=NOON.replace(second=1),
        last=NOON.replace(second=5),
    )


def test_stats_count_what_matches_all_filters(service: LogFeedingService) -> None:
    stats = service.get_stats(LevelFilter(LogLevel.ERROR), ServiceFilter("api"))

    assert (stats.total, stats.by_service) == (2, {"api": 2})


def test_health_is_that_of_the_store(bench: Bench) -> None:
    assert bench.service.health() == Health(is_ready=True, detail="here")

    bench.store.is_away = True
    assert bench.service.health() == Health(is_ready=False, detail="away")


def test_while_no_ids_can_be_made_the_service_is_not_ready(bench: Bench) -> None:
    bench.ids.is_away = True

    assert bench.service.health() == Health(is_ready=False, detail="no id can be made now")


def test_closing_gives_back_ids_and_store(bench: Bench) -> None:
    bench.service.close()

    assert (bench.ids.is_closed, bench.store.is_closed) == (True, True)
