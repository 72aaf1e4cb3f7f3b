"""A real Kafka broker in KRaft mode on loopback, which can be killed, paused and started again."""

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.engine.tether import tethered
from tests.engine.eventually import eventually
from tests.kafka_kit import Ports, answers, kit, write_properties

#: Neither a broker that was killed nor a member that was is waited for longer than a test bears.
_IMPATIENT = {
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
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
        parts, ports = kit(), Ports()
        properties = folder / "server.properties"
        write_properties(properties, folder / "data", ports, _IMPATIENT)
        shutil.copytree(parts.formatted, folder / "data")
        self.servers = ports.servers
        self._command = parts.command(properties, f"-XX:SharedArchiveFile={parts.archive}")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, for the first time or again, and return when it answers."""
        said = self._folder / "output.log"
        with said.open("ab") as output:
            self._process = subprocess.Popen(
                tethered(self._command),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(lambda: answers(self.servers) or self._has_ended(), "the broker answers")
        assert not self._has_ended(), said.read_text(encoding="utf-8", errors="replace")[-2000:]

    def kill(self) -> None:
        """kill -9, and wait until it is gone; harmless if it is already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """SIGSTOP: its connections stay, and it says nothing."""
        self._popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._popen.send_signal(signal.SIGCONT)

    def _has_ended(self) -> bool:
        return self._popen.poll() is not None

    @property
    def _popen(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process


@contextlib.contextmanager
def broker_in(folder: Path) -> Iterator[Broker]:
    """A broker that answers, and of which nothing runs afterwards."""
    broker = Broker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
