"""A real Kafka broker in KRaft mode on loopback, which can be killed, paused and started again."""

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from app.engine.fetch import fetch_jars, from_repository
from app.engine.jars import KAFKA_LOCK, KAFKA_VERSION, read_lock
from app.engine.locks import locked
from app.engine.provision import provision
from app.engine.report import Report
from app.engine.tether import tethered
from app.settings import Settings
from tests.engine.eventually import eventually
from tests.node import free_port

_CLUSTER_ID = "bG9nZmVlZC1sb2dmZWVkLQ"
_HEAP = "320m"
_ROLES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
}


class Broker:
    """One broker that is its own controller.

    Args:
        folder: of its data; it may be started there again after it was killed.

    Attributes:
        servers: its address, as clients take it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._java, self._jars, formatted = _installed()
        self._properties = folder / "server.properties"
        self._output = folder / "output.log"
        self._process: subprocess.Popen[bytes] | None = None
        port, controller = free_port(), free_port()
        self.servers = f"127.0.0.1:{port}"
        settings = _ROLES | {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "log.dirs": str(folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            # A broker that was killed may register again, a member that was killed be forgotten, and a
            # first one have its partitions, sooner than by the defaults.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
        }
        _write(self._properties, settings)
        shutil.copytree(formatted, folder / "data", dirs_exist_ok=True)

    def start(self) -> None:
        """Start it, for the first time or again, and return when it answers."""
        command = _java_command(self._java, self._jars, _HEAP)
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                tethered([*command, "kafka.Kafka", str(self._properties)]),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(lambda: self.answers() or self.has_ended(), "the broker answers")
        assert not self.has_ended(), self._output.read_text(errors="replace")[-2000:]

    def answers(self) -> bool:
        """Whether a client gets an answer."""
        try:
            admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
            return bool(admin.list_topics(timeout=1.0).brokers)
        except KafkaException:
            return False

    def has_ended(self) -> bool:
        """Whether its process does not run."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """kill -9, and wait until it is gone; harmless if it is already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """SIGSTOP: its connections stay, and it says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        psutil.Process(self._process.pid).send_signal(number)


@contextlib.contextmanager
def broker_in(folder: Path) -> Iterator[Broker]:
    """A broker that answers, and of which nothing runs afterwards."""
    broker = Broker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def _installed() -> tuple[Path, Path, Path]:
    """Java, the folder of the broker's jars, and a formatted data folder, in the cache; made once."""
    cache_dir = Settings.from_env().cache_dir
    report = Report()
    java = provision(cache_dir, report).java_home / "bin" / "java"
    home = cache_dir / f"kafka-{KAFKA_VERSION}"
    formatted = home / "formatted"
    jars = read_lock(KAFKA_LOCK)
    with locked(cache_dir / "fetch.lock", when_taken=lambda: None):
        if {path.name for path in home.glob("*.jar")} != {jar.file_name for jar in jars}:
            staged = home.with_name(f"{home.name}.partial")
            fetched, repository = staged / "jars", staged / "repository"
            fetched.mkdir(parents=True, exist_ok=True)
            fetch_jars(jars, fetched, report, from_repository(repository), what="Kafka")
            shutil.rmtree(home, ignore_errors=True)
            fetched.rename(home)
            shutil.rmtree(staged, ignore_errors=True)
        if not formatted.is_dir():
            _format(java, home, formatted)
    return java, home, formatted


def _format(java: Path, jars: Path, folder: Path) -> None:
    """Make the data folder of a broker that was never started; it holds no address."""
    staged = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    properties = folder.with_name("format.properties")
    settings = _ROLES | {
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "listeners": "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
        "log.dirs": str(staged),
    }
    _write(properties, settings)
    command = [*_java_command(java, jars, "64m"), "kafka.tools.StorageTool", "format"]
    command += ["-t", _CLUSTER_ID, "-c", str(properties)]
    done = subprocess.run(command, cwd=jars, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    staged.rename(folder)


def _write(properties: Path, settings: Mapping[str, str]) -> None:
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    properties.write_text("".join(lines), encoding="ascii")


def _java_command(java: Path, jars: Path, heap: str) -> list[str]:
    options = [f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [str(java), *options, "-cp", f"{jars}/*"]
