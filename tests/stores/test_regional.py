"""The stores around a region's own: writes that only the master takes, reads that fall back."""

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.outcomes import Status
from app.domain.query import Query
from app.domain.served_by import served_by
from app.stores.master_gate import MasterGate
from app.stores.near_far import NearThenFar
from tests.builders import entry
from tests.fakes import FlakyDatabase


def test_a_follower_takes_nothing_and_names_the_master() -> None:
    store = FlakyDatabase()
    gate = MasterGate(store, "eu", lambda: "us")

    (outcome,) = gate.append([entry("1")])

    assert outcome.status is Status.FAILED
    assert outcome.reason == "the region eu takes no writes, it follows us: send them to us"
    assert store.get("1") is None
    assert "reads only, the master is us" in gate.health().detail


def test_the_master_takes_writes_from_the_moment_on_that_it_is_the_master() -> None:
    master = "us"
    gate = MasterGate(FlakyDatabase(), "eu", lambda: master)
    gate.append([entry("1")])

    master = "eu"
    (outcome,) = gate.append([entry("1")])

    assert outcome.status is Status.CREATED
    assert gate.search(Query()).total == 1


def test_reads_prefer_the_near_store_and_fall_back_to_a_far_one() -> None:
    near, far = FlakyDatabase(), FlakyDatabase()
    store = NearThenFar("eu", near, {"us": far})
    near.append([entry("1")])
    far.append([entry("2")])
    at_first = (store.get("1") is not None, served_by.get())

    near.is_away = True
    meanwhile = (store.get("2") is not None, served_by.get())

    assert (at_first, meanwhile) == ((True, "eu"), (True, "us"))
    assert store.search(Query()).total == 1
    assert store.health().detail == "eu: away; searches are answered by us"


def test_a_store_that_did_not_answer_is_asked_last_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.stores.nearest_first._REST_SECONDS", 3_600.0)
    near, far = FlakyDatabase(), FlakyDatabase()
    store = NearThenFar("eu", near, {"us": far})
    near.fails_unannounced = True
    store.search(Query())
    near.fails_unannounced = False

    store.search(Query())

    assert (near.reads, far.reads) == (0, 2)


def test_where_no_region_answers_the_near_one_says_why() -> None:
    near, far = FlakyDatabase(), FlakyDatabase()
    near.is_away = far.is_away = True

    with pytest.raises(StoreUnavailableError):
        NearThenFar("eu", near, {"us": far}).search(Query())
