"""A supervisor at work, as the tests of it need one."""

import contextlib
import threading
from collections.abc import Iterator, Sequence

from app.engine.errors import EngineError
from app.engine.supervisor import Patience, Service, Supervisor
from tests.engine.children import Spoken
from tests.engine.eventually import eventually

QUICK = Patience(crashes=5, within=300.0, first_wait=0.01)


class Run:
    """A supervisor at work in a thread."""

    def __init__(self, services: Sequence[Service], patience: Patience) -> None:
        self.spoken = Spoken()
        self.supervisor = Supervisor(services, self.spoken.report, patience)
        self.ready = threading.Event()
        self.error: EngineError | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.supervisor.run(self.ready.set)
        except EngineError as error:
            self.error = error

    def is_over(self) -> bool:
        """Whether it has ended, with or without an error."""
        return not self._thread.is_alive()

    def end_at_any_price(self) -> None:
        """Asked again and again: a test that fails must not leave a thread behind."""
        while not self.is_over():
            self.supervisor.stop()
            self._thread.join(0.1)

    def end(self) -> None:
        """Ask for the end once, and wait for it."""
        self.supervisor.stop()
        eventually(self.is_over, "the supervisor ends")


@contextlib.contextmanager
def running(*services: Service, patience: Patience = QUICK) -> Iterator[Run]:
    """Run ``services`` for the block; they are ready, or have been given up, when it begins."""
    run = Run(services, patience)
    try:
        eventually(lambda: run.ready.is_set() or run.is_over(), "everything is ready")
        yield run
    finally:
        run.end_at_any_price()
