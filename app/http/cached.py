"""What the routes share whose answers are kept for a while."""

from collections.abc import Mapping

from app.domain.ports import Clock
from app.protocols.aggregations import flag
from app.services.cached_answers import CachedAnswers


def refuses_kept(parameters: Mapping[str, str], *, by_header: bool) -> bool:
    """Whether a request refuses an answer that is kept, by its header or a parameter.

    Raises:
        InvalidQueryError: its parameter ``cache`` is no truth value.
    """
    return by_header or not flag(parameters, "cache", default=True)


def present(answers: CachedAnswers, clock: Clock, *, is_fresh: bool) -> int:
    """What relative times of a request count from; those that take what is kept share a moment."""
    now = clock()
    return now if is_fresh else answers.aligned(now)
