"""The disk of the log takes no more: writes are refused with advice, and what was taken stays taken."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.driver import Driver, Record, driving, usual
from tests.faults.oracle import Oracle
from tests.gate import Gate, gate_to

pytestmark = pytest.mark.es

MIB = 1024 * 1024
#: What the log leaves free.
FLOOR = 256 * MIB
#: What it may take of the small disk.
ROOM = 24 * MIB

PATIENT = {"LOGFEED_ACKNOWLEDGE_DEADLINE": "0.5"}

#: Mounts a small disk on a folder that only the processes of one API see, and starts it.
NAMESPACES = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
MOUNT = 'mount -t tmpfs -o size={size} small "$0" && exec "$@"'


def test_files_may_not_grow_any_more(tmp_path: Path, es_url: str, es_prefix: str) -> None:
    with gate_to(es_url) as gate, api(tmp_path / "data", gate.url, es_prefix, **PATIENT) as served:
        served.start()
        with driving(served.url, tmp_path / "acknowledged", ack="accepted", make=large) as driver:
            driver.wait_for(50)
            # Not beyond a size, so that another file may be begun; then not by one byte.
            for limit in (MIB, 0):
                with files_limited(served, limit):
                    driver.wait_for_status(503, times=10)
                driver.wait_for(50)
            is_lossless(served, driver, gate, Oracle(es_url, es_prefix))


def test_a_small_disk_is_filled_up_and_emptied(tmp_path: Path, es_url: str, es_prefix: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    mount = [*namespace(data), "sh", "-c", MOUNT.format(size=FLOOR + ROOM), str(data)]
    with gate_to(es_url) as gate, api(data, gate.url, es_prefix, **PATIENT) as served:
        served.start(wrapper=mount)
        with driving(served.url, tmp_path / "acknowledged", ack="accepted", make=large) as driver:
            driver.wait_for(50)
            gate.shut()
            driver.wait_for_status(503, times=10)
            used = sum(path.stat().st_size for path in inside(served, data).rglob("*.wal"))
            assert ROOM * 3 // 4 < used <= ROOM, "that was not the disk"
            # Elasticsearch takes what waits, and there is room again.
            gate.open()
            driver.wait_for(200)
            # Somebody else fills the disk to its last byte.
            ballast = inside(served, data) / "ballast"
            fill(ballast)
            driver.wait_for_status(503, times=10)
            ballast.unlink()
            driver.wait_for(50)
            is_lossless(served, driver, gate, Oracle(es_url, es_prefix))


def large(number: int) -> Record:
    return usual(number) | {"message": f"{number} " + "x" * 20_000}


def is_lossless(served: Api, driver: Driver, gate: Gate, oracle: Oracle) -> None:
    """All that was acknowledged is there, and nothing that was refused waits for ever."""
    acknowledged = driver.stop()
    oracle.holds(acknowledged)
    assert driver.statuses.keys() == {202, 503}
    assert driver.hollow_refusals == 0, "a refusal without advice"
    eventually(lambda: served.pending() == 0, "nothing waits any more")
    oracle.holds_one_more(served.post([usual(0)]))


@contextlib.contextmanager
def files_limited(served: Api, size: int) -> Iterator[None]:
    """No process of the API can make a file larger than ``size`` meanwhile."""
    processes = served.processes()
    before = [process.rlimit(psutil.RLIMIT_FSIZE) for process in processes]
    for process, (_, hard) in zip(processes, before, strict=True):
        process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))
    yield
    for process, limits in zip(processes, before, strict=True):
        process.rlimit(psutil.RLIMIT_FSIZE, limits)


def namespace(folder: Path) -> list[str]:
    """The command that lets this user mount on ``folder``, seen by nobody else."""
    for command in NAMESPACES:
        trial = [*command, "sh", "-c", MOUNT.format(size=MIB), str(folder), "true"]
        if subprocess.run(trial, check=False, capture_output=True).returncode == 0:
            return command
    pytest.skip("this system lets this user mount nothing, not even for itself")


def inside(served: Api, folder: Path) -> Path:
    """``folder`` as the processes of the API see it."""
    process = served.processes()[-1].pid
    return Path(f"/proc/{process}/root{folder}")


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(MIB)):
            pass
