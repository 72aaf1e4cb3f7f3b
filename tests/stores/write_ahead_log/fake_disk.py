"""A disk that forgets what was not synced, and operating system calls that fail or stop when told."""

import errno
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TypeVar

from app.stores.write_ahead_log.files import Files

_T = TypeVar("_T")


class Chance(random.Random):
    """What decides what a crash leaves; the same for the same seed."""


@dataclass(eq=False)
class Inode:
    """A file: what programs see, what the disk has, and what is on its way between the two."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    on_the_way: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, data: bytes, offset: int) -> None:
        _put(self.seen, data, offset)
        self.on_the_way.append((offset, data))

    def truncate(self, size: int) -> None:
        _put(self.seen, None, size)
        self.on_the_way.append((size, None))

    def sync(self) -> None:
        self.durable = bytearray(self.seen)
        self.on_the_way.clear()

    def lose_power(self, chance: Chance) -> None:
        """Of what was on its way some arrives, some in part, in no order."""
        for offset, data in self.on_the_way:
            if chance.random() < 0.5:
                part = data and data[: chance.randint(0, len(data))]
                _put(self.durable, part, offset)
        self.on_the_way.clear()
        self.seen = bytearray(self.durable)


def _put(target: bytearray, data: bytes | None, offset: int) -> None:
    if data is None:
        del target[offset:]
    target.extend(bytes(max(0, offset - len(target))))
    if data is not None:
        target[offset : offset + len(data)] = data


class FakeDisk:
    """Outlives the processes that use it; each of them boots its own ``FakeFiles``."""

    def __init__(self) -> None:
        self.seen: dict[Path, dict[str, Inode]] = {}
        self.durable: dict[Path, dict[str, Inode]] = {}
        self.guard = RLock()

    def lose_power(self, chance: Chance) -> None:
        """Forget what was not synced, names and bytes, as ``chance`` has it."""
        with self.guard:
            for folder, seen in self.seen.items():
                durable = self.durable[folder]
                for name in sorted(seen.keys() | durable.keys()):
                    kept = chance.choice((seen, durable)).get(name)
                    if kept is None:
                        durable.pop(name, None)
                    else:
                        durable[name] = kept
                for inode in durable.values():
                    inode.lose_power(chance)
                self.seen[folder] = dict(durable)


class FakeFiles(Files):
    """One process's view of a ``FakeDisk``.

    Attributes:
        calls: the names of all calls so far.
        fail_at: the number of the one call that fails, from 1.
        fail_calls: names of calls that fail each time.
        die_at: from this call on the process is dead: nothing has any effect any more.
        error: how calls fail.
        free: bytes that are free on the disk.
        now: the monotonic clock, in seconds.
    """

    def __init__(self, disk: FakeDisk) -> None:
        self.disk = disk
        self.calls: list[str] = []
        self.fail_at = 0
        self.fail_calls: set[str] = set()
        self.die_at = 0
        self.error = errno.EIO
        self.free = 2**40
        self.now = 0.0
        self._numbers = itertools.count(3)
        self._open: dict[int, Inode] = {}

    @property
    def is_dead(self) -> bool:
        return 0 < self.die_at <= len(self.calls)

    def _call(
        self, name: str, effect: Callable[[], _T], on_failure: Callable[[], None] = lambda: None
    ) -> _T:
        with self.disk.guard:
            self.calls.append(name)
            if self.is_dead:
                raise OSError(errno.EIO, f"dead at {name}")
            if name in self.fail_calls or len(self.calls) == self.fail_at:
                on_failure()
                raise OSError(self.error, f"told to fail at {name}")
            return effect()

    def _folder(self, path: Path) -> dict[str, Inode]:
        if path not in self.disk.seen:
            raise FileNotFoundError(errno.ENOENT, str(path))
        return self.disk.seen[path]

    def _descriptor(self, inode: Inode) -> int:
        number = next(self._numbers)
        self._open[number] = inode
        return number

    def make_folder(self, path: Path) -> None:
        def effect() -> None:
            # Folders themselves are durable at once; names and bytes in them are not.
            self.disk.seen.setdefault(path, {})
            self.disk.durable.setdefault(path, {})

        self._call("make_folder", effect)

    def names(self, folder: Path) -> list[str]:
        return self._call("names", lambda: list(self._folder(folder)))

    def create(self, path: Path) -> int:
        def effect() -> int:
            if path.name in self._folder(path.parent):
                raise FileExistsError(errno.EEXIST, str(path))
            inode = self._folder(path.parent)[path.name] = Inode()
            return self._descriptor(inode)

        return self._call("create", effect)

    def open(self, path: Path) -> int:
        def effect() -> int:
            if path.name not in self._folder(path.parent):
                raise FileNotFoundError(errno.ENOENT, str(path))
            return self._descriptor(self._folder(path.parent)[path.name])

        return self._call("open", effect)

    def close(self, descriptor: int) -> None:
        # A close that fails has closed the file all the same.
        self._call("close", lambda: None, on_failure=lambda: None)
        self._open.pop(descriptor)

    def size(self, descriptor: int) -> int:
        return self._call("size", lambda: len(self._open[descriptor].seen))

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        return self._call(
            "read", lambda: bytes(self._open[descriptor].seen[offset : offset + size])
        )

    def write(self, descriptor: int, data: memoryview, offset: int) -> int:
        def some() -> None:
            self._open[descriptor].write(bytes(data[: len(data) // 2]), offset)

        def effect() -> int:
            # Never more than this at once, so that every longer write is a short one.
            taken = bytes(data[:64])
            self._open[descriptor].write(taken, offset)
            return len(taken)

        return self._call("write", effect, on_failure=some)

    def truncate(self, descriptor: int, size: int) -> None:
        self._call("truncate", lambda: self._open[descriptor].truncate(size))

    def fdatasync(self, descriptor: int) -> None:
        # A failed sync drops what was on its way and says so once: the next one has nothing to do.
        inode = self._open[descriptor]
        self._call("fdatasync", inode.sync, on_failure=inode.on_the_way.clear)

    def sync_folder(self, folder: Path) -> None:
        def effect() -> None:
            if folder in self.disk.seen:
                self.disk.durable[folder] = dict(self.disk.seen[folder])

        self._call("sync_folder", effect)

    def rename(self, source: Path, target: Path) -> None:
        def effect() -> None:
            if source in self.disk.seen:
                for tree in (self.disk.seen, self.disk.durable):
                    tree[target] = tree.pop(source)
                return
            inode = self._folder(source.parent).pop(source.name)
            self._folder(target.parent)[target.name] = inode

        self._call("rename", effect)

    def unlink(self, path: Path) -> None:
        def effect() -> None:
            if path.name not in self._folder(path.parent):
                raise FileNotFoundError(errno.ENOENT, str(path))
            del self._folder(path.parent)[path.name]

        self._call("unlink", effect)

    def remove_folder(self, path: Path) -> None:
        def effect() -> None:
            if self._folder(path):
                raise OSError(errno.ENOTEMPTY, str(path))
            del self.disk.seen[path]
            del self.disk.durable[path]

        self._call("remove_folder", effect)

    def free_bytes(self, folder: Path) -> int:
        return self._call("free_bytes", lambda: self.free)

    def take_lock(self, path: Path) -> int | None:
        def effect() -> int:
            # Processes come one after the other here; the real lock has its own tests.
            return self._descriptor(self._folder(path.parent).setdefault(path.name, Inode()))

        return self._call("take_lock", effect)

    def file_system(self, folder: Path) -> str:
        return "ext4"

    def monotonic(self) -> float:
        return self.now
