"""What the answer to one request took of the store, for those who ask for an explanation."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Account:
    """Adds up what the searches of one request took.

    Attributes:
        shards, successful, failed: copies of shards that were asked, over all searches.
        took_ms: milliseconds that the store says it worked.
    """

    shards: int = 0
    successful: int = 0
    failed: int = 0
    took_ms: int = 0

    def add(self, shards: int, successful: int, failed: int, took_ms: int) -> None:
        """One search more."""
        self.shards += shards
        self.successful += successful
        self.failed += failed
        self.took_ms += took_ms


_current: ContextVar[Account | None] = ContextVar("account", default=None)


def current_account() -> Account | None:
    """The account of the request that is served, None if nobody asked for one."""
    return _current.get()


@contextmanager
def accounting() -> Iterator[Account]:
    """Keep an account of what is asked of the store inside."""
    account = Account()
    token = _current.set(account)
    try:
        yield account
    finally:
        _current.reset(token)
