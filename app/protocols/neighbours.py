"""Records among others: around one of them, and of one trace."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import asdict

from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter
from app.domain.instants import NANOS_PER_MILLISECOND
from app.domain.query import DEFAULT_LIMIT, MAX_LIMIT
from app.domain.raw_records import RawRecord
from app.domain.reading import MAX_AROUND, Same, Surroundings, TraceSummary
from app.protocols.aggregations import ANSWER_PARAMETERS
from app.protocols.rest import (
    FILTER_PARAMETERS,
    PAGE_PARAMETERS,
    check_names,
    parse_filter,
    whole_number,
)

_DEFAULT_AROUND = 10
#: Where an id stands among the parameters.
ID_PARAMETER = {"id": "The id of a record, whatever it is like."}
#: Query parameters of the records around one.
CONTEXT_PARAMETERS = {
    "before": f"Older records, 0 to {MAX_AROUND}; default {_DEFAULT_AROUND}. The nearest of them, where "
    "they have more than 32 MiB.",
    "after": f"Newer records, 0 to {MAX_AROUND}; default {_DEFAULT_AROUND}; likewise.",
    "same": "`service` (default): neighbours of the same service; `source`: of the same source_ip.",
}
#: Query parameters of a trace.
TRACE_PARAMETERS = {
    "start_time": FILTER_PARAMETERS["start_time"] + " Spares asking the indices before it.",
    "end_time": FILTER_PARAMETERS["end_time"] + " Spares asking the indices after it.",
    "limit": PAGE_PARAMETERS["limit"],
    "cursor": "The `next_cursor` of the page before.",
    "cache": ANSWER_PARAMETERS["cache"],
}


class _Neighbour(RawRecord, frozen=True, kw_only=True, gc=False):
    is_requested: bool = False


class _Traced(RawRecord, frozen=True, kw_only=True, gc=False):
    since_previous_ms: float | None = None


def take_id(parameters: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The id that the parameters name, and the others.

    Raises:
        InvalidQueryError: there is none.
    """
    others = dict(parameters)
    wanted = others.pop("id", "")
    if not wanted:
        raise InvalidQueryError("id", "must be given: the id of a record")
    return wanted, others


def parse_context(parameters: Mapping[str, str]) -> tuple[int, int, Same]:
    """How many older and newer records are asked for, and what they have in common.

    Raises:
        InvalidQueryError: a bad value, an unknown name.
    """
    check_names(parameters, CONTEXT_PARAMETERS)
    before, after = (
        whole_number(parameters, name, _DEFAULT_AROUND, 0, MAX_AROUND)
        for name in ("before", "after")
    )
    match parameters.get("same") or "service":
        case "service":
            return before, after, "service"
        case "source":
            return before, after, "source"
        case _:
            raise InvalidQueryError("same", "must be service or source")


def dump_context(around: Surroundings) -> dict[str, Any]:
    """The answer, for ``pages.encode``: the newest first, as in a search."""
    logs = [*around.newer, around.record, *around.older]
    return {
        "logs": [
            _Neighbour(**asdict(record), is_requested=at == len(around.newer))
            for at, record in enumerate(logs)
        ],
        "count": len(logs),
    }


def parse_trace(parameters: Mapping[str, str], now: int) -> tuple[Filter, int]:
    """What a trace is looked for in, and how many records a page holds.

    Raises:
        InvalidQueryError: a bad value, an unknown name.
    """
    check_names(parameters, TRACE_PARAMETERS)
    limit = whole_number(parameters, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    return parse_filter({k: v for k, v in parameters.items() if k.endswith("_time")}, now), limit


def dump_trace(
    page: dict[str, Any], id: str, summary: TraceSummary, gaps: Sequence[int | None]
) -> dict[str, Any]:
    """``page`` of a trace with what is known of the whole, for ``pages.encode``."""
    traced = [
        _Traced(
            **asdict(record),
            since_previous_ms=None if gap is None else gap / NANOS_PER_MILLISECOND,
        )
        for record, gap in zip(page["logs"], gaps, strict=True)
    ]
    trace = {
        "id": id,
        "total": summary.total,
        "duration_ms": summary.duration / NANOS_PER_MILLISECOND,
        "services": summary.services,
        "errors": summary.errors,
    }
    return {"trace": trace, **page, "logs": traced}
