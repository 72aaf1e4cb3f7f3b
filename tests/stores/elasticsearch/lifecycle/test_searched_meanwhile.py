"""Searches go on: whatever is done to an index, each record is found, and found once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from app.domain.lifecycle import Tier
from app.stores.elasticsearch.until_whole import ShardsFailedError, until_whole
from tests.engine.eventually import eventually
from tests.stores.elasticsearch.lifecycle.corner import PATIENCE, Corner, expected, listed

pytestmark = pytest.mark.es


class Searches:
    """Searches of an alias, one after the other, and all answers that were not as they should be."""

    def __init__(self, client: Elasticsearch, alias: str, allowed: list[list[str]]) -> None:
        self._client = client
        self._alias = alias
        self._allowed = allowed
        self.wrong: list[object] = []
        self.count = 0

    def search(self) -> None:
        """Once, as patiently as the store does it."""
        try:
            found = until_whole(self._ids, self._client, [self._alias], PATIENCE)
        except (ApiError, ShardsFailedError) as error:
            self.wrong.append(error)
            return
        if found not in self._allowed:
            self.wrong.append(found)
        self.count += 1

    def go_on(self) -> None:
        """Return when it was searched some times more."""
        before = self.count
        eventually(lambda: self.count > before + 2, "it is searched")

    def _ids(self) -> list[str]:
        try:
            found = listed(self._client, self._alias)
            counted = self._client.count(index=self._alias)
        except NotFoundError as error:
            if [] in self._allowed:
                return []
            raise ShardsFailedError("an index was swapped under it") from error
        except ApiError as error:
            if error.status_code in {429, 503}:
                raise ShardsFailedError("an index has just come or gone") from error
            raise
        if counted["_shards"]["failed"]:
            raise ShardsFailedError(f"not every shard answered: {counted['_shards']}")
        if [counted["count"]] not in [[len(ids)] for ids in self._allowed]:
            self.wrong.append(counted)
        return found


@contextmanager
def searched(corner: Corner, *allowed: list[str]) -> Iterator[Searches]:
    """Search the partition in a loop of its own; only ``allowed`` may be found."""
    searches = Searches(corner.client, corner.alias(), list(allowed))
    ended = threading.Event()

    def loop() -> None:
        while not ended.is_set():
            searches.search()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield searches
    finally:
        ended.set()
        thread.join()


def test_while_an_index_goes_from_hot_to_the_archive(corner: Corner) -> None:
    name = corner.make(settings={"index.number_of_shards": 2})
    admin = corner.admin()

    with searched(corner, expected()) as searches:
        searches.go_on()
        admin.roll_over(corner.facts(name))
        admin.warm(corner.facts(name), replicas=0)
        corner.wait(61)
        searches.go_on()
        admin.clean_up(corner.facts(name))
        searches.go_on()
        admin.move(corner.facts(f"{name}-warm"), Tier.COLD, 0)
        admin.archive(corner.facts(f"{name}-warm"))
        searches.go_on()

    assert searches.wrong == []


def test_while_an_index_comes_back_from_the_archive(corner: Corner) -> None:
    name = corner.make()
    admin = corner.admin()
    admin.archive(corner.facts(name))
    admin.delete(corner.facts(name))

    with searched(corner, [], expected()) as searches:
        admin.restore(f"{name}-001", 2_000_000_000_000_000_000)
        searches.go_on()

    assert searches.wrong == []
    assert corner.ids() == expected()
