"""Who waits for what is being done, for those who can stop doing it when he has gone.

It is kept in the context, as the account of an explanation is, so that the questions between a route
and a store need not carry it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.domain.reading import Cancellation

_current: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def current_cancellation() -> Cancellation | None:
    """Tells when he goes; None where that cannot be told, or is not to stop anything."""
    return _current.get()


@contextmanager
def waited_for(cancellation: Cancellation | None) -> Iterator[None]:
    """What is asked of the store inside may be stopped when ``cancellation`` says so."""
    token = _current.set(cancellation)
    try:
        yield
    finally:
        _current.reset(token)
