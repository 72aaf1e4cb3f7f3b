"""What routes that read need beside the service."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.filters import EVERYTHING, Filter
from app.domain.patterns import DEFAULT_SAMPLE
from app.services.patterns.finder import PatternFinder
from app.services.saved_searches import SavedSearches


@dataclass(frozen=True)
class ReadSide:
    """Patterns and saved searches.

    Attributes:
        pattern_sample: most records that are read for patterns, unless a request says.
    """

    patterns: PatternFinder
    saved: SavedSearches
    pattern_sample: int = DEFAULT_SAMPLE

    def take_saved(self, parameters: Mapping[str, str], now: int) -> tuple[dict[str, str], Filter]:
        """The parameters without ``saved``, and what the search that it names asks for.

        Args:
            now: what its relative times count from.

        Raises:
            InvalidQueryError: there is no such search.
            StoreUnavailableError: it cannot be read now.
        """
        others = dict(parameters)
        name = others.pop("saved", "")
        return others, self.saved.filter_of(name, now) if name else EVERYTHING
