"""The question for patterns as a whole: what to read, how long, and what the counts mean then."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import islice

from app.domain.errors import OutOfTimeError
from app.domain.filters import CompositeFilter, Filter, KeywordFilter, TimeRangeFilter
from app.domain.levels import LogLevel
from app.domain.messages import Message, Messages
from app.domain.patterns import WILDCARD, Pattern, PatternQuery, PatternReport
from app.domain.words import words
from app.services.patterns.miner import Group, PatternMiner

#: Messages between two looks at the clock.
_STRIDE = 256
#: New patterns for which older records are looked for by their words, and records read for each.
_CHECKED = 50
_CHECKED_RECORDS = 500
#: Parts of a question: the records that are asked for, and those that are older.
_ASKED, _OLDER = 0, 1


class PatternFinder:
    """Finds patterns in records that it reads through ``messages``.

    Args:
        seconds: for which one question may read; what was not read by then is estimated.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(self, messages: Messages, seconds: float, monotonic: Callable[[], float]) -> None:
        self._messages = messages
        self._seconds = seconds
        self._monotonic = monotonic

    def find(self, query: PatternQuery) -> PatternReport:
        """The patterns of the records that ``query`` asks for.

        Raises:
            OutOfTimeError: the store's time ran out before there was a record.
            StoreUnavailableError: the records cannot be read now.
        """
        miner = PatternMiner()
        started = self._monotonic()
        if query.new_since is None:
            asked = self._read(miner, query.filter, query.sample, started + self._seconds)
            return _report(query, asked, _shown(miner))
        return self._find_new(query, query.new_since, miner, started)

    def _find_new(
        self, query: PatternQuery, since: int, miner: PatternMiner, started: float
    ) -> PatternReport:
        """Those of which nothing is older than ``since``.

        Half of the sample, and of the time, is for the records since then, what is left for older
        ones. Where not all older ones were read, some of those that have the words of a new pattern
        are: what is rare may not be in a sample, and would be taken for new.
        """
        newer = CompositeFilter(query.filter, TimeRangeFilter(start=since))
        older = CompositeFilter(query.filter, TimeRangeFilter(end=since - 1))
        half = max(1, query.sample // 2)
        asked = self._read(miner, newer, half, started + self._seconds / 2)
        rest = max(1, query.sample - asked.read)
        before = self._read(miner, older, rest, started + self._seconds * 0.8, _OLDER)
        new = [found for found in _shown(miner) if _OLDER not in found[1].levels]
        is_certain = {}
        if not before.is_whole:
            end = started + self._seconds
            for at, (pattern, _) in enumerate(new):
                can_check = at < _CHECKED and self._monotonic() < end
                is_certain[pattern] = can_check and self._look_for(miner, pattern, older)
            # What was met now may have made a pattern wider, and two into one.
            new = [found for found in _shown(miner) if _OLDER not in found[1].levels]
        return _report(query, asked, new, before, is_certain)

    def _read(
        self, miner: PatternMiner, filter: Filter, most: int, end: float, part: int = _ASKED
    ) -> "_Reading":
        reading = _Reading()
        try:
            with closing(self._messages.read(filter, most)) as pages:
                for page in pages:
                    reading.total = max(reading.total, page.total)
                    messages = iter(page.messages)
                    while some := list(islice(messages, _STRIDE)):
                        if reading.read and self._monotonic() >= end:
                            reading.ran_out_of_time = True
                            return reading
                        miner.add(some, part)
                        reading.read += len(some)
        except OutOfTimeError:
            # What was read is as fair a sample as it is when our own time is up. Where there is none of
            # what was asked for, there is nothing to answer; of older records none need have been read.
            if part == _ASKED and not reading.read:
                raise
            reading.ran_out_of_time = True
        return reading

    def _look_for(self, miner: PatternMiner, pattern: str, older: Filter) -> bool:
        """Whether all older records that could be of ``pattern`` were read, by its words."""
        phrases = _phrases(pattern)
        if not phrases:
            return False
        with_words = CompositeFilter(older, *map(KeywordFilter, phrases))
        end = self._monotonic() + self._seconds / 10
        reading = self._read(miner, with_words, _CHECKED_RECORDS, end, _OLDER)
        return reading.is_whole


class _Reading:
    """How much was read of how much."""

    def __init__(self) -> None:
        self.total = self.read = 0
        self.ran_out_of_time = False

    @property
    def factor(self) -> float:
        """Records for each that was read."""
        return max(self.total, self.read) / self.read if self.read else 1.0

    @property
    def is_whole(self) -> bool:
        """Every record was read; where the time ran out, there may be more than was told."""
        return not self.ran_out_of_time and self.read >= self.total


def _shown(miner: PatternMiner) -> list[tuple[str, Group]]:
    """The groups with records that were asked for; those of the most first, then by their text."""
    found = [(text, group) for text, group in miner.groups().items() if _ASKED in group.levels]
    found.sort(key=lambda one: (-one[1].levels[_ASKED].total(), one[0]))
    return found


def _report(
    query: PatternQuery,
    asked: _Reading,
    found: list[tuple[str, Group]],
    before: _Reading | None = None,
    is_certain: dict[str, bool] | None = None,
) -> PatternReport:
    readings = [asked, before] if before else [asked]
    # A pattern that became wider while words were checked has a text that was not checked itself.
    default = before is None or before.is_whole
    return PatternReport(
        patterns=[
            _pattern(text, group, asked, (is_certain or {}).get(text, default))
            for text, group in found[: query.limit]
        ],
        found=len(found),
        total=sum(reading.total for reading in readings),
        read=sum(reading.read for reading in readings),
        ran_out_of_time=any(reading.ran_out_of_time for reading in readings),
    )


def _pattern(text: str, group: Group, asked: _Reading, is_certain: bool) -> Pattern:
    levels: Counter[LogLevel] = group.levels[_ASKED]
    first: Message = group.first
    return Pattern(
        text=text,
        count=round(levels.total() * asked.factor),
        share=levels.total() / asked.read,
        first=first.instant,
        last=group.last,
        levels={level: round(count * asked.factor) for level, count in sorted(levels.items())},
        example_id=first.id,
        example=first.text,
        is_certain=is_certain,
    )


def _phrases(pattern: str) -> list[str]:
    """What every message of ``pattern`` says: runs of words beside which nothing differs."""
    phrases: list[str] = []
    run: list[str] = []
    for word in [*pattern.split(), WILDCARD]:
        if WILDCARD not in word:
            run.append(word)
        elif run:
            phrases.append(" ".join(run))
            run = []
    return [phrase for phrase in phrases if words(phrase)]
