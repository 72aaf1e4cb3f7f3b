"""A repository of small jars, which fails as it is told to."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from app.engine.jars import Jar
from app.engine.report import Advance

#: Called in place of handing out the true content, for the first times that a jar is asked for.
Fault = Callable[[Path, Advance], None]


def content(coordinate: str) -> bytes:
    """What the jar of ``coordinate`` truly contains."""
    return f"the classes of {coordinate}".encode()


def jar(coordinate: str) -> Jar:
    """The jar of ``coordinate``, as it would be locked."""
    true = content(coordinate)
    return Jar(coordinate, hashlib.sha256(true).hexdigest(), len(true))


def lock_line(coordinate: str) -> str:
    """Its line in a lock file."""
    locked = jar(coordinate)
    return f"{coordinate} {locked.sha256} {locked.size}\n"


def raising(error: BaseException) -> Fault:
    """A fault that is an error of the network or the disk."""

    def fail(path: Path, advance: Advance) -> None:
        raise error

    return fail


def sending(wrong: bytes) -> Fault:
    """A fault that is a wrong or incomplete file."""

    def send(path: Path, advance: Advance) -> None:
        path.write_bytes(wrong)
        advance(len(wrong))

    return send


class Repository:
    """Hands out jars; ``faults`` come first, jar by jar."""

    def __init__(self, **faults: list[Fault]) -> None:
        self._faults = faults
        self._guard = threading.Lock()
        self.asked: Counter[str] = Counter()

    def fetch(self, wanted: Jar, path: Path, advance: Advance) -> None:
        """A ``FetchJar``."""
        name = wanted.coordinate.split(":")[1]
        with self._guard:
            self.asked[name] += 1
            faults = self._faults.get(name, [])
            fault = faults.pop(0) if faults else sending(content(wanted.coordinate))
        fault(path, advance)
