"""What the settings mean for patterns and saved searches."""

import time
from collections.abc import Callable

from app.domain.messages import Messages
from app.domain.ports import Clock, StateStore
from app.domain.query import Page, Query
from app.http.read_side import ReadSide
from app.protocols.saved_searches import parse_saved_filter
from app.services.patterns.finder import PatternFinder
from app.services.saved_searches import SavedSearches
from app.services.searched_messages import SearchedMessages
from app.settings import Settings
from app.stores.memory_state import InMemoryStateStore


def read_side_of(
    settings: Settings, messages: Messages, state: StateStore, clock: Clock
) -> ReadSide:
    """Patterns of what ``messages`` reads, searches saved in ``state``."""
    return ReadSide(
        PatternFinder(messages, settings.pattern_seconds, time.monotonic),
        SavedSearches(state, parse_saved_filter, clock),
        settings.pattern_sample,
    )


def memory_read_side(settings: Settings, search: Callable[[Query], Page], clock: Clock) -> ReadSide:
    """The same over any store; searches are saved in this process's memory."""
    return read_side_of(settings, SearchedMessages(search), InMemoryStateStore(), clock)
