"""A scheduler with one job that tells what it does and waits at a gate, to be run and killed by tests.

``python -m tests.scheduler.gated_process FOLDER NAME``: the job notes in ``FOLDER/journal`` that it
began, waits until there is ``FOLDER/gate``, and notes that it changed something.
"""

import sys
import threading
from pathlib import Path

from app import own_log
from app.domain.jobs import Guard, JobResult
from app.engine.signals import on_ending_signal
from app.scheduler.runner import ScheduledJob
from app.settings import Settings
from app.wiring.scheduler import create_scheduler


def main(folder: Path, name: str) -> None:
    """Run it until SIGTERM."""

    def note(what: str) -> None:
        with (folder / "journal").open("a", encoding="ascii") as journal:
            journal.write(f"{name} {what}\n")

    def gated(guard: Guard) -> JobResult:
        guard()
        note("began")
        pause = threading.Event()
        while not (folder / "gate").exists():
            pause.wait(0.02)
        guard()
        note("changed")
        return JobResult("changed something")

    settings = Settings.from_env()
    own_log.configure(settings.log_level)
    # On demand, and again where it was cut off; its own time does not come during a test.
    jobs = {"gated": ScheduledJob(gated, "0 0 29 2 *")}
    stopping = threading.Event()
    with on_ending_signal(stopping.set):
        create_scheduler(settings, jobs).run(stopping)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
