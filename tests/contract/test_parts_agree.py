"""What is found by parts of joined words is the same in every store, in text that is full of them."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter, KeywordFilter, WordPrefixFilter
from app.domain.matching import matches
from app.domain.ports import DatabaseInterface
from app.domain.query import Query
from tests import builders

pieces = st.sampled_from(
    [
        "a", "B", "foo", "Bar", "x1", "1", "22", "é", "e\u0301", "日", "ア", "don't", "🙂",
        "_", "__", ".", ":", ",", "'", "-", "/", " ", " ", " ", "\n",
    ]
)  # fmt: skip
texts = st.lists(pieces, min_size=1, max_size=14).map("".join)
cuts = st.tuples(st.floats(0, 0.9), st.floats(0.1, 1))


def cut_out(text: str, cut: tuple[float, float]) -> str:
    """What stands in ``text`` between two places."""
    start = int(len(text) * cut[0])
    return text[start : start + max(1, int(len(text) * cut[1]))]


def searches(text: str) -> list[Filter]:
    try:
        return [KeywordFilter(text), WordPrefixFilter(text)]
    except InvalidQueryError:
        return [KeywordFilter(text)]


def test_a_store_finds_by_parts_exactly_what_the_predicate_matches(
    store: DatabaseInterface,
) -> None:
    stored: list[LogEntry] = []

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(st.tuples(texts, cuts), min_size=3, max_size=6))
    def law(texts: list[tuple[str, tuple[float, float]]]) -> None:
        for text, _ in texts:
            stored.append(builders.entry(f"{len(stored)}", message=text))
        store.append(stored[-len(texts) :])
        store.refresh()
        for text, cut in texts:
            for wanted in searches(cut_out(text, cut)):
                found = {entry.id for entry in store.search(Query(wanted, limit=1_000)).entries}
                assert found == {entry.id for entry in stored if matches(wanted, entry)}, wanted

    law()
