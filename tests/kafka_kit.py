"""What a broker of the tests is made of, in the cache folder; fetched and prepared once."""

import dataclasses
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from app.engine.fetch import fetch_jars, from_repository
from app.engine.jars import KAFKA_LOCK, KAFKA_VERSION, read_lock
from app.engine.locks import locked
from app.engine.provision import provision
from app.engine.report import Report
from app.engine.tether import tethered
from app.settings import Settings
from tests.engine.eventually import DEADLINE, eventually
from tests.node import free_port

_CLUSTER_ID = "bG9nZmVlZC1sb2dmZWVkLQ"
_HEAP = "320m"


@dataclasses.dataclass(frozen=True)
class Kit:
    """The parts of a broker.

    Attributes:
        jars: the folder of the jars.
        formatted: the data folder of a broker that was never started; it holds no address.
        archive: the classes that a start loads, ready to map; it halves the work of a start.
    """

    java: Path
    jars: Path

    @property
    def formatted(self) -> Path:
        return self.jars / "formatted"

    @property
    def archive(self) -> Path:
        return self.jars / "classes.jsa"

    def command(self, properties: Path, *options: str) -> list[str]:
        """Runs the broker that ``properties`` describe."""
        return [*self._java(*options), "kafka.Kafka", str(properties)]

    def format_command(self, properties: Path) -> list[str]:
        """Formats the data folder that ``properties`` name."""
        tool = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(properties)]
        return [*self._java(), *tool]

    def _java(self, *options: str) -> list[str]:
        usual = [f"-Xms{_HEAP}", f"-Xmx{_HEAP}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [str(self.java), *usual, *options, "-cp", f"{self.jars}/*"]


@dataclasses.dataclass(frozen=True)
class Ports:
    """Where a broker listens on loopback: for clients, and for itself as its controller."""

    clients: int = dataclasses.field(default_factory=free_port)
    controller: int = dataclasses.field(default_factory=free_port)

    @property
    def servers(self) -> str:
        """The address, as clients take it."""
        return f"127.0.0.1:{self.clients}"


def kit() -> Kit:
    """The parts; whoever comes first makes them, and the others wait."""
    cache_dir = Settings.from_env().cache_dir
    java = provision(cache_dir, Report()).java_home / "bin" / "java"
    made = Kit(java, cache_dir / f"kafka-{KAFKA_VERSION}")
    with locked(cache_dir / "fetch.lock", when_taken=lambda: None):
        _fetch(made)
        if not made.formatted.is_dir():
            _format(made)
        if not made.archive.is_file():
            _archive(made)
    return made


def write_properties(
    path: Path, data: Path, ports: Ports, further: Mapping[str, str] | None = None
) -> None:
    """The settings of a broker that is its own controller."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{ports.controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{ports.servers},CONTROLLER://127.0.0.1:{ports.controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        **(further or {}),
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    path.write_text("".join(lines), encoding="ascii")


def answers(servers: str) -> bool:
    """Whether a client gets an answer."""
    try:
        # It tries to connect again and again meanwhile, and answers as soon as it may.
        admin = AdminClient(
            {"bootstrap.servers": servers, "reconnect.backoff.max.ms": 500, "log_level": 0}
        )
        return bool(admin.list_topics(timeout=5.0).brokers)
    except KafkaException:
        return False


def _fetch(kit: Kit) -> None:
    jars = read_lock(KAFKA_LOCK)
    if {path.name for path in kit.jars.glob("*.jar")} == {jar.file_name for jar in jars}:
        return
    staged = kit.jars.with_name(f"{kit.jars.name}.partial")
    fetched, repository = staged / "jars", staged / "repository"
    fetched.mkdir(parents=True, exist_ok=True)
    fetch_jars(jars, fetched, Report(), from_repository(repository), what="Kafka")
    shutil.rmtree(kit.jars, ignore_errors=True)
    fetched.rename(kit.jars)
    shutil.rmtree(staged, ignore_errors=True)


def _format(kit: Kit) -> None:
    with tempfile.TemporaryDirectory(dir=kit.jars) as folder:
        properties, data = Path(folder) / "server.properties", Path(folder) / "data"
        write_properties(properties, data, Ports())
        command = kit.format_command(properties)
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        data.rename(kit.formatted)


def _archive(kit: Kit) -> None:
    """Start a broker and end it in peace: only then Java writes down what it has loaded."""
    with tempfile.TemporaryDirectory(dir=kit.jars) as folder:
        properties, data = Path(folder) / "server.properties", Path(folder) / "data"
        ports, archive = Ports(), Path(folder) / "classes.jsa"
        shutil.copytree(kit.formatted, data)
        write_properties(properties, data, ports)
        command = kit.command(properties, f"-XX:ArchiveClassesAtExit={archive}")
        with (Path(folder) / "output").open("wb") as output:
            process = subprocess.Popen(tethered(command), stdout=output, stderr=output)
        try:
            eventually(lambda: answers(ports.servers) or process.poll() is not None, "it answers")
            process.terminate()
            process.wait(DEADLINE)
        finally:
            process.kill()
        if archive.is_file():
            archive.rename(kit.archive)
