"""Answers that are made once and given to all who ask the same for a while."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256

from app.domain.aggregations import Aggregations, Plan
from app.domain.caching import AnswerCache, CacheObserver, CacheResult, NoObserver
from app.domain.canonical import canonical
from app.domain.errors import CancelledError
from app.domain.filters import Filter
from app.domain.instants import NANOS_PER_SECOND
from app.domain.reading import Cancellation
from app.domain.waiting import waited_for

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
        self._being_made: dict[str, _Making] = {}

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
        cancellation: Cancellation | None = None,
    ) -> tuple[bytes, CacheResult]:
        """The answer, and where it came from.

        Args:
            plan: of ``filter``; the indices are part of the key.
            question: its kind and all that it says besides the filter.
            scope: what the caller may see, as a text that only callers with the same rights share.
            is_fresh: make it, whatever is cached.
            cancellation: tells when the caller has gone. What is made for several callers is called off
                when the last of them has.

        Raises:
            CancelledError: nobody waits for it any more.
        """
        if self._cache is None or is_fresh:
            self._observer.asked("off")
            with waited_for(cancellation):
                return make(), "off"
        key = _key(plan, question, filter, scope)
        if (found := self._cache.get(key)) is not None:
            self._observer.asked("hit")
            return found, "hit"
        making, is_mine, leave = self._join(key)
        forget = _when_gone(cancellation, leave)
        try:
            if not is_mine:
                self._observer.asked("shared")
                return making.answer.result(), "shared"
            answer, result = self._make(self._cache, key, making, plan, make)
            self._observer.asked(result)
            return answer, result
        finally:
            forget()

    def _join(self, key: str) -> tuple["_Making", bool, Callable[[], None]]:
        """Wait for an answer; also returns whether the caller is to make it, and what he goes by."""
        caller = object()
        with self._lock:
            making = self._being_made.get(key)
            is_mine = making is None
            if making is None:
                making = self._being_made[key] = _Making()
            making.callers.add(caller)
        return making, is_mine, lambda: self._leave(key, making, caller)

    def _leave(self, key: str, making: "_Making", caller: object) -> None:
        """``caller`` has gone; he may say so twice, and when there is nothing to wait for any more."""
        with self._lock:
            making.callers.discard(caller)
            if making.callers:
                return
            # Nobody joins what is called off: who asks from now on begins anew.
            self._forget(key, making)
        making.all_of_them.cancel()

    def _forget(self, key: str, making: "_Making") -> None:
        if self._being_made.get(key) is making:
            del self._being_made[key]

    def _make(
        self,
        cache: AnswerCache,
        key: str,
        making: "_Making",
        plan: Plan,
        make: Callable[[], bytes],
    ) -> tuple[bytes, CacheResult]:
        result: CacheResult = "hit"
        try:
            # Somebody may have finished it since the first look.
            answer = cache.get(key)
            if answer is None:
                result = "miss"
                with waited_for(making.all_of_them):
                    answer = make()
                seconds = self._keeping.changing if plan.can_change else self._keeping.closed
                cache.put(key, answer, seconds)
            making.answer.set_result(answer)
        except BaseException as error:
            making.answer.set_exception(error)
            raise
        finally:
            with self._lock:
                self._forget(key, making)
        return answer, result

    def close(self) -> None:
        """Let go of the cache's connections."""
        if self._cache is not None:
            self._cache.close()


class _Making:
    """An answer that is being made.

    Attributes:
        callers: those who wait for it.
        all_of_them: tells when the last of them has gone.
    """

    def __init__(self) -> None:
        self.answer: Future[bytes] = Future()
        self.callers: set[object] = set()
        self.all_of_them = Cancellation()


def _when_gone(cancellation: Cancellation | None, leave: Callable[[], None]) -> Callable[[], None]:
    """Have ``leave`` called when he goes, or now if he has gone; returns what takes that back."""
    if cancellation is not None:
        try:
            return cancellation.call(leave)
        except CancelledError:
            # He goes on all the same: others may wait for what he is about to make.
            leave()
    return lambda: None


def _key(plan: Plan, question: Sequence[str], filter: Filter, scope: str) -> str:
    parts = (str(FORMAT), scope, *question, canonical(filter), *plan.asked)
    digest = sha256()
    for part in parts:
        said = part.encode("utf-8", "surrogatepass")
        digest.update(len(said).to_bytes(8) + said)
    return digest.hexdigest()
