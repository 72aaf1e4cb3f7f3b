"""What records an index really holds: the span of their timestamps, and when the newest came."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.states import IndexState

#: Searches in one request.
_AT_ONCE = 500
_MILLISECOND = 1_000_000
_AGGREGATIONS = {
    "oldest": {"min": {"field": "timestamp"}},
    "newest": {"max": {"field": "timestamp"}},
    "arrival": {"max": {"field": "ingest_sequence"}},
}


@dataclass(frozen=True)
class Contents:
    """Instants in nanoseconds; None where there is no record, or it cannot be asked.

    Elasticsearch aggregates in milliseconds: the true instants are less than one from these, and neither
    before the oldest nor after the newest.
    """

    oldest: int | None = None
    newest: int | None = None
    newest_arrival: int | None = None


class ContentsReader:
    """Asks for contents; those of an index that takes no more records it asks for once."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._settled: dict[str, Contents] = {}

    def read(self, states: Sequence[IndexState]) -> dict[str, Contents]:
        """The contents of each that can be asked, by name."""
        self._forget_others(states)
        found = {s.name: self._settled[s.uuid] for s in states if s.uuid in self._settled}
        unknown = [state for state in states if state.name not in found]
        for at in range(0, len(unknown), _AT_ONCE):
            part = unknown[at : at + _AT_ONCE]
            for state, answer in zip(part, self._ask(part), strict=True):
                contents = _contents(answer)
                if contents is None:
                    continue
                found[state.name] = contents
                if state.is_write_blocked and contents.newest is not None:
                    self._settled[state.uuid] = contents
        return found

    def _ask(self, states: Sequence[IndexState]) -> Sequence[Mapping[str, Any]]:
        lines: list[dict[str, Any]] = []
        for state in states:
            lines += [
                {"index": state.name, "ignore_unavailable": True, "allow_no_indices": True},
                {"size": 0, "track_total_hits": False, "aggs": _AGGREGATIONS},
            ]
        with self._calls.asking() as client:
            return client.msearch(searches=lines)["responses"]  # type: ignore[no-any-return]

    def _forget_others(self, states: Sequence[IndexState]) -> None:
        current = {state.uuid for state in states}
        self._settled = {uuid: was for uuid, was in self._settled.items() if uuid in current}


def _contents(answer: Mapping[str, Any]) -> Contents | None:
    shards = answer.get("_shards", {})
    if not shards.get("total") or shards.get("failed") or "aggregations" not in answer:
        return None
    oldest, newest, arrival = (
        answer["aggregations"][key]["value"] for key in ("oldest", "newest", "arrival")
    )
    return Contents(
        None if oldest is None else math.floor(oldest) * _MILLISECOND,
        None if newest is None else (math.floor(newest) + 1) * _MILLISECOND - 1,
        # A whole number of nanoseconds, as a double that is at most 128 off.
        None if arrival is None else int(arrival) + 128,
    )
