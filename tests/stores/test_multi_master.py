"""Every master takes writes and passes them on to all the others."""

from concurrent.futures import ThreadPoolExecutor

from app.domain.filters import EVERYTHING
from app.domain.outcomes import Outcome
from app.stores.replicated import MultiMasterReplication, ReplicatedDatabase
from tests.builders import entry
from tests.fakes import FlakyDatabase


def ids_of(master: FlakyDatabase) -> list[str]:
    return [record.id for record in master.records.matching(EVERYTHING)]


def test_a_master_that_is_away_does_not_fail_writes() -> None:
    masters = [FlakyDatabase() for _ in range(3)]
    replication = MultiMasterReplication(masters)
    masters[0].is_away = True

    outcomes = [replication.write([entry(str(n))], "default")[0] for n in range(4)]

    assert outcomes == [Outcome.created(str(n)) for n in range(4)]
    assert [ids_of(master) for master in masters] == [
        [],
        ["0", "1", "2", "3"],
        ["0", "1", "2", "3"],
    ]


def test_what_a_master_missed_it_gets_before_it_takes_writes_again() -> None:
    masters = [FlakyDatabase() for _ in range(2)]
    replication = MultiMasterReplication(masters)
    masters[0].is_away = True
    replication.write([entry("1", message="first")], "default")
    masters[0].is_away, masters[1].is_away = False, True

    outcomes = replication.write([entry("1", message="second")], "default")

    assert outcomes == [Outcome.duplicate("1")]
    assert masters[0].records.get("1") == entry("1", message="first")


def test_synchronising_says_how_many_records_were_copied() -> None:
    masters = [FlakyDatabase() for _ in range(3)]
    replication = MultiMasterReplication(masters)
    masters[1].is_away = masters[2].is_away = True
    replication.write([entry("1"), entry("2")], "default")
    masters[1].is_away = masters[2].is_away = False

    assert [replication.synchronise(), replication.synchronise()] == [4, 0]


def test_threads_that_write_at_once_leave_all_masters_the_same() -> None:
    masters = [FlakyDatabase() for _ in range(3)]
    store = ReplicatedDatabase(MultiMasterReplication(masters))

    with ThreadPoolExecutor(6) as threads:
        written = list(threads.map(lambda n: store.append([entry(str(n % 100))])[0], range(300)))

    assert sum(outcome == Outcome.created(outcome.id or "") for outcome in written) == 100
    assert ids_of(masters[0]) == ids_of(masters[1]) == ids_of(masters[2])
    assert len(ids_of(masters[0])) == 100
