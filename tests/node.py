"""The Elasticsearch node of a test run: one for all workers, started when first asked for.

Found in this order: ``LOGFEED_TEST_ELASTICSEARCH_URL``; a container, if a Docker engine answers;
the local node of ``app.engine``. A holder process (``python -m tests.node FOLDER OWNER``) keeps it
and ends with the test run, whichever way that ends.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from app.domain.errors import LogfeedError
from app.engine.config import NodeConfig
from app.engine.jars import ELASTICSEARCH_VERSION
from app.engine.launch import node_service
from app.engine.preflight import check_disk, check_memory
from app.engine.provision import provision
from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.engine.supervisor import Supervisor
from app.settings import Settings

ROOT = Path(__file__).parents[1]
IMAGE = f"elasticsearch:{ELASTICSEARCH_VERSION}"

#: With each look at its disk the node takes away what a test has blocked as if that were full.
_STEADY = {"cluster.info.update.interval": "1h"}

#: Kept so that nobody warns that they still run: the holder outlives the worker that starts it.
_holders: list[subprocess.Popen[bytes]] = []

#: Below those that Linux hands out by itself (from 32768 on): no connection and nobody who listens on
#: any port is ever given one of these, however long it takes until it is listened on, or is again.
_PORTS = range(20_000, 32_000)
#: The UDP ports of the same numbers, held so that no other process of this run chooses them too; those
#: of long ago are listened on by now, or of no use any more.
_chosen: deque[socket.socket] = deque()
_MOST_CHOSEN = 50


class NoNodeError(Exception):
    """No Elasticsearch can be had; the text says why."""


def free_port() -> int:
    """A port on loopback that nobody uses now, nor takes by chance."""
    while True:
        port = secrets.choice(_PORTS)
        held = socket.socket(type=socket.SOCK_DGRAM)
        try:
            held.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        _chosen.append(held)
        if len(_chosen) > _MOST_CHOSEN:
            _chosen.popleft().close()
        return port


def shared_node(folder: Path, owner: int) -> str:
    """The address of the node of this run, whose workers share ``folder``; ``owner`` runs them.

    Raises:
        NoNodeError: none can be had; asked again, the answer is the same.
    """
    given = os.environ.get("LOGFEED_TEST_ELASTICSEARCH_URL", "").rstrip("/")
    if given:
        return given
    outcome = folder / "outcome.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not outcome.exists():
            _start_holder(folder, owner)
    found: dict[str, str] = json.loads(outcome.read_text(encoding="utf-8"))
    if "url" not in found:
        raise NoNodeError(found["reason"])
    return found["url"]


def stop_shared_node(folder: Path) -> None:
    """Stop the node of this run, if it was started, and wait until it is gone."""
    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess):
        holder = psutil.Process(int((folder / "pid").read_text(encoding="ascii")))
        holder.send_signal(signal.SIGTERM)
        holder.wait(timeout=60)


def _start_holder(folder: Path, owner: int) -> None:
    with (folder / "holder.log").open("wb") as log:
        holder = subprocess.Popen(
            [sys.executable, "-m", "tests.node", str(folder), str(owner)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _holders.append(holder)
    (folder / "pid").write_text(str(holder.pid), encoding="ascii")
    changed = threading.Event()
    while not (folder / "outcome.json").exists():
        if holder.poll() is not None:
            said = (folder / "holder.log").read_text(encoding="utf-8", errors="replace")
            _tell(folder, reason=f"the node's holder ended: {said[-2000:]}")
        changed.wait(0.1)


def _tell(folder: Path, **outcome: str) -> None:
    scratch = folder / "outcome.part"
    scratch.write_text(json.dumps(outcome), encoding="utf-8")
    scratch.replace(folder / "outcome.json")


def hold(folder: Path, owner: int) -> None:
    """Start a node, tell its address in ``folder``, keep it until SIGTERM or ``owner`` is gone."""
    if _docker_answers():
        _hold_container(folder, owner)
        return
    try:
        with tempfile.TemporaryDirectory(prefix="logfeed-test-node-") as data:
            _hold_local(Path(data), folder, owner)
    except LogfeedError as error:
        _tell(folder, reason=str(error))


def _hold_local(data_dir: Path, folder: Path, owner: int) -> None:
    report = Report()
    config = NodeConfig(data_dir, Settings.from_env().cache_dir, free_port(), settings=_STEADY)
    check_memory(config)
    check_disk(config)
    service = node_service(provision(config.cache_dir, report), config, report)
    supervisor = Supervisor([service], report)
    with on_ending_signal(supervisor.stop), _told_at_the_end_of(owner, supervisor.stop):
        supervisor.run(lambda: _tell(folder, url=config.url))


def _hold_container(folder: Path, owner: int) -> None:
    # Imported here: it is slow, and needs a Docker engine to be of any use.
    from testcontainers.elasticsearch import ElasticSearchContainer  # noqa: PLC0415

    ended = threading.Event()
    with on_ending_signal(ended.set), _told_at_the_end_of(owner, ended.set):
        container = ElasticSearchContainer(IMAGE, mem_limit="2g")
        container.with_env("ES_JAVA_OPTS", "-Xms512m -Xmx512m")
        container.with_env("xpack.security.enabled", "false")
        container.with_env("action.auto_create_index", "false")
        for name, value in _STEADY.items():
            container.with_env(name, value)
        container.with_env("path.repo", "/tmp/snapshots")  # noqa: S108 -- inside the container
        with container:
            host, port = container.get_container_host_ip(), container.get_exposed_port(9200)
            _tell(folder, url=f"http://{host}:{port}")
            ended.wait()


@contextlib.contextmanager
def _told_at_the_end_of(process: int, call: Callable[[], None]) -> Iterator[None]:
    def watch() -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(process).wait()
        call()

    threading.Thread(target=watch, daemon=True).start()
    yield


def _docker_answers() -> bool:
    import docker  # type: ignore[import-untyped]  # noqa: PLC0415 -- comes with testcontainers

    try:
        with contextlib.closing(docker.from_env(timeout=3)) as client:
            return bool(client.ping())
    except (docker.errors.DockerException, OSError):
        return False


if __name__ == "__main__":
    hold(Path(sys.argv[1]), int(sys.argv[2]))
