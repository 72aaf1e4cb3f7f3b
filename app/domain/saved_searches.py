"""Searches that people keep under a name."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import InvalidQueryError

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1_000
LONGEST_VALUE = 8_192
#: How many there can be.
MOST_SEARCHES = 1_000


@dataclass(frozen=True)
class SavedSearch:
    """A search under a name.

    Attributes:
        parameters: as the API's search takes them; times relative to now stay relative.
        created, updated: nanoseconds since the epoch.
        version: what a change can name, to be made to nothing else.
    """

    name: str
    parameters: Mapping[str, str]
    description: str
    created: int
    updated: int
    version: str


@dataclass(frozen=True)
class Condition:
    """What must be so for a change to be made.

    Attributes:
        version: what is there has this version.
        must_exist: there is something.
        must_be_new: there is nothing.
    """

    version: str | None = None
    must_exist: bool = False
    must_be_new: bool = False

    def allows(self, version: str | None) -> bool:
        """Whether a change may be made to what has ``version``; None: to nothing."""
        if self.must_be_new:
            return version is None
        if version is None:
            return not self.must_exist and self.version is None
        return self.version in (None, version)


def check_name(name: str) -> str:
    """``name``, if a search can have it.

    Raises:
        InvalidQueryError: it cannot.
    """
    is_named = 0 < len(name) <= LONGEST_NAME and name.isprintable() and "/" not in name
    # Clients of HTTP take one or two dots in an address for a way to another one.
    if not is_named or name != name.strip() or name in (".", ".."):
        raise InvalidQueryError(
            "name",
            f"must have 1 to {LONGEST_NAME} printable characters, no slash, no space at its ends, "
            "and be more than dots",
        )
    return name
