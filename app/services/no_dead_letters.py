"""Dead letters where there can be none: a store that takes every valid record refuses none."""

from collections.abc import Sequence

from app.domain.dead_letters import DeadLetter, LetterPage, LetterQuery, Replayed
from app.domain.errors import InvalidQueryError


class NoDeadLetters:
    """The dead letters of a store that refuses nothing."""

    def find(self, query: LetterQuery) -> LetterPage:
        """An empty page."""
        if query.cursor is not None:
            raise InvalidQueryError("cursor", "is not one that a page before has given")
        return LetterPage([], 0, None)

    def get(self, id: str) -> DeadLetter | None:
        """There is none."""
        return None

    def replay(self, ids: Sequence[str]) -> list[Replayed]:
        """None of them is there."""
        return [Replayed(name, None) for name in ids]

    def purge(self, ids: Sequence[str]) -> int:
        """None of them was there."""
        return 0
