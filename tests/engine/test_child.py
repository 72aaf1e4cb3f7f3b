"""A child process and its tether: output kept, end told, nothing left behind."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from app.engine.child import Child
from tests.engine.children import Journal, kill, lives, python
from tests.engine.eventually import DEADLINE, eventually

#: Starts a child of its own, which ignores every request to end, and says its process id.
WITH_A_GRANDCHILD = """
import subprocess, sys
code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
# Should a failed test forget it, it ends of itself.
code += "signal.alarm(300); print('here', flush=True)\\n"
code += "while True: signal.pause()"
child = subprocess.Popen([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
"""


class Ends:
    """Remembers the children that were said to have ended."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._told = threading.Event()

    def __call__(self, child: Child) -> None:
        self.children.append(child)
        self._told.set()

    def wait(self) -> None:
        assert self._told.wait(DEADLINE)


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
def start(tmp_path: Path, ends: Ends) -> Iterator[Callable[[Sequence[str]], Child]]:
    made: list[Child] = []

    def start_child(command: Sequence[str]) -> Child:
        child = Child(command, tmp_path / "child.log", ends)
        made.append(child)
        return child

    yield start_child
    for child in made:
        child.kill_group()
        child.join()


def test_both_outputs_go_to_the_log(
    start: Callable[[Sequence[str]], Child], tmp_path: Path
) -> None:
    child = start(python("import os; os.write(1, b'out\\n'); os.write(2, b'err\\n')"))

    child.join()

    assert (tmp_path / "child.log").read_bytes() == b"out\nerr\n"
    assert child.last_lines(1) == ["err"]


def test_its_end_is_told_once_with_its_exit_code(
    start: Callable[[Sequence[str]], Child], ends: Ends
) -> None:
    child = start(python("raise SystemExit(7)"))

    child.join()

    assert ends.children == [child]
    assert child.exit_code == 7


def test_it_runs_in_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(
    start: Callable[[Sequence[str]], Child],
) -> None:
    child = start(python("import os; print(os.getsid(0) == os.getpid())"))

    child.join()

    assert child.last_lines(1) == ["True"]


def test_it_has_no_exit_code_while_it_runs(
    start: Callable[[Sequence[str]], Child], tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    child = start(journal.obedient("it"))
    eventually(journal.has("it started"), "it has started")

    assert child.exit_code is None
    assert journal.pids("it started") == [child.pid]


def test_it_can_be_asked_to_stop(start: Callable[[Sequence[str]], Child], tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    child = start(journal.obedient("it"))
    eventually(journal.has("it started"), "it has started")

    child.terminate()
    child.join()

    assert child.exit_code == 0
    assert journal.entries() == ["it started", "it ended"]


def test_asking_one_that_has_ended_does_nothing(
    start: Callable[[Sequence[str]], Child],
) -> None:
    child = start(python("pass"))
    child.join()

    child.terminate()
    child.kill_group()

    assert child.exit_code == 0


def test_what_it_started_ends_with_it(start: Callable[[Sequence[str]], Child], ends: Ends) -> None:
    child = start(python(WITH_A_GRANDCHILD))
    ends.wait()

    grandchild = int(child.last_lines(1)[0])
    eventually(lambda: not lives(grandchild), "the grandchild is gone")


def test_what_it_started_ends_even_if_it_is_killed(
    start: Callable[[Sequence[str]], Child], ends: Ends
) -> None:
    child = start(python(f"{WITH_A_GRANDCHILD}child.wait()"))
    eventually(lambda: child.last_lines(1), "the grandchild has started")
    grandchild = int(child.last_lines(1)[0])

    kill(child.pid)
    ends.wait()

    assert child.exit_code == -signal.SIGKILL
    eventually(lambda: not lives(grandchild), "the grandchild is gone")


def test_a_command_that_does_not_exist_ends_at_once_and_says_so(
    start: Callable[[Sequence[str]], Child],
) -> None:
    child = start(["no-such-program-anywhere"])

    child.join()

    assert child.exit_code == 1
    assert "No such file or directory" in child.last_lines(1)[0]


#: Keeps one child, as `up` does, and says its process id once it listens to SIGTERM.
PARENT = """
import signal, sys
from pathlib import Path
from app.engine.child import Child
log, *command = sys.argv[1:]
Child(command, Path(log), lambda child: None)
while True:
    signal.pause()
"""


def test_it_is_asked_to_end_when_its_parent_is_killed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    command = journal.obedient("it")
    root = str(Path(__file__).parents[2])
    parent = psutil.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), *command],
        cwd=root,
    )
    try:
        eventually(journal.has("it started"), "the child has started")
    finally:
        parent.kill()
        parent.wait()

    eventually(journal.has("it ended"), "the child has ended of itself")
    eventually(lambda: not lives(journal.pids("it started")[0]), "the child is gone")


def test_it_does_not_start_for_a_parent_that_is_gone_already(tmp_path: Path) -> None:
    gone = psutil.Popen(python("pass"))
    gone.wait()
    launcher = Path(__file__).parents[2] / "app" / "engine" / "tether.py"
    journal = Journal(tmp_path)

    late = psutil.Popen(
        [sys.executable, "-I", str(launcher), str(gone.pid), *journal.obedient("it")]
    )

    assert late.wait(timeout=DEADLINE) == 1
    assert journal.entries() == []
