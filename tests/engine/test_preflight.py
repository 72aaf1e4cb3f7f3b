"""What is looked at before anything is started; each refusal says what to do."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.engine.config import NodeConfig
from app.engine.errors import PreflightError
from app.engine.preflight import (
    check_cache_disk,
    check_disk,
    check_memory,
    check_port,
    data_folder,
)
from tests.engine.eventually import DEADLINE, eventually
from tests.node import free_port

MIB = 1024 * 1024


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", free_port())) as listening:
        yield listening


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def node(folder: Path, heap: str = "512m") -> NodeConfig:
    return NodeConfig(data_dir=folder / "data", cache_dir=folder / "cache", heap=heap)


def test_a_free_port_is_taken_as_it_is() -> None:
    check_port("127.0.0.1", free_port(), "LOGFEED_PORT")


def test_a_taken_port_is_refused(taken: socket.socket) -> None:
    port = port_of(taken)

    with pytest.raises(PreflightError) as refused:
        check_port("127.0.0.1", port, "LOGFEED_PORT")

    assert str(refused.value) == (
        f"Port {port} on 127.0.0.1 is taken by another program; "
        "stop that one, or choose another port with LOGFEED_PORT."
    )


def test_a_port_that_another_program_has_on_all_addresses_is_taken() -> None:
    with (
        socket.create_server(("0.0.0.0", 0)) as listening,  # noqa: S104
        pytest.raises(PreflightError, match="is taken by another program"),
    ):
        check_port("127.0.0.1", port_of(listening), "LOGFEED_PORT")


def test_a_taken_port_that_becomes_free_in_time_will_do(taken: socket.socket) -> None:
    port = port_of(taken)
    with pytest.raises(PreflightError):
        check_port("127.0.0.1", port, "LOGFEED_PORT")
    giving_up = threading.Thread(target=taken.close)
    giving_up.start()

    check_port("127.0.0.1", port, "LOGFEED_PORT", patience=DEADLINE)
    giving_up.join()


def test_an_address_of_no_machine_here_is_refused() -> None:
    with pytest.raises(PreflightError) as refused:
        check_port("192.0.2.1", 8080, "LOGFEED_PORT")

    assert str(refused.value) == (
        "Nobody can listen on port 8080 of 192.0.2.1 (Cannot assign requested address); "
        "choose another with LOGFEED_PORT."
    )


def test_memory_for_heap_and_overhead_is_enough(tmp_path: Path) -> None:
    check_memory(node(tmp_path, heap="1g"), available=1324 * MIB)


def test_too_little_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as refused:
        check_memory(node(tmp_path, heap="1g"), available=1324 * MIB - 1)

    assert str(refused.value) == (
        "Elasticsearch needs about 1324 MiB of memory and 1323 MiB are free; close other "
        "programs, or lower LOGFEED_ELASTICSEARCH_HEAP (now 1g)."
    )


def test_a_heap_too_small_to_start_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as refused:
        check_memory(node(tmp_path, heap="255m"), available=10_000 * MIB)

    assert str(refused.value) == (
        "A heap of 255m is too small for Elasticsearch; "
        "set LOGFEED_ELASTICSEARCH_HEAP to 256m or more."
    )


def test_the_smallest_heap_is_allowed(tmp_path: Path) -> None:
    check_memory(node(tmp_path, heap="256m"), available=10_000 * MIB)


def test_a_gibibyte_of_disk_is_enough(tmp_path: Path) -> None:
    check_disk(node(tmp_path), free=1024 * MIB)


def test_too_little_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as refused:
        check_disk(node(tmp_path), free=700 * MIB)

    assert str(refused.value) == (
        f"700 MiB are free on the disk of {tmp_path / 'data'} and Elasticsearch needs 1024 MiB "
        "to start; make room, or choose another folder with LOGFEED_DATA_DIR."
    )


def test_a_disk_too_full_for_what_is_fetched_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as refused:
        check_cache_disk(tmp_path, free=399 * MIB)

    assert str(refused.value) == (
        f"399 MiB are free on the disk of {tmp_path} and the first start fetches and unpacks up "
        "to 400 MiB; make room, or choose another folder with LOGFEED_CACHE_DIR."
    )


def test_the_data_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    with data_folder(tmp_path / "not" / "there"):
        assert (tmp_path / "not" / "there").is_dir()


def test_one_data_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        data_folder(tmp_path),
        pytest.raises(PreflightError) as refused,
        data_folder(tmp_path),
    ):
        pass

    assert str(refused.value) == (
        f"The data folder {tmp_path} is used by another Logfeed that runs now; "
        "stop that one, or choose another folder with LOGFEED_DATA_DIR."
    )


def test_a_data_folder_that_was_given_back_can_be_held_again(tmp_path: Path) -> None:
    with data_folder(tmp_path) as was_killed:
        assert not was_killed

    with data_folder(tmp_path) as was_killed:
        assert not was_killed


def test_the_next_holder_learns_that_the_one_before_was_killed(tmp_path: Path) -> None:
    code = """
import signal, sys
from pathlib import Path
from app.engine.preflight import data_folder
with data_folder(Path(sys.argv[1])):
    Path(sys.argv[1], "held").touch()
    signal.pause()
"""
    holder = psutil.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2]
    )
    eventually((tmp_path / "held").exists, "the folder is held")
    with pytest.raises(PreflightError), data_folder(tmp_path):
        pass

    holder.kill()
    holder.wait()

    with data_folder(tmp_path) as was_killed:
        assert was_killed
    with data_folder(tmp_path) as was_killed:
        assert not was_killed


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(PreflightError) as refused,
        data_folder(tmp_path / "file" / "data"),
    ):
        pass

    assert str(refused.value) == (
        f"The data folder {tmp_path / 'file' / 'data'} cannot be written (Not a directory); "
        "make it writable, or choose another with LOGFEED_DATA_DIR."
    )
