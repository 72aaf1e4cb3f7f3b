"""Questions for figures as query parameters, and the JSON of their answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.accounts import Account
from app.domain.aggregations import (
    MAX_FACET_VALUES,
    MAX_FACETS,
    MAX_MESSAGES,
    MAX_PERCENTS,
    MAX_SAMPLED_MESSAGES,
    MAX_SERVICES,
    METADATA_PREFIX,
    Aggregations,
    Plan,
    SeriesField,
    check_facet,
)
from app.domain.caching import CacheResult
from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, format_instant
from app.domain.intervals import MAX_BUCKETS, USUAL_BUCKETS, Interval
from app.domain.metadata import MAX_PATH_LENGTH
from app.domain.scope import scope_of
from app.protocols.rest import EXPLAIN_PARAMETER, FILTER_PARAMETERS, check_names, whole_number

#: How every question may be answered.
ANSWER_PARAMETERS = {
    "cache": "`false`: answer from the records as they are now, not from the cache.",
    **EXPLAIN_PARAMETER,
}
HISTOGRAM_PARAMETERS = {
    "interval": f"Length of a bucket such as 30s, 5m, 1h or 1d; at most {MAX_BUCKETS} buckets; "
    f"default: one that gives about {USUAL_BUCKETS}.",
    "by": "`level` or `service` (the ten largest, the rest together).",
}
FACETS_PARAMETERS = {
    "field": "level, service, source_ip or metadata.<key>; several, at most "
    f"{MAX_FACETS}, separated by commas.",
    "limit": f"Values of each field, 1 to {MAX_FACET_VALUES}; default 10.",
}
SERVICES_PARAMETERS = {"limit": f"Services, 1 to {MAX_SERVICES}; default 100."}
PERCENTILES_PARAMETERS = {
    "field": "metadata.<key> with numbers, or texts that spell numbers.",
    "percents": f"At most {MAX_PERCENTS} numbers from 0 to 100, separated by commas; "
    "default 50,90,95,99.",
}
MESSAGES_PARAMETERS = {
    "limit": f"Messages, 1 to {MAX_MESSAGES}; default 10.",
    "sample": f"Newest records that are read, 1 to {MAX_SAMPLED_MESSAGES}; default 5000.",
}

#: Says the figures of one kind for a filter.
Answer = Callable[[Aggregations, Filter], dict[str, Any]]


def flag(parameters: Mapping[str, str], name: str, default: bool) -> bool:
    """The truth value that a parameter spells.

    Raises:
        InvalidQueryError: it spells none.
    """
    text = parameters.get(name, "") or str(default).lower()
    if text not in ("true", "false"):
        raise InvalidQueryError(name, "must be true or false")
    return text == "true"


def histogram(parameters: Mapping[str, str]) -> Answer:
    """Counts over time."""
    _check(parameters, HISTOGRAM_PARAMETERS)
    interval = Interval.of(text) if (text := parameters.get("interval")) else None
    by = _series_field(parameters.get("by"))

    def answer(aggregations: Aggregations, filter: Filter) -> dict[str, Any]:
        found = aggregations.histogram(filter, interval, by)
        named = {one.name: one.counts for one in found.series}
        others = named.pop(None, None)
        body: dict[str, Any] = {
            "interval": str(found.interval),
            "buckets": [
                {
                    "start": format_instant(start),
                    "count": total,
                    **({f"by_{by}": {name: it[at] for name, it in named.items()}} if by else {}),
                    **({"others": others[at]} if others else {}),
                }
                for at, (start, total) in enumerate(zip(found.starts, found.totals, strict=True))
            ],
        }
        return {**body, "total": sum(found.totals)}

    return answer


def facets(parameters: Mapping[str, str]) -> Answer:
    """The most frequent values of fields."""
    _check(parameters, FACETS_PARAMETERS)
    fields = list(dict.fromkeys(parameters.get("field", "").split(",")))
    if len(fields) > MAX_FACETS:
        raise InvalidQueryError("field", f"at most {MAX_FACETS} fields are allowed")
    for field in fields:
        check_facet(field)
        _check_path(field)
    limit = whole_number(parameters, "limit", 10, 1, MAX_FACET_VALUES)

    def answer(aggregations: Aggregations, filter: Filter) -> dict[str, Any]:
        return {
            "facets": [
                {
                    "field": facet.field,
                    "values": [{"value": value, "count": n} for value, n in facet.values],
                    "others": facet.others,
                    "error": facet.error,
                }
                for facet in aggregations.facets(filter, fields, limit)
            ]
        }

    return answer


def services(parameters: Mapping[str, str]) -> Answer:
    """The services, with their rate of errors."""
    _check(parameters, SERVICES_PARAMETERS)
    limit = whole_number(parameters, "limit", 100, 1, MAX_SERVICES)

    def answer(aggregations: Aggregations, filter: Filter) -> dict[str, Any]:
        found = aggregations.services(filter, limit)
        return {
            "services": [
                {
                    "service": one.name,
                    "records": one.records,
                    "errors": one.errors,
                    "error_rate": round(one.errors / one.records, 6),
                    "first_seen": format_instant(one.first),
                    "last_seen": format_instant(one.last),
                }
                for one in found.services
            ],
            "others": found.others,
        }

    return answer


def percentiles(parameters: Mapping[str, str]) -> Answer:
    """The distribution of a number."""
    _check(parameters, PERCENTILES_PARAMETERS)
    field = parameters.get("field", "")
    path = field.removeprefix(METADATA_PREFIX)
    if not path or path == field:
        raise InvalidQueryError("field", "must be metadata.<key>, with the key of a number")
    _check_path(field)
    percents = _percents(parameters.get("percents") or "50,90,95,99")

    def answer(aggregations: Aggregations, filter: Filter) -> dict[str, Any]:
        found = aggregations.percentiles(filter, path, percents)
        return {
            "field": field,
            "count": found.count,
            "percentiles": {repr(it).removesuffix(".0"): value for it, value in found.values},
            "min": found.least,
            "max": found.greatest,
            "mean": found.mean,
            "sampled": found.is_sampled,
        }

    return answer


def top_messages(parameters: Mapping[str, str]) -> Answer:
    """The most frequent messages."""
    _check(parameters, MESSAGES_PARAMETERS)
    limit = whole_number(parameters, "limit", 10, 1, MAX_MESSAGES)
    sample = whole_number(parameters, "sample", 5_000, 1, MAX_SAMPLED_MESSAGES)

    def answer(aggregations: Aggregations, filter: Filter) -> dict[str, Any]:
        found = aggregations.top_messages(filter, limit, sample)
        return {
            "messages": [
                {"message": text, "count": n, "share": round(n / found.read, 6)}
                for text, n in found.messages
            ],
            "read": found.read,
            "total": found.total,
            "sampled": found.read < found.total,
        }

    return answer


def dump_range(filter: Filter) -> dict[str, str | None]:
    """From when to when a filter reaches; null where it is open."""
    scope = scope_of(filter)
    return {
        "from": format_instant(scope.start) if scope.start > MIN_INSTANT else None,
        "to": format_instant(scope.end) if scope.end < MAX_INSTANT else None,
    }


def dump_explanation(plans: Sequence[Plan], account: Account, cache: CacheResult) -> dict[str, Any]:
    """What was asked, and what it took; of what came from the cache nothing was."""
    queries = [plan.query for plan in plans]
    asked = sorted({name for plan in plans for name in plan.asked})
    of = max(len(plan.asked) + plan.skipped for plan in plans)
    return {
        "query": queries[0] if len(queries) == 1 else queries,
        "indices": {"asked": asked, "skipped": of - len(asked), "of": of},
        "shards": {
            "total": account.shards,
            "successful": account.successful,
            "failed": account.failed,
        },
        "took_ms": account.took_ms,
        "cache": cache,
    }


def _check(parameters: Mapping[str, str], own: Mapping[str, str]) -> None:
    check_names(parameters, {**FILTER_PARAMETERS, **own, **ANSWER_PARAMETERS})


def _series_field(text: str | None) -> SeriesField | None:
    match text:
        case "level" | "service":
            return text
        case None | "":
            return None
        case _:
            raise InvalidQueryError("by", "must be level or service")


def _check_path(field: str) -> None:
    if len(field) > MAX_PATH_LENGTH or not field.isprintable():
        reason = f"must have at most {MAX_PATH_LENGTH} characters, all of them printable"
        raise InvalidQueryError("field", reason)


def _percents(text: str) -> list[float]:
    reason = f"must be at most {MAX_PERCENTS} numbers from 0 to 100, separated by commas"
    parts = text.split(",")
    try:
        percents = sorted({float(part) for part in parts})
    except ValueError:
        raise InvalidQueryError("percents", reason) from None
    if len(parts) > MAX_PERCENTS or not all(0 <= percent <= 100 for percent in percents):
        raise InvalidQueryError("percents", reason)
    return percents
