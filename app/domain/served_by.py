"""Which region answered the last question of this thread; empty where there are no regions."""

from contextvars import ContextVar

served_by: ContextVar[str] = ContextVar("served_by", default="")
