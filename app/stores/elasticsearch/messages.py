"""``Messages`` on Elasticsearch: points in time, paged by ``search_after``.

They come by ``random_score`` (Elasticsearch reference, "Function score query"), a hash of each record's
sequence and of its index: the same indices give the same order, in which no time is favoured, so that
whoever stops early has a fair sample.
"""

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from app.domain.errors import LogfeedError, OutOfTimeError
from app.domain.filters import Filter
from app.domain.instants import NANOS_PER_MILLISECOND
from app.domain.levels import LogLevel
from app.domain.messages import MESSAGE_CHARACTERS, Message, MessagePage
from app.domain.scope import scope_of
from app.domain.sharding import ScalingStrategy
from app.domain.waiting import current_cancellation
from app.stores.elasticsearch.cancelling import cancelling
from app.stores.elasticsearch.compile import EsQuery, to_query
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.faults import check_error, check_shards
from app.stores.elasticsearch.indices import Indices

MAX_PAGE = 5_000
_FIRST_PAGE = 500
#: Characters of messages that one page should have: pages of long messages have fewer of them.
_PAGE_CHARACTERS = 4_000_000
#: Characters of names in one request: Elasticsearch reads 4,096 of its first line.
_NAMES = 3_000
_KEEP_ALIVE = "1m"
_SEED = 1
_FIELDS = [{"field": "timestamp", "format": "epoch_millis"}, {"field": "level"}]


class ElasticsearchMessages:
    """Reads messages of records in time-rolled indices.

    Args:
        search_timeout: seconds after which one page is given up.
    """

    def __init__(
        self,
        client: Elasticsearch,
        indices: Indices,
        strategy: ScalingStrategy,
        *,
        search_timeout: float = 30.0,
    ) -> None:
        self._client = client.options(request_timeout=search_timeout + 1)
        self._indices = indices
        self._strategy = strategy
        self._timeout = f"{int(search_timeout * 1000)}ms"

    def read(self, filter: Filter, most: int) -> Generator[MessagePage, None, None]:
        """Pages of messages in an order of chance.

        Raises:
            CancelledError: whoever waits in this context has gone, and the search was stopped.
        """
        query = _by_chance(to_query(filter))
        with ExitStack() as open_points:
            points = [self._open(names, open_points) for names in self._names(filter)]
            counted = [(point, self._count(point, query)) for point in points if point is not None]
            total = sum(count for _, count in counted)
            yield MessagePage(total, [])
            for point, count in counted:
                # Each as many as is its part of all.
                wanted = count if total <= most else round(most * count / total)
                yield from self._pages(point, query, wanted, total)

    def _names(self, filter: Filter) -> list[list[str]]:
        """The aliases to ask, oldest period first, in lists that fit into an address."""
        catalog = self._indices.catalog()
        partitions = self._strategy.select(catalog, scope_of(filter))
        lists: list[list[str]] = []
        length = _NAMES
        for partition in sorted(partitions, key=lambda one: (one.period, one.stream)):
            name = self._indices.alias(partition)
            length += len(name) + 1
            if length > _NAMES:
                lists.append([])
                length = len(name)
            lists[-1].append(name)
        return lists

    def _open(self, names: list[str], until: ExitStack) -> "_Point | None":
        with translated():
            try:
                answer = self._client.open_point_in_time(
                    index=names,
                    keep_alive=_KEEP_ALIVE,
                    ignore_unavailable=True,
                )
            except NotFoundError:
                return None  # they went between the look at the list and now
        point = _Point(answer["id"])
        until.callback(self._close, point)
        return point

    def _close(self, point: "_Point") -> None:
        try:
            with translated():
                self._client.close_point_in_time(id=point.id)
        except LogfeedError:
            return  # it ends by itself in a minute

    def _count(self, point: "_Point", query: EsQuery) -> int:
        answer = self._search(point, query, size=0, track_total_hits=True)
        return int(answer["hits"]["total"]["value"])

    def _pages(
        self, point: "_Point", query: EsQuery, most: int, total: int
    ) -> Generator[MessagePage, None, None]:
        after: Sequence[Any] | None = None
        size = _FIRST_PAGE
        while most > 0:
            size = min(size, most)
            answer = self._search(
                point,
                query,
                size=size,
                sort=[{"_score": "desc"}],
                search_after=after,
                source=["message"],
                docvalue_fields=_FIELDS,
                track_total_hits=False,
            )
            hits = answer["hits"]["hits"]
            if not hits:
                return
            characters = sum(len(hit["_source"]["message"]) for hit in hits)
            yield MessagePage(total, [_message(hit) for hit in hits])
            if len(hits) < size:
                return
            after = hits[-1]["sort"]
            most -= len(hits)
            fitting = _PAGE_CHARACTERS * len(hits) // max(1, characters)
            size = max(1, min(MAX_PAGE, 2 * size, fitting))

    def _search(self, point: "_Point", query: EsQuery, **wanted: Any) -> Any:
        with cancelling(self._client, current_cancellation()) as headers:
            with translated():
                try:
                    answer = self._client.options(headers=headers).search(
                        pit={"id": point.id, "keep_alive": _KEEP_ALIVE},
                        query=query,
                        timeout=self._timeout,
                        **wanted,
                    )
                except BadRequestError as error:
                    check_error(error.body.get("error"), error.status_code)
                    raise
            # Elasticsearch is not told to refuse parts of answers: it could not be told then from a
            # failure that the time ran out.
            if answer["timed_out"]:
                raise OutOfTimeError("the search took too long: narrow the time range")
            shards = answer["_shards"]
            check_shards(shards["total"], shards["failed"], shards.get("failures", ()))
        point.id = answer["pit_id"]
        return answer


class _Point:
    """A point in time; each answer may give it another id."""

    def __init__(self, id: str) -> None:
        self.id = id


def _by_chance(query: EsQuery) -> EsQuery:
    return {
        "function_score": {
            "query": {"bool": {"filter": [query]}},
            "random_score": {"seed": _SEED, "field": "ingest_sequence"},
            "boost_mode": "replace",
        }
    }


def _message(hit: Any) -> Message:
    milliseconds, _, rest = hit["fields"]["timestamp"][0].partition(".")
    return Message(
        hit["_id"],
        int(milliseconds) * NANOS_PER_MILLISECOND + int(rest.ljust(6, "0") or 0),
        LogLevel[hit["fields"]["level"][0]],
        hit["_source"]["message"][:MESSAGE_CHARACTERS],
    )
