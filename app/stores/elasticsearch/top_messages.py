"""The most frequent messages of the newest records, read in pages of bounded size."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from app.domain.aggregations import TopMessages
from app.domain.page_size import PageSize
from app.stores.elasticsearch.searching import NEWEST

_FIRST_PAGE = 100
#: Characters of distinct messages that are kept while others are counted.
MOST_CHARACTERS = 32_000_000


def top_messages(
    ask: Callable[[dict[str, Any]], Mapping[str, Any]], limit: int, sample: int
) -> TopMessages:
    """The ``limit`` most frequent messages of the newest ``sample`` records.

    Of fewer, where messages are so long that no more of them are kept. Where a page ends between
    records that share their instant and number, those behind its end are not counted.

    Args:
        ask: answers one search.
    """
    size = PageSize(_FIRST_PAGE, sample)
    counted: Counter[str] = Counter()
    body: dict[str, Any] = {"sort": NEWEST, "_source": ["message"], "track_total_hits": True}
    read = total = kept = 0
    while True:
        wanted = min(size.records, sample - read)
        found = ask(body | {"size": wanted})["hits"]
        messages = [hit["_source"]["message"] for hit in found["hits"]]
        if "search_after" not in body:
            total = found["total"]["value"]
        kept += sum(len(message) for message in set(messages) - counted.keys())
        counted.update(messages)
        read += len(messages)
        if len(messages) < wanted or read >= sample or kept >= MOST_CHARACTERS:
            break
        size.adapt(wanted, len(messages), sum(map(len, messages)))
        body |= {"search_after": found["hits"][-1]["sort"], "track_total_hits": False}
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return TopMessages(ranked[:limit], read, total)
