"""Searches by name, in the state that all processes share."""

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from app.domain.errors import InvalidQueryError, StoreUnavailableError, VersionConflictError
from app.domain.filters import Filter
from app.domain.metadata import JsonScalar
from app.domain.ports import Clock, StateDocument, StateStore
from app.domain.saved_searches import MOST_SEARCHES, Condition, SavedSearch, check_name

#: Reads query parameters as a filter; the instant is what ``now`` means in them.
FilterParser: TypeAlias = Callable[[Mapping[str, str], int], Filter]

_PREFIX = "saved-search/"
_ATTEMPTS = 16
_ANY = Condition()


class SavedSearches:
    """Keeps searches, each changed by compare-and-set.

    Args:
        parse: the parser of searches; what it refuses is not saved.
    """

    def __init__(self, state: StateStore, parse: FilterParser, clock: Clock) -> None:
        self._state = state
        self._parse = parse
        self._clock = clock

    def all(self) -> list[SavedSearch]:
        """Every search, in the order of the names.

        Raises:
            StoreUnavailableError: the shared state is away.
        """
        return [_search(found) for found in self._state.find(_PREFIX).values()]

    def get(self, name: str) -> SavedSearch | None:
        """The search of this name; None if there is none.

        Raises:
            InvalidQueryError: no search can have this name.
            StoreUnavailableError: the shared state is away.
        """
        there = self._state.read(_key(name))
        return None if there is None else _search(there)

    def filter_of(self, name: str, now: int) -> Filter:
        """What the search of this name asks for.

        Args:
            now: what its relative times count from.

        Raises:
            InvalidQueryError: there is none, or it cannot be read any more.
            StoreUnavailableError: the shared state is away.
        """
        found = self.get(name)
        if found is None:
            raise InvalidQueryError("saved", f"there is no saved search with the name {name!r}")
        try:
            return self._parse(found.parameters, now)
        except InvalidQueryError as error:
            raise InvalidQueryError("saved", f"{name!r} cannot be used: {error}") from None

    def save(
        self,
        name: str,
        parameters: Mapping[str, str],
        description: str = "",
        condition: Condition = _ANY,
    ) -> tuple[SavedSearch, bool]:
        """Keep a search under ``name``, and whether it is new; without a condition the last one wins.

        Raises:
            InvalidQueryError: a name or a parameter that is not allowed, or there are too many.
            VersionConflictError: what is there does not fulfil ``condition``.
            StoreUnavailableError: the shared state is away.
        """
        key, now = _key(name), self._clock()
        self._parse(parameters, now)
        for _ in range(_ATTEMPTS):
            there = self._state.read(key)
            _check(name, condition, there)
            created = now if there is None else _search(there).created
            body = _body(name, parameters, description, created, now)
            if there is None:
                if len(self._state.find(_PREFIX)) >= MOST_SEARCHES:
                    raise InvalidQueryError("name", f"{MOST_SEARCHES} searches are saved already")
                is_written = self._state.create(key, body)
            else:
                is_written = self._state.replace(key, body, there.version)
            # What is read back may be of somebody who came right after: then that one is the last.
            if is_written and (now_there := self._state.read(key)) is not None:
                return _search(now_there), there is None
        raise StoreUnavailableError(f"others change the search {name!r} all the time: try again")

    def delete(self, name: str, condition: Condition = _ANY) -> bool:
        """Forget the search of this name; whether there was one.

        Raises:
            InvalidQueryError: no search can have this name.
            VersionConflictError: what is there does not fulfil ``condition``.
            StoreUnavailableError: the shared state is away.
        """
        key = _key(name)
        for _ in range(_ATTEMPTS):
            there = self._state.read(key)
            _check(name, condition, there)
            if there is None:
                return False
            if self._state.delete(key, there.version):
                return True
        raise StoreUnavailableError(f"others change the search {name!r} all the time: try again")


def _key(name: str) -> str:
    return _PREFIX + check_name(name)


def _check(name: str, condition: Condition, there: StateDocument | None) -> None:
    if condition.allows(None if there is None else there.version):
        return
    what = "has no search" if there is None else "has another search or another version of it"
    raise VersionConflictError(f"the name {name!r} {what} than the request says")


def _body(
    name: str, parameters: Mapping[str, str], description: str, created: int, updated: int
) -> dict[str, JsonScalar]:
    return {
        "name": name,
        # A document of the state has plain values only.
        "parameters": json.dumps(dict(parameters), ensure_ascii=False),
        "description": description,
        "created": created,
        "updated": updated,
    }


def _search(there: StateDocument) -> SavedSearch:
    body = there.body
    return SavedSearch(
        name=str(body["name"]),
        parameters=json.loads(str(body["parameters"])),
        description=str(body["description"]),
        created=int(body["created"] or 0),
        updated=int(body["updated"] or 0),
        version=there.version,
    )
