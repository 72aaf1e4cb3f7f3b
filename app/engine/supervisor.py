"""Starts services one after the other, keeps them running, and stops them in reverse order."""

import dataclasses
import queue
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.engine.child import Child
from app.engine.errors import EngineError
from app.engine.report import Report

_POLL = 0.1
#: Seconds in which all signals of one closed terminal come; what comes later is impatience.
_ONE_REQUEST = 1.0


@dataclasses.dataclass(frozen=True)
class Service:
    """What the supervisor is to run.

    Attributes:
        name: as the operator reads it, at the start of a sentence too.
        command: program and arguments.
        log: file that takes its output.
        ready: whether it can be used; asked again and again until it can.
        ready_within: seconds in which it must be ready.
        grace: seconds to end in after SIGTERM; then it is killed.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    ready_within: float = 60.0
    grace: float = 30.0


@dataclasses.dataclass(frozen=True)
class Patience:
    """How many crashes are too many; times in seconds.

    Attributes:
        crashes: that many within ``within``, and everything stops.
        within: the time over which crashes are counted.
        first_wait: before the first restart; doubled for each further crash that is counted.
    """

    crashes: int = 5
    within: float = 300.0
    first_wait: float = 1.0


@dataclasses.dataclass(frozen=True)
class _Stop:
    """Someone asked for the end, at this time of the monotonic clock."""

    at: float


@dataclasses.dataclass
class _Running:
    service: Service
    child: Child | None = None
    crashes: list[float] = dataclasses.field(default_factory=list)
    restart_at: float | None = None
    #: When it was started again; None while it does not run, and from when it can be used.
    restarted_at: float | None = None


class Supervisor:
    """Runs ``services`` in the order given; a later one needs the earlier ones."""

    def __init__(
        self, services: Sequence[Service], report: Report, patience: Patience | None = None
    ) -> None:
        self._all = [_Running(service) for service in services]
        self._report = report
        self._patience = patience or Patience()
        # Its put() may be called by a signal handler in the middle of anything.
        self._events: queue.SimpleQueue[Child | _Stop] = queue.SimpleQueue()

    def stop(self) -> None:
        """Ask for the end; again after a second, for the end without grace.

        From any thread or signal handler.
        """
        self._events.put(_Stop(time.monotonic()))

    def run(self, when_ready: Callable[[], None]) -> None:
        """Start everything, call ``when_ready``, and return when all has stopped on demand.

        Raises:
            EngineError: a service does not start, or crashes again and again; all are stopped then.
        """
        try:
            if all(self._bring_up(running) for running in self._all):
                when_ready()
                self._watch()
                self._report.say("stopping ...")
        finally:
            self._stop_all()

    def _bring_up(self, running: _Running) -> bool:
        """Whether it is ready; False if someone asked for the end meanwhile."""
        service = running.service
        began = time.monotonic()
        self._spawn(running)
        while not service.ready():
            event = self._next(_POLL)
            if isinstance(event, _Stop):
                return False
            if event is not None:
                raise EngineError(self._why_ended(event))
            if time.monotonic() - began > service.ready_within:
                raise EngineError(
                    f"{service.name} was not ready within {service.ready_within:.0f} s; "
                    f"its log is {service.log}."
                )
        self._report.say(f"{service.name} is ready, after {time.monotonic() - began:.1f} s")
        return True

    def _watch(self) -> None:
        while True:
            match self._next(self._until_due()):
                case _Stop():
                    return
                case Child() as child:
                    self._crashed(self._owner(child))
                case None:
                    for running in self._all:
                        self._attend(running)

    def _until_due(self) -> float | None:
        """Seconds until something is to be done; None where only an event can bring work."""
        if any(running.restarted_at is not None for running in self._all):
            return _POLL
        due = [r.restart_at for r in self._all if r.restart_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _attend(self, running: _Running) -> None:
        """Start it again if it is time, and look whether what was started again can be used."""
        now, service = time.monotonic(), running.service
        if running.restart_at is not None and running.restart_at <= now:
            self._spawn(running)
            running.restarted_at = now
        elif running.child is not None and running.restarted_at is not None:
            waited = now - running.restarted_at
            if service.ready():
                running.restarted_at = None
                self._report.say(f"{service.name} is ready again, after {waited:.1f} s")
            elif waited > service.ready_within:
                running.restarted_at = None
                self._report.warn(f"{service.name} was not ready within {waited:.0f} s")
                # Its end counts as one more crash.
                running.child.kill_group()

    def _crashed(self, running: _Running) -> None:
        service, child, now = running.service, running.child, time.monotonic()
        ending = _ending(child)
        running.child = running.restarted_at = None
        running.crashes = [at for at in running.crashes if now - at < self._patience.within]
        running.crashes.append(now)
        count = len(running.crashes)
        if count >= self._patience.crashes:
            lines = child.last_lines(5) if child else []
            raise EngineError(
                f"{service.name} ended {count} times within {self._patience.within / 60:.0f} "
                f"minutes ({ending}), so everything is stopped; its log is {service.log} and "
                "ends with:\n" + "\n".join(f"  {line}" for line in lines)
            )
        wait = self._patience.first_wait * 2 ** (count - 1)
        running.restart_at = now + wait
        self._report.warn(f"{service.name} ended ({ending}); starting it again in {wait:g} s")

    def _spawn(self, running: _Running) -> None:
        running.restart_at = None
        service = running.service
        try:
            running.child = Child(service.command, service.log, self._events.put)
        except OSError as error:
            raise EngineError(f"{service.name} cannot be started: {error}") from None

    def _why_ended(self, child: Child) -> str:
        service = self._owner(child).service
        last = child.last_lines(1) or ["it said nothing"]
        return (
            f"{service.name} ended while it was started ({_ending(child)}): {last[0].rstrip('.')}. "
            f"Its log is {service.log}."
        )

    def _owner(self, child: Child) -> _Running:
        return next(running for running in self._all if running.child is child)

    def _next(self, timeout: float | None) -> Child | _Stop | None:
        try:
            return self._events.get(timeout=timeout)
        except queue.Empty:
            return None

    def _stop_all(self) -> None:
        # One closed terminal can send two signals.
        patient_until = time.monotonic() + _ONE_REQUEST
        hurried = False
        for running in reversed(self._all):
            child = running.child
            if child is None:
                continue
            child.terminate()
            deadline = time.monotonic() + running.service.grace
            while child.exit_code is None:
                if hurried or time.monotonic() > deadline:
                    child.kill_group()
                event = self._next(_POLL)
                hurried = hurried or (isinstance(event, _Stop) and event.at > patient_until)
            child.join()
            self._report.say(f"{running.service.name} has stopped")


def _ending(child: Child | None) -> str:
    code = child.exit_code if child else None
    if code is None:
        return "no exit code"
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
