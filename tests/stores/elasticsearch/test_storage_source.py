"""What Elasticsearch tells of services, days and disks."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from app.domain.disks import DataNode, Watermark
from app.domain.lifecycle import ClusterFacts
from app.domain.storage import OTHER_SERVICES, Spread
from app.stores.elasticsearch import storage_source
from app.stores.elasticsearch.disks import parse_watermarks
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.storage_source import ElasticsearchStorageSource
from tests.builders import DAY, HOUR, NOON_NS

GB = 2**30
MIDNIGHT = NOON_NS - 12 * HOUR
MARK = "cluster.routing.allocation.disk.watermark"


@pytest.fixture
def source(client: Elasticsearch) -> ElasticsearchStorageSource:
    return ElasticsearchStorageSource(client, lambda: ClusterFacts(0))


@pytest.fixture
def year(client: Elasticsearch, indices: Indices, es_prefix: str) -> str:
    """An index of three services, two days and four records."""
    name = f"{es_prefix}-imported-2026-000001"
    indices.create(name)
    for service, time in (
        ("cart", "2026-11-23T23:59:59.999999999Z"),
        ("cart", "2026-11-24T00:00:00.123456789Z"),
        ("cart", "2026-11-24T12:00:00.000Z"),
        ("shop", "2026-11-24T12:00:00.000Z"),
    ):
        client.index(index=name, document={"service": service, "timestamp": time})
    client.indices.refresh(index=name)
    return name


@pytest.mark.es
def test_records_are_counted_by_service(source: ElasticsearchStorageSource, year: str) -> None:
    assert source.by_service([year, "no-such-index"]) == {
        year: {
            "cart": Spread(3, MIDNIGHT - 1_000_000, NOON_NS),
            "shop": Spread(1, NOON_NS, NOON_NS),
        }
    }


@pytest.mark.es
def test_records_are_counted_by_day(source: ElasticsearchStorageSource, year: str) -> None:
    assert source.by_day([year])[year] == {
        "2026-11-23": Spread(1, MIDNIGHT - 1_000_000, MIDNIGHT - 1_000_000),
        "2026-11-24": Spread(3, MIDNIGHT + 123_000_000, NOON_NS),
    }


@pytest.mark.es
def test_services_beyond_the_most_are_summed_up(
    source: ElasticsearchStorageSource, year: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouping: dict[str, Any] = {"terms": {"field": "service", "size": 1}}
    monkeypatch.setitem(storage_source._BY_SERVICE, "terms", grouping["terms"])  # noqa: SLF001

    spreads = source.by_service([year])[year]

    assert spreads["cart"].documents == 3
    assert spreads[OTHER_SERVICES].documents == 1


@pytest.mark.es
def test_many_indices_are_asked(
    source: ElasticsearchStorageSource, indices: Indices, es_prefix: str
) -> None:
    names = [f"{es_prefix}-default-2026.11.{day:02}-000001" for day in range(1, 4)]
    for name in names:
        indices.create(name)

    assert source.by_service([*names] * 20) == {name: {} for name in names}


@pytest.mark.es
def test_the_disk_of_the_node_is_known_and_the_default_watermarks(
    source: ElasticsearchStorageSource,
) -> None:
    (node,), watermarks = source.disks()

    assert 0 < node.free_bytes < node.disk_bytes
    assert node.clock > NOON_NS - 10_000 * DAY
    assert watermarks.room_bytes([node]) == node.free_bytes - 750 * 2**20


@pytest.mark.parametrize(
    ("text", "headroom", "watermark"),
    [
        ("90%", "150GB", Watermark(0.9, 150 * GB)),
        ("90%", "-1", Watermark(0.9)),
        ("0.75", "-1", Watermark(0.75)),
        ("500gb", "-1", Watermark(None, 500 * GB)),
        ("1.5gb", "", Watermark(None, 3 * GB // 2)),
    ],
)
def test_watermarks_are_shares_or_bytes(text: str, headroom: str, watermark: Watermark) -> None:
    settings = {f"{MARK}.high": text, f"{MARK}.high.max_headroom": headroom}

    assert parse_watermarks(settings).high == watermark


@pytest.mark.parametrize(
    ("watermark", "disk", "free"),
    [
        (Watermark(0.9), 100 * GB, 10 * GB),
        (Watermark(0.9, 150 * GB), 10_000 * GB, 150 * GB),
        (Watermark(None, 5 * GB), 100 * GB, 5 * GB),
        (Watermark(), 100 * GB, 0),
    ],
)
def test_what_must_stay_free(watermark: Watermark, disk: int, free: int) -> None:
    assert watermark.must_stay_free(disk) == pytest.approx(free)
    assert watermark.is_crossed(DataNode("a", disk, free - 1))
    assert not watermark.is_crossed(DataNode("a", disk, round(free * 1.01)))
