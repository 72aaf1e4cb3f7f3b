"""Asks the indices that can hold an answer, and makes sure that the answer is whole."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from app.domain.accounts import current_account
from app.domain.aggregations import Plan
from app.domain.errors import OutOfTimeError, StoreError
from app.domain.filters import (
    CompositeFilter,
    CorrelationIdFilter,
    Filter,
    IdFilter,
    SpanIdFilter,
    TraceIdFilter,
)
from app.domain.instants import MAX_INSTANT, MIN_INSTANT
from app.domain.query import Reach
from app.domain.reading import Cancellation
from app.domain.scope import scope_of
from app.domain.sharding import ScalingStrategy, span_of
from app.domain.waiting import current_cancellation
from app.stores.elasticsearch.answers import Answer, decode_answers
from app.stores.elasticsearch.cancelling import cancelling
from app.stores.elasticsearch.client import LINES_HEADERS, Client
from app.stores.elasticsearch.compile import to_query
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.faults import check_error, check_shards
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.until_whole import until_whole

T = TypeVar("T")

#: How records are sorted, but for those that share both.
NEWEST = [{"timestamp": "desc"}, {"ingest_sequence": "desc"}]
OLDEST = [{"timestamp": "asc"}, {"ingest_sequence": "asc"}]

_SEARCH = "/_msearch"
#: Elasticsearch asks no shard in advance whether it can have anything, and how late.
_SEARCH_AT_ONCE = f"{_SEARCH}?pre_filter_shard_size={2**31 - 1}"

_encode_lines = msgspec.json.Encoder().encode_lines


class Searcher:
    """Searches over the partitions that a filter reaches.

    Args:
        strategy: names the partitions.
        timeout: seconds after which a search is given up.
    """

    def __init__(
        self, client: Client, indices: Indices, strategy: ScalingStrategy, timeout: float
    ) -> None:
        self._client = client
        self._indices = indices
        self._strategy = strategy
        self._timeout = timeout
        # Made once: to make it takes half a millisecond.
        self._patient = client.options(request_timeout=timeout + 1)

    def plan(self, filter: Filter) -> Plan:
        """Which indices a search by ``filter`` would ask what."""
        catalog = self._indices.catalog()
        partitions = self._strategy.select(catalog, scope_of(filter))
        asked = [generation for partition in partitions for generation in catalog[partition]]
        return Plan(
            to_query(filter),
            tuple(sorted(generation.name for generation in asked)),
            sum(map(len, catalog.values())) - len(asked),
            any(generation.takes_records for generation in asked),
        )

    def bounds(self, filter: Filter) -> tuple[int, int] | None:
        """The first and the last instant that a record can have which matches; None if none can."""
        scope = scope_of(filter)
        partitions = self._strategy.select(self._indices.catalog(), scope)
        spans = [span_of(one.period) or (MIN_INSTANT, MAX_INSTANT) for one in partitions]
        if not spans:
            return None
        first = max(scope.start, min(start for start, _ in spans))
        return first, min(scope.end, max(end for _, end in spans))

    def ask(self, filter: Filter, *bodies: dict[str, Any]) -> tuple[list[Mapping[str, Any]], Reach]:
        """The answers to several searches with one filter, each complete, and how many were asked.

        Raises:
            CancelledError: whoever waits in this context has gone, and the searches were stopped.
        """

        def search(searches: list[Any]) -> list[Mapping[str, Any]]:
            complete = self._exchange(_SEARCH, searches, _all_complete, current_cancellation())
            for one in complete:
                shards = one["_shards"]
                _account(shards["total"], shards["successful"], shards["failed"], one["took"])
            return complete

        found, reach = self._ask(filter, bodies, search)
        return found or [_NOTHING for _ in bodies], reach

    def ask_undecoded(
        self, filter: Filter, body: dict[str, Any], cancellation: Cancellation | None
    ) -> tuple[Answer, Reach]:
        """The answer to one search; it may be one whose time ran out, which is marked in it.

        Raises:
            CancelledError: who asked has gone meanwhile, and the search was stopped.
        """

        target = _SEARCH_AT_ONCE if _names_an_id(filter) else _SEARCH

        def search(searches: list[Any]) -> Answer:
            answer = self._exchange(target, searches, _decoded, cancellation)
            shards = answer.shards
            _account(shards.total, shards.successful, shards.failed, answer.took)
            return answer

        found, reach = self._ask(filter, [body], search)
        return found or Answer(), reach

    def _exchange(
        self,
        target: str,
        searches: list[Any],
        decode: Callable[[bytes], T],
        cancellation: Cancellation | None,
    ) -> T:
        lines = _encode_lines(searches)
        with cancelling(self._client, cancellation) as headers:
            with translated():
                found = self._patient.exchange("POST", target, lines, {**LINES_HEADERS, **headers})
            return decode(found)

    def _ask(
        self,
        filter: Filter,
        bodies: Sequence[dict[str, Any]],
        search: Callable[[list[Any]], T],
    ) -> tuple[T | None, Reach]:
        """They go as a multi-search, whose list of indices stands in the body.

        In the address it could grow past what Elasticsearch reads of a first line (4 KB).
        """
        catalog = self._indices.catalog()
        partitions = self._strategy.select(catalog, scope_of(filter))
        asked = sum(len(catalog[partition]) for partition in partitions)
        reach = Reach(asked, sum(map(len, catalog.values())) - asked)
        if not partitions:
            return None, reach
        # By alias: where a copy takes the place of an index, each search sees the one or the other.
        names = [self._indices.alias(partition) for partition in partitions]
        query = to_query(filter)
        timeout = f"{int(self._timeout * 1000)}ms"
        searches: list[Any] = []
        for body in bodies:
            searches.append({"index": names, "ignore_unavailable": True})
            searches.append({"query": query, "timeout": timeout, **body})
        return until_whole(lambda: search(searches), self._client, names, self._timeout), reach


def _names_an_id(filter: Filter) -> bool:
    """Whether what matches bears an id that the filter names.

    Those are few. A shard that has none of them says so as quickly as it would tell in advance of its
    times, by which Elasticsearch leaves out shards once it has found enough elsewhere.
    """
    match filter:
        case IdFilter() | CorrelationIdFilter() | TraceIdFilter() | SpanIdFilter():
            return True
        case CompositeFilter(filters):
            return any(map(_names_an_id, filters))
        case _:
            return False


def _decoded(body: bytes) -> Answer:
    try:
        (answer,) = decode_answers(body).responses
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise StoreError(f"Elasticsearch answered what is no record ({error})") from error
    check_error(answer.error, answer.status)
    # One whose time ran out is not whole anyway; to ask for it again would take as long again.
    if not answer.timed_out:
        check_shards(answer.shards.total, answer.shards.failed, answer.shards.failures)
    return answer


def _all_complete(body: bytes) -> list[Mapping[str, Any]]:
    try:
        # Metadata may hold numbers of any size, which faster decoders refuse.
        answers = json.loads(body)["responses"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"Elasticsearch answered what is no search ({error})") from error
    return [_complete(answer) for answer in answers]


def _account(shards: int, successful: int, failed: int, took: int) -> None:
    if account := current_account():
        account.add(shards, successful, failed, took)


_NOTHING: Mapping[str, Any] = {"hits": {"total": {"value": 0}, "hits": []}}


def _complete(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    check_error(answer.get("error"), answer.get("status", 200))
    if answer["timed_out"]:
        raise OutOfTimeError("the search took too long: narrow the time range")
    shards = answer["_shards"]
    check_shards(shards["total"], shards["failed"], shards.get("failures", ()))
    return answer
