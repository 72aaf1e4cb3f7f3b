"""How long a search waits for shards: those that are being started longer than those that are lost."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from elasticsearch import Elasticsearch

from app.stores.elasticsearch.until_whole import ShardsFailedError, until_whole

_ACTIVE = {"number_of_shards": 2, "active_primary_shards": 2}
_INACTIVE = {"number_of_shards": 2, "active_primary_shards": 1}


def told(
    index: Mapping[str, int], *, timed_out: bool, initializing: int = 0, pending: int = 0
) -> Mapping[str, Any]:
    """What the health of indices is said to be."""
    return {
        "timed_out": timed_out,
        "initializing_shards": initializing,
        "number_of_pending_tasks": pending,
        "indices": {"some-000001": _ACTIVE, "some-000002": index},
    }


_STARTED = told(_ACTIVE, timed_out=False)
_NEW = told(_INACTIVE, timed_out=False)
_STARTING = told(_INACTIVE, timed_out=True, initializing=1)
_QUEUED = told(_INACTIVE, timed_out=True, pending=3)
_LOST = told(_INACTIVE, timed_out=True)


class Health:
    """A cluster that says these of its health, one after the other."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers = list(answers)
        self.cluster = self

    def options(self, **_: Any) -> "Health":
        return self

    def health(self, **_: Any) -> Mapping[str, Any]:
        return self.answers.pop(0)

    def search(self) -> str:
        """Whole as soon as the health has told of all there is to tell."""
        if self.answers:
            raise ShardsFailedError("a shard did not answer")
        return "whole"

    def asked(self, timeout: float = 60.0) -> str:
        return until_whole(self.search, cast("Elasticsearch", self), ["some"], timeout)


@pytest.mark.parametrize("waiting", [_STARTING, _QUEUED, _NEW])
def test_shards_that_are_being_started_are_waited_for_until_they_have(
    waiting: Mapping[str, Any],
) -> None:
    assert Health(waiting, waiting, waiting, waiting, _STARTED).asked() == "whole"


def test_they_are_waited_for_as_long_as_the_search_may_take_at_most() -> None:
    health = Health(_STARTING, _STARTING, _STARTED)

    with pytest.raises(ShardsFailedError):
        health.asked(timeout=0.0)

    assert len(health.answers) == 2


def test_shards_that_no_node_has_are_not_waited_for_again() -> None:
    health = Health(_LOST, _LOST, _STARTED)

    with pytest.raises(ShardsFailedError):
        health.asked()

    assert len(health.answers) == 2


def test_shards_that_fail_though_they_have_started_are_tried_a_few_times() -> None:
    health = Health(*[_STARTED] * 10)

    with pytest.raises(ShardsFailedError):
        health.asked()

    assert len(health.answers) == 7
