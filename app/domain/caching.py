"""What the cache of answers needs from the outside."""

from typing import Literal, Protocol, TypeAlias

#: ``shared``: another request was making the same answer, and both got it.
CacheResult: TypeAlias = Literal["hit", "miss", "shared", "off"]


class AnswerCache(Protocol):
    """Keeps answers for a while. Never raises: what it cannot do is a miss. Safe for several threads."""

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``, None if it is not there any more."""
        ...

    def put(self, key: str, answer: bytes, seconds: float) -> None:
        """Keep ``answer`` for so long, if there is room."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class CacheObserver(Protocol):
    """Is told what the cache does; must be quick."""

    def asked(self, result: CacheResult) -> None:
        """One answer was given."""
        ...

    def failed(self, kind: str) -> None:
        """It could not be used: ``timeout``, ``connection``, ``bad_bytes``, ``open`` or ``other``."""
        ...


class NoObserver:
    """Counts nothing."""

    def asked(self, result: CacheResult) -> None:
        """Forget it."""

    def failed(self, kind: str) -> None:
        """Forget it."""
