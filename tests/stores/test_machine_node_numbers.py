"""Node numbers by lock files: unique among the processes of one machine."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.ids import SnowflakeIDGenerator
from app.stores.machine_node_numbers import MachineNodeNumbers
from tests.builders import NOON_NS
from tests.fakes import FakeClock


def hold_a_number(folder: Path, report: Connection) -> None:
    """What the other process does: take a number, say which, and live until it is killed."""
    report.send(MachineNodeNumbers(folder).lease().number)
    report.recv()


def test_no_two_holders_have_one_number(tmp_path: Path) -> None:
    holders = [MachineNodeNumbers(tmp_path) for _ in range(20)]

    numbers = {holder.lease().number for holder in holders}

    assert len(numbers) == 20
    assert all(0 <= number < 1_024 for number in numbers)


def test_a_lease_has_no_end(tmp_path: Path) -> None:
    numbers = MachineNodeNumbers(tmp_path)
    lease = numbers.lease()

    assert lease.end_ms > NOON_NS
    assert numbers.renew(lease) == lease


def test_a_released_number_begins_after_the_last_millisecond_used(tmp_path: Path) -> None:
    numbers = MachineNodeNumbers(tmp_path)
    lease = numbers.lease()

    numbers.release(lease, last_ms=1_234)

    again = MachineNodeNumbers(tmp_path).lease()
    assert (again.number, again.first_ms) == (lease.number, 1_235)


def test_a_shorter_word_left_behind_replaces_a_longer_one(tmp_path: Path) -> None:
    numbers = MachineNodeNumbers(tmp_path)
    numbers.release(numbers.lease(), last_ms=99_999)
    numbers.release(numbers.lease(), last_ms=7)

    assert numbers.lease().first_ms == 8


def test_a_release_of_a_number_that_is_not_held_is_nothing(tmp_path: Path) -> None:
    lease = MachineNodeNumbers(tmp_path).lease()

    MachineNodeNumbers(tmp_path).release(lease, last_ms=5)

    assert MachineNodeNumbers(tmp_path).lease().number != lease.number


def test_ids_do_not_repeat_when_the_clock_went_back_between_two_holders(tmp_path: Path) -> None:
    clock = FakeClock()
    first = SnowflakeIDGenerator(MachineNodeNumbers(tmp_path), clock)
    made = [first.next_id() for _ in range(3)]
    first.close()

    clock.advance(hours=-1)
    second = SnowflakeIDGenerator(MachineNodeNumbers(tmp_path), clock)

    assert second.next_id() not in made
    assert second.next_id().startswith(f"{NOON_NS // 1_000_000 + 1}-")


def test_a_number_whose_file_holds_rubbish_can_still_be_used(tmp_path: Path) -> None:
    number = MachineNodeNumbers(tmp_path / "other").lease().number
    (tmp_path / str(number)).write_bytes(b"rubbish")

    lease = MachineNodeNumbers(tmp_path).lease()

    assert (lease.number, lease.first_ms) == (number, 0)


def test_where_all_numbers_are_held_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.machine_node_numbers.NODE_COUNT", 2)
    holders = [MachineNodeNumbers(tmp_path) for _ in range(3)]
    assert {holders[0].lease().number, holders[1].lease().number} == {0, 1}

    with pytest.raises(StoreUnavailableError, match="on this machine"):
        holders[2].lease()


def test_the_number_of_a_process_that_is_killed_is_free_again(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=hold_a_number, args=(tmp_path, theirs))
    process.start()
    held = ours.recv()
    meanwhile = MachineNodeNumbers(tmp_path).lease().number

    process.kill()
    process.join()

    assert meanwhile != held
    assert MachineNodeNumbers(tmp_path).lease().number == held


def test_by_default_the_lock_files_are_this_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    MachineNodeNumbers().lease()

    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("logfeed-nodes-")
    assert folder.stat().st_mode & 0o777 == 0o700
