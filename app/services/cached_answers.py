"""Answers that are made once and given to all who ask the same for a while."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256

from app.domain.aggregations import Aggregations, Plan
from app.domain.caching import AnswerCache, CacheObserver, CacheResult, NoObserver
from app.domain.canonical import canonical
from app.domain.filters import Filter
from app.domain.instants import NANOS_PER_SECOND

#: A part of every key: another form of an answer is another number.
FORMAT = 1


@dataclass(frozen=True)
class Keeping:
    """How long answers are kept, in seconds.

    Attributes:
        changing: of indices that take records.
        closed: where every index that was asked is closed for writing. A late record goes to a new
            index then, whose name makes another key.
    """

    changing: float = 2.0
    closed: float = 3_600.0


class CachedAnswers:
    """Gives answers from a cache, and makes each missing one once, however many ask for it.

    That holds within a process; several processes may each make it.

    Args:
        cache: None: every answer is made.
    """

    def __init__(
        self,
        aggregations: Aggregations,
        cache: AnswerCache | None = None,
        keeping: Keeping | None = None,
        observer: CacheObserver | None = None,
    ) -> None:
        self.aggregations = aggregations
        self._cache = cache
        self._keeping = keeping or Keeping()
        self._observer: CacheObserver = observer or NoObserver()
        self._lock = threading.Lock()
        self._being_made: dict[str, Future[bytes]] = {}

    def aligned(self, now: int) -> int:
        """``now`` for relative times, rounded down so that who asks a moment later asks the same."""
        step = int(self._keeping.changing * NANOS_PER_SECOND)
        return now if self._cache is None or step <= 0 else now - now % step

    def answer(
        self,
        plan: Plan,
        question: Sequence[str],
        filter: Filter,
        make: Callable[[], bytes],
        *,
        scope: str = "",
        is_fresh: bool = False,
    ) -> tuple[bytes, CacheResult]:
        """The answer, and where it came from.

        Args:
            plan: of ``filter``; the indices are part of the key.
            question: its kind and all that it says besides the filter.
            scope: what the caller may see, as a text that only callers with the same rights share.
            is_fresh: make it, whatever is cached.
        """
        if self._cache is None or is_fresh:
            self._observer.asked("off")
            return make(), "off"
        key = _key(plan, question, filter, scope)
        if (found := self._cache.get(key)) is not None:
            self._observer.asked("hit")
            return found, "hit"
        with self._lock:
            others = self._being_made.get(key)
            mine: Future[bytes] = Future()
            if others is None:
                self._being_made[key] = mine
        if others is not None:
            self._observer.asked("shared")
            return others.result(), "shared"
        result: CacheResult = "hit"
        try:
            # Somebody may have finished it since the first look.
            answer = self._cache.get(key)
            if answer is None:
                result = "miss"
                answer = make()
                seconds = self._keeping.changing if plan.can_change else self._keeping.closed
                self._cache.put(key, answer, seconds)
            mine.set_result(answer)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._being_made[key]
        self._observer.asked(result)
        return answer, result

    def close(self) -> None:
        """Let go of the cache's connections."""
        if self._cache is not None:
            self._cache.close()


def _key(plan: Plan, question: Sequence[str], filter: Filter, scope: str) -> str:
    parts = (str(FORMAT), scope, *question, canonical(filter), *plan.asked)
    digest = sha256()
    for part in parts:
        said = part.encode("utf-8", "surrogatepass")
        digest.update(len(said).to_bytes(8) + said)
    return digest.hexdigest()
