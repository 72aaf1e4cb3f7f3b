"""Figures by HTTP from a real Elasticsearch, through a real Redis."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.instants import ns_to_datetime
from app.domain.levels import LogLevel
from app.settings import Settings
from app.stores.elasticsearch import aggregations as es_aggregations
from app.stores.elasticsearch.aggregations import ElasticsearchAggregations
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.wiring.application import create_app
from app.wiring.system import System, create_system
from tests.builders import DAY, NOON_NS, SECOND
from tests.fakes import FakeClock
from tests.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.es


@dataclass
class Site:
    system: System
    client: FlaskClient
    redis: RedisServer
    clock: FakeClock
    es_url: str
    prefix: str

    def ingest(self, *instants: int, **fields: Any) -> None:
        for at in instants:
            record = {"level": LogLevel.INFO, "message": "paid", "service": "shop", **fields}
            outcome = self.system.service.ingest_batch([{**record, "timestamp": _time(at)}])[0]
            assert outcome.is_stored
        self.system.service.refresh()

    def ask(self, path: str) -> tuple[dict[str, Any], str]:
        answer = self.client.get(f"/api/v1/logs/{path}")
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json(), answer.headers["X-Cache"]


def _time(at: int) -> Any:
    return ns_to_datetime(at)


@pytest.fixture
def site(
    es_url: str, es_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    # A Redis that is slow, as the machine may be, would not be asked for a while.
    monkeypatch.setattr("app.stores.redis_cache._PATIENCE", 60.0)
    with redis_server(tmp_path) as redis:
        clock = FakeClock()
        settings = Settings(
            elasticsearch_url=es_url,
            index_prefix=es_prefix,
            data_dir=tmp_path / "data",
            redis_url=redis.url,
            cache_seconds=600.0,
            acknowledge_deadline=60.0,
            volatile_log="allow",
            node_number=1,
        )
        system = create_system(settings, clock)
        system.prepare()
        app = create_app(system.service, settings=settings, metrics=system.metrics, clock=clock)
        yield Site(system, app.test_client(), redis, clock, es_url, es_prefix)
        system.close()


def test_an_answer_is_cached_until_it_is_asked_fresh(site: Site) -> None:
    site.ingest(NOON_NS)

    assert [site.ask("stats")[1] for _ in range(3)] == ["miss", "hit", "hit"]
    site.ingest(NOON_NS)
    assert site.ask("stats")[0]["total"] == 1
    body, source = site.ask("stats?cache=false")
    assert (body["total"], source) == (2, "off")
    fresh = site.client.get("/api/v1/logs/stats", headers={"Cache-Control": "no-cache"})
    assert fresh.get_json()["total"] == 2
    metrics = site.client.get("/api/v1/metrics").get_json()["metrics"]
    assert metrics["cache_hit_ratio"] == 0.75


def test_an_index_that_is_new_makes_another_question(site: Site) -> None:
    site.ingest(NOON_NS)
    site.ask("services")

    site.ingest(NOON_NS - DAY)

    assert site.ask("services")[0]["services"][0]["records"] == 2


def test_a_saved_search_with_relative_times_is_cached_as_well(site: Site) -> None:
    site.ingest(NOON_NS)
    saved = {"parameters": {"start_time": "now-1h"}}
    assert site.client.put("/api/v1/searches/late", json=saved).status_code == 201

    sources = []
    for _ in range(3):
        sources.append(site.ask("stats?saved=late")[1])
        site.clock.advance(ms=1)

    assert sources == ["miss", "hit", "hit"]


def test_what_comes_while_a_histogram_is_made_is_in_no_wrong_bucket(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.ingest(*[NOON_NS - n * SECOND for n in range(60)])
    aggregate = ElasticsearchAggregations._aggregate  # noqa: SLF001 - between its two questions
    asked: list[object] = []

    def aggregate_slowly(self: Any, *question: Any) -> Any:
        found = aggregate(self, *question)
        asked.append(question)
        if len(asked) == 1:
            site.ingest(NOON_NS + 60 * SECOND, NOON_NS - 90 * SECOND)
        return found

    monkeypatch.setattr(ElasticsearchAggregations, "_aggregate", aggregate_slowly)
    body, _ = site.ask("histogram?cache=false")

    assert len(asked) == 2
    assert {bucket["count"] for bucket in body["buckets"]} == {1}
    assert body["total"] == 60


def test_closed_indices_are_cached_long(site: Site) -> None:
    site.ingest(NOON_NS - DAY)
    client = connect(ClusterAddress((site.es_url,)))
    ((name, _),) = client.indices.get_alias(index=f"{site.prefix}-default-*").body.items()
    alias = name.rpartition("-")[0]
    closed = {"add": {"index": name, "alias": alias, "is_write_index": False}}
    client.indices.update_aliases(actions=[closed])
    client.close()
    site.system.service.refresh()

    site.ask("facets?field=level")

    with site.redis.client() as redis:
        (key,) = redis.keys("*")
        assert redis.ttl(key) > 3_000


def test_a_trace_is_cached_as_well_and_read_where_redis_is_away(site: Site) -> None:
    site.ingest(NOON_NS, NOON_NS - DAY, trace_id="t-1")

    def ask() -> tuple[int, str]:
        answer = site.client.get("/api/v1/traces/t-1")
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()["trace"]["total"], answer.headers["X-Cache"]

    assert [ask() for _ in range(3)] == [(2, "miss"), (2, "hit"), (2, "hit")]
    site.redis.stop()

    assert ask() == (2, "miss")


def test_redis_away_is_slower_and_not_broken(site: Site) -> None:
    site.ingest(NOON_NS)
    site.ask("stats")

    site.redis.stop()

    assert [site.ask("stats")[0]["total"] for _ in range(3)] == [1, 1, 1]
    text = site.client.get("/metrics").get_data(as_text=True)
    assert 'logfeed_cache_failures_total{kind="connection"}' in text


def test_an_explanation_says_what_was_asked_and_what_was_skipped(site: Site) -> None:
    site.ingest(NOON_NS, NOON_NS - DAY)
    site.ask("stats")

    path = "stats?start_time=2026-11-24T00:00:00Z&service=shop&explain=true"
    made, again = site.ask(path)[0]["explain"], site.ask(path)[0]["explain"]
    search = site.client.get("/api/v1/logs?explain=true&service=shop").get_json()["explain"]

    assert made["indices"] == {
        "asked": [f"{site.prefix}-default-2026.11.24-000001"],
        "skipped": 1,
        "of": 2,
    }
    assert "{'term': {'service': 'shop'}}" in str(made["query"])
    assert made["shards"]["failed"] == 0 < made["shards"]["successful"]
    assert (made["cache"], again["cache"], again["shards"]["total"]) == ("miss", "hit", 0)
    assert (search["cache"], search["shards"]["successful"]) == ("off", 2)


def test_percentiles_of_very_many_values_are_estimated_and_say_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(es_aggregations, "MAX_DISTINCT", 500)
    monkeypatch.setattr(es_aggregations, "SAMPLED_VALUES", 500)
    batch = [
        {
            "level": LogLevel.INFO,
            "message": "paid",
            "service": "shop",
            "metadata": {"ms": n / 4},
        }
        for n in range(4_000)
    ]
    outcomes = site.system.service.ingest_batch(batch)
    assert all(outcome.is_stored for outcome in outcomes)
    site.system.service.refresh()

    body, _ = site.ask("percentiles?field=metadata.ms&percents=50")

    assert body["sampled"] is True
    assert 350 < body["percentiles"]["50"] < 650
    assert 2_000 < body["count"] < 6_000
