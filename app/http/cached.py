"""What the routes share whose answers are kept for a while."""

from collections.abc import Mapping

from flask import request

from app.domain.ports import Clock
from app.protocols.aggregations import flag
from app.services.cached_answers import CachedAnswers


def wants_fresh(parameters: Mapping[str, str]) -> bool:
    """Whether the current request refuses an answer that is kept.

    Raises:
        InvalidQueryError: its parameter ``cache`` is no truth value.
    """
    control = request.cache_control
    by_header = bool(control.no_cache or control.no_store)
    return by_header or not flag(parameters, "cache", default=True)


def present(answers: CachedAnswers, clock: Clock, parameters: Mapping[str, str]) -> int:
    """What relative times of the current request count from."""
    now = clock()
    return now if wants_fresh(parameters) else answers.aligned(now)
