"""A search that met an index which was coming or going is tried again until it is whole."""

from typing import Any

import pytest

from app.domain.filters import EVERYTHING
from app.domain.sharding import TimeBasedSharding
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lookup import find_document
from app.stores.elasticsearch.searching import Searcher
from app.stores.elasticsearch.until_whole import ShardsFailedError, until_whole
from tests.builders import entry
from tests.stores.elasticsearch.reading import reading

pytestmark = pytest.mark.es


@pytest.fixture
def waiting(client: Client, indices: Indices, es_prefix: str) -> str:
    """An index whose shards have no node to be on."""
    name = f"{es_prefix}-default-2001.01.01-000001"
    indices.install_templates()
    client.indices.create(
        index=name,
        aliases={name.rpartition("-")[0]: {"is_write_index": True}},
        settings={"index.routing.allocation.require._name": "none"},
        wait_for_active_shards="0",
    )
    indices.forget()
    return name


def let_start(client: Client, waiting: str) -> None:
    setting = {"index.routing.allocation.require._name": None}
    client.indices.put_settings(index=waiting, settings=setting)
    client.cluster.health(index=waiting, wait_for_status="yellow")


def test_the_shards_of_an_index_that_has_just_come_are_waited_for(
    client: Client, indices: Indices, waiting: str
) -> None:
    searcher = Searcher(client, indices, TimeBasedSharding("day"), 30.0)
    tries: list[str] = []

    def search() -> str:
        """The shards may start when it has been tried twice."""
        tries.append("once")
        try:
            searcher.ask_undecoded(EVERYTHING, {"size": 0}, None)
        except ShardsFailedError:
            if len(tries) == 2:
                let_start(client, waiting)
            raise
        return "whole"

    assert until_whole(search, client, [waiting], 30.0) == "whole"


@pytest.mark.parametrize("is_alone", [True, False])
def test_shards_that_stay_away_make_an_answer_not_whole(
    client: Client, indices: Indices, waiting: str, is_alone: bool
) -> None:
    if not is_alone:
        reading(client, indices).put([(entry("1"), 1)])
    searcher = Searcher(client, indices, TimeBasedSharding("day"), 30.0)

    with pytest.raises(ShardsFailedError):
        searcher.ask(EVERYTHING, {"size": 0})
    with pytest.raises(ShardsFailedError):
        searcher.ask_undecoded(EVERYTHING, {"size": 0}, None)


def test_a_record_is_looked_for_by_its_id_when_the_shards_of_a_new_index_have_started(
    client: Client, indices: Indices, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    mget = client.mget

    def watched(**arguments: Any) -> Any:
        asked.append("once")
        answer = mget(**arguments)
        if len(asked) == 2:
            let_start(client, waiting)
        return answer

    monkeypatch.setattr(client, "mget", watched)

    assert find_document(client, indices, "1") is None
    assert len(asked) > 2
