"""Storage figures of records that went the whole way: service, write path, a real Elasticsearch."""

from pathlib import Path

import pytest

from app.domain.levels import LogLevel
from app.domain.ports import IMPORTED_STREAM
from app.services.storage import storage_figures
from app.settings import Settings
from app.stores.elasticsearch.client import Client
from app.wiring.clock import system_clock
from app.wiring.system import create_elasticsearch_system
from tests.builders import DAY, draft

pytestmark = pytest.mark.es


def test_what_was_stored_is_told_by_everything(
    client: Client, es_prefix: str, tmp_path: Path
) -> None:
    settings = Settings(
        index_prefix=es_prefix,
        data_dir=tmp_path,
        id_generator="uuid",
        volatile_log="allow",
        acknowledge_deadline=60.0,
    )
    now = system_clock()
    last_year = 1_735_732_800_000_000_000  # noon of 2025-01-01
    system = create_elasticsearch_system(settings, client)
    try:
        system.prepare()
        system.service.ingest_batch([draft(at=now, service="cart") for _ in range(3)])
        system.service.ingest_batch([draft(at=now, level=LogLevel.DEBUG, service="shop")])
        old = [draft(at=last_year + n * DAY, service="shop") for n in (0, 0, 1)]
        system.service.ingest_batch(old, IMPORTED_STREAM)
        system.service.refresh()

        figures = storage_figures(system.storage, now)
    finally:
        system.close()

    def documents(by: str) -> dict[str, int]:
        return {one.name: one.documents for one in figures.groups[by]}  # type: ignore[index]

    assert documents("stream") == {"default": 3, "debug": 1, "imported": 3}
    assert documents("tier") == {"hot": 7}
    assert documents("service") == {"cart": 3, "shop": 4}
    days = documents("day")
    assert (days["2025-01-01"], days["2025-01-02"]) == (2, 1)
    assert sum(days.values()) == 7
    assert figures.total.documents == 7
    assert figures.total.primary_bytes > 0
    imported = next(one for one in figures.groups["stream"] if one.name == "imported")
    assert abs((imported.oldest or 0) - last_year) < 1_000_000
    assert figures.room_bytes > 0
    assert figures.growth_days == 0
