"""What is told where some shards of a search fail: whose fault it is, and whether it is asked again."""

from typing import Any

import pytest

from app.domain.errors import (
    AnswerTooLargeError,
    InvalidQueryError,
    LogfeedError,
    StoreUnavailableError,
)
from app.domain.filters import CompositeFilter, TimeRangeFilter, WordPrefixFilter
from app.domain.sharding import TimeBasedSharding
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.faults import check_error, check_shards
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.messages import ElasticsearchMessages
from app.stores.elasticsearch.searching import Searcher
from app.stores.elasticsearch.until_whole import ShardsFailedError
from tests.builders import DAY, NOON_NS, entry
from tests.stores.elasticsearch.reading import Reading, reading


def failure(*chain: tuple[str, str]) -> dict[str, Any]:
    """What a shard says: a reason, that of the reason, and so on."""
    reason: dict[str, Any] | None = None
    for kind, text in reversed(chain):
        reason = {"type": kind, "reason": text} | ({"caused_by": reason} if reason else {})
    return {"shard": 0, "index": "logs", "reason": reason}


DAYS = TimeBasedSharding("day")
BEGUN = WordPrefixFilter("task ab")
TOO_MANY = "too many words begin like the last one"
CLAUSES = failure(("query_shard_exception", "failed"), ("too_many", "maxClauseCount is set to 9"))
NO_RANGE = failure(("illegal_argument_exception", "numFilters must be > 0"))
MEMORY = failure(("circuit_breaking_exception", "Data too large"))
QUEUE = failure(("es_rejected_execution_exception", "rejected execution"))
UNKNOWN = failure(("null_pointer_exception", "x is null"))
CLOSED = failure(
    ("fetch_phase_execution_exception", "no doc"), ("already_closed_exception", "gone")
)


@pytest.mark.parametrize(
    ("failures", "error", "text"),
    [
        ([], ShardsFailedError, "2 of 5 shards did not answer"),
        ([CLOSED], ShardsFailedError, "2 of 5 shards did not answer"),
        ([CLAUSES], InvalidQueryError, "too many words begin like"),
        ([NO_RANGE], InvalidQueryError, "illegal_argument_exception: numFilters must be > 0"),
        ([MEMORY], AnswerTooLargeError, "Data too large"),
        ([QUEUE], StoreUnavailableError, "rejected execution"),
        ([UNKNOWN], StoreUnavailableError, "x is null"),
        ([CLOSED, MEMORY], AnswerTooLargeError, "Data too large"),
        ([CLOSED, MEMORY, CLAUSES], InvalidQueryError, "too many words"),
        ([failure()], StoreUnavailableError, "2 of 5 shards did not answer"),
        ([{}], StoreUnavailableError, "2 of 5 shards did not answer"),
    ],
)
def test_the_weightiest_reason_of_some_shards_is_told(
    failures: list[dict[str, Any]], error: type[LogfeedError], text: str
) -> None:
    with pytest.raises(error, match=text) as raised:
        check_shards(5, 2, failures)

    assert raised.type is error


def test_shards_that_answered_are_no_fault() -> None:
    check_shards(5, 0, [])
    check_error(None, 200)


def test_a_search_that_was_cancelled_is_not_taken_for_a_bad_query() -> None:
    error = {"root_cause": [{"type": "task_cancelled_exception", "reason": "by user request"}]}

    with pytest.raises(StoreUnavailableError, match="by user request"):
        check_error(error, 400)


@pytest.fixture
def many(client: Client, indices: Indices) -> Reading:
    """One index with too many words that begin so, and one with a single one."""
    words = " ".join(f"task ab{n}" for n in range(20_000))
    few = entry("few", at=NOON_NS + DAY, message="task ab1")
    stored = reading(client, indices)
    stored.put([(entry("many", message=words), 1), (few, 2)])
    return stored


@pytest.mark.es
def test_a_phrase_that_stands_for_too_many_words_in_one_index_is_refused_at_once(
    many: Reading, sent: list[str]
) -> None:
    searcher = Searcher(many.client, many.indices, DAYS, 30.0)

    for ask in (
        lambda: searcher.ask(BEGUN, {"size": 0}),
        lambda: searcher.ask_undecoded(BEGUN, {"size": 0}, None),
    ):
        with pytest.raises(InvalidQueryError, match=TOO_MANY):
            ask()

    assert sent == ["/_msearch"] * 2


@pytest.mark.es
def test_a_sample_of_such_a_phrase_is_refused_in_the_same_words(many: Reading) -> None:
    messages = ElasticsearchMessages(many.client, many.indices, DAYS)

    for asked in (BEGUN, CompositeFilter(BEGUN, TimeRangeFilter(end=NOON_NS))):
        with pytest.raises(InvalidQueryError, match=TOO_MANY):
            list(messages.read(asked, 10))
