"""One master takes all writes, its followers follow in the same order."""

from app.domain.filters import EVERYTHING
from app.domain.outcomes import Outcome, Status
from app.stores.replicated import MasterSlaveReplication
from tests.builders import entry
from tests.fakes import FlakyDatabase


def test_a_follower_that_is_away_does_not_hold_up_writes() -> None:
    master, here, away = (FlakyDatabase() for _ in range(3))
    replication = MasterSlaveReplication(master, [here, away])
    away.is_away = True

    outcomes = replication.write([entry("1")], "default")

    assert outcomes == [Outcome.created("1")]
    assert (here.records.get("1"), away.records.get("1")) == (entry("1"), None)
    assert replication.lag() == [0, 1]


def test_what_a_follower_missed_is_delivered_with_the_next_write() -> None:
    master, follower = FlakyDatabase(), FlakyDatabase()
    replication = MasterSlaveReplication(master, [follower])
    follower.is_away = True
    replication.write([entry("1")], "imported")
    follower.is_away = False

    replication.write([entry("2")], "default")

    assert [record.id for record in follower.records.matching(EVERYTHING)] == ["1", "2"]
    assert follower.streams == ["imported", "default"]
    assert replication.lag() == [0]


def test_synchronising_says_how_many_records_were_copied() -> None:
    master, follower = FlakyDatabase(), FlakyDatabase()
    replication = MasterSlaveReplication(master, [follower])
    follower.is_away = True
    replication.write([entry("1"), entry("2")], "default")
    follower.is_away = False

    assert [replication.synchronise(), replication.synchronise()] == [2, 0]


def test_a_master_that_is_away_fails_writes_but_not_reads() -> None:
    master, follower = FlakyDatabase(), FlakyDatabase()
    replication = MasterSlaveReplication(master, [follower])
    replication.write([entry("1")], "default")
    master.is_away = True

    outcomes = replication.write([entry("2")], "default")

    assert outcomes[0].status is Status.FAILED
    assert [replication.reader() for _ in range(3)] == [follower] * 3


def test_only_what_the_master_created_is_passed_on() -> None:
    master, follower = FlakyDatabase(), FlakyDatabase()
    replication = MasterSlaveReplication(master, [follower])
    replication.write([entry("1", message="first")], "default")

    replication.write([entry("1", message="second")], "default")

    assert follower.records.get("1") == entry("1", message="first")
    assert follower.streams == ["default"]


def test_a_master_without_followers_is_enough() -> None:
    master = FlakyDatabase()
    replication = MasterSlaveReplication(master, [])

    assert replication.write([entry("1")], "default") == [Outcome.created("1")]
    assert replication.reader() is master
    assert list(replication.copies) == [master]
