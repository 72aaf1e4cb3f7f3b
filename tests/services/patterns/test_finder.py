"""The question for patterns: counts and shares, samples, new ones, and the time that there is."""

from collections.abc import Callable, Generator, Sequence
from itertools import islice

import pytest

from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError, OutOfTimeError
from app.domain.filters import Filter, MinimumLevelFilter
from app.domain.levels import LogLevel
from app.domain.matching import matches
from app.domain.messages import Message, MessagePage
from app.domain.patterns import PatternQuery, PatternReport
from app.services.patterns.finder import PatternFinder
from tests.builders import HOUR, NOON_NS, SECOND, entry


class ListedMessages:
    """Messages of a list; a sample is every n-th. ``asked``: what was read how often."""

    def __init__(self, entries: Sequence[LogEntry]) -> None:
        self.entries = entries
        self.asked: list[tuple[Filter, int]] = []

    def read(self, filter: Filter, most: int) -> Generator[MessagePage, None, None]:
        self.asked.append((filter, most))
        found = [one for one in self.entries if matches(filter, one)]
        step = max(1, len(found) // most)
        for one in found[::step][:most]:
            message = Message(one.id, one.timestamp_ns, one.level, one.message)
            yield MessagePage(len(found), [message])
        if not found:
            yield MessagePage(0, [])


class RunningOut(ListedMessages):
    """Whose time runs out after some messages, in readings that ``is_slow`` says of."""

    def __init__(
        self,
        entries: Sequence[LogEntry],
        after: int,
        is_slow: Callable[[Filter], bool] = lambda _: True,
    ) -> None:
        super().__init__(entries)
        self.after, self.is_slow = after, is_slow

    def read(self, filter: Filter, most: int) -> Generator[MessagePage, None, None]:
        pages = super().read(filter, most)
        yield from islice(pages, self.after if self.is_slow(filter) else None)
        if self.is_slow(filter):
            raise OutOfTimeError("the search took too long")


class Ticking:
    """Seconds that go on by ``step`` with each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def records(count: int, message: str, *, start: int = NOON_NS, **fields: object) -> list[LogEntry]:
    """Records a second apart; ``#`` in the message is the number of each."""
    return [
        entry(
            f"{message}-{start}-{at}",
            at=start + at * SECOND,
            message=message.replace("#", str(at)),
            **fields,  # type: ignore[arg-type]
        )
        for at in range(count)
    ]


def find(
    entries: Sequence[LogEntry], clock: Ticking | None = None, **query: object
) -> PatternReport:
    finder = PatternFinder(ListedMessages(entries), 10.0, clock or Ticking())
    return finder.find(PatternQuery(**query))  # type: ignore[arg-type]


ENTRIES = [
    *records(6, "job # done"),
    *records(3, "job # failed badly", level=LogLevel.ERROR, start=NOON_NS - HOUR),
    *records(1, "stopped"),
]


def test_patterns_of_the_most_records_come_first_with_count_share_and_an_example() -> None:
    report = find(ENTRIES)

    assert [(one.text, one.count, one.share) for one in report.patterns] == [
        ("job <*> done", 6, 0.6),
        ("job <*> failed badly", 3, 0.3),
        ("stopped", 1, 0.1),
    ]
    failed = report.patterns[1]
    assert (failed.first, failed.last) == (NOON_NS - HOUR, NOON_NS - HOUR + 2 * SECOND)
    assert failed.levels == {LogLevel.ERROR: 3}
    assert failed.example == "job 0 failed badly"
    assert (report.total, report.read, report.is_sampled) == (10, 10, False)


def test_filters_narrow_down() -> None:
    report = find(ENTRIES, filter=MinimumLevelFilter(LogLevel.ERROR))

    assert [(one.text, one.share) for one in report.patterns] == [("job <*> failed badly", 1.0)]


def test_without_records_there_are_no_patterns() -> None:
    report = find([])

    assert (report.patterns, report.found, report.total) == ([], 0, 0)


def test_the_limit_cuts_the_answer_and_not_the_count() -> None:
    report = find(ENTRIES, limit=1)

    assert (len(report.patterns), report.found) == (1, 3)


def test_counts_of_a_sample_are_scaled_to_all_records() -> None:
    report = find([*records(600, "job # done"), *records(400, "task # is late")], sample=100)

    assert (report.total, report.read, report.is_sampled) == (1_000, 100, True)
    assert [(one.text, one.count, one.levels) for one in report.patterns] == [
        ("job <*> done", 600, {LogLevel.INFO: 600}),
        ("task <*> is late", 400, {LogLevel.INFO: 400}),
    ]


def test_when_the_time_is_up_the_rest_is_estimated() -> None:
    report = find(records(1_000, "job # done"), Ticking(step=0.5))

    assert report.ran_out_of_time
    assert 1 <= report.read < 1_000
    assert report.patterns[0].count == 1_000


def test_when_the_store_runs_out_of_time_what_was_read_is_answered_and_the_rest_estimated() -> None:
    messages = RunningOut(records(1_000, "job # done"), after=100)

    report = PatternFinder(messages, 10.0, Ticking()).find(PatternQuery())

    assert (report.ran_out_of_time, report.read, report.total) == (True, 100, 1_000)
    assert [(one.text, one.count) for one in report.patterns] == [("job <*> done", 1_000)]


def test_when_it_runs_out_before_a_record_was_read_there_is_nothing_to_answer() -> None:
    finder = PatternFinder(RunningOut(ENTRIES, after=0), 10.0, Ticking())

    with pytest.raises(OutOfTimeError):
        finder.find(PatternQuery())
    with pytest.raises(OutOfTimeError):
        finder.find(PatternQuery(new_since=NOON_NS))


@pytest.mark.parametrize("read", [0, 3])
def test_what_is_new_is_not_certain_where_the_time_ran_out_for_older_records(read: int) -> None:
    entries = [*records(10, "job # done", start=NOON_NS - HOUR), *records(2, "disk # is broken")]
    messages = RunningOut(entries, read, lambda asked: not matches(asked, entries[-1]))

    report = PatternFinder(messages, 10.0, Ticking()).find(PatternQuery(new_since=NOON_NS))

    assert report.ran_out_of_time
    assert [(one.text, one.count, one.is_certain) for one in report.patterns] == [
        ("disk <*> is broken", 2, False)
    ]


def test_only_patterns_without_an_older_record_are_new() -> None:
    entries = [
        *records(5, "job # done", start=NOON_NS - HOUR),
        *records(5, "job # done"),
        *records(2, "disk # is broken"),
    ]

    report = find(entries, new_since=NOON_NS)

    assert [(one.text, one.count, one.is_certain) for one in report.patterns] == [
        ("disk <*> is broken", 2, True)
    ]
    assert report.patterns[0].first == NOON_NS
    assert report.total == 12


def test_a_record_of_that_very_instant_is_not_older() -> None:
    assert [one.text for one in find(records(1, "stopped"), new_since=NOON_NS).patterns] == [
        "stopped"
    ]
    assert find(records(1, "stopped"), new_since=NOON_NS + 1).patterns == []


def test_a_rare_pattern_that_the_sample_missed_is_found_by_its_words_and_is_not_new() -> None:
    older = records(2_000, "job # done", start=NOON_NS - HOUR)
    rare = records(1, "disk # is broken", start=NOON_NS - HOUR + SECOND)
    entries = [
        older[0],
        *rare,
        *older[1:],
        *records(1, "disk # is broken"),
        *records(1, "cpu is hot"),
    ]

    report = find(entries, new_since=NOON_NS, sample=20)

    assert [(one.text, one.is_certain) for one in report.patterns] == [("cpu is hot", True)]


def test_a_new_pattern_without_words_of_its_own_is_not_certain_after_a_sample() -> None:
    entries = [*records(2_000, "job # done", start=NOON_NS - HOUR), *records(1, "#")]

    (found,) = find(entries, new_since=NOON_NS, sample=20).patterns

    assert (found.text, found.is_certain) == ("<*>", False)


@pytest.mark.parametrize(
    ("field", "value"), [("sample", 0), ("sample", 100_001), ("limit", 0), ("limit", 1_001)]
)
def test_what_is_not_allowed_is_refused_by_name(field: str, value: int) -> None:
    with pytest.raises(InvalidQueryError, match=f"^{field}: must lie between 1 and"):
        PatternQuery(**{field: value})  # type: ignore[arg-type]
