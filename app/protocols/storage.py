"""Storage figures as the API shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.errors import InvalidQueryError
from app.domain.instants import NANOS_PER_MILLISECOND, format_instant
from app.domain.storage import EVERY_BY, By, StorageFigures, Usage
from app.protocols.rest import check_names

STORAGE_PARAMETERS = {
    "by": f"Only the figures by {', '.join(EVERY_BY[:-1])} or {EVERY_BY[-1]}; default: all of them."
}


def parse_by(parameters: Mapping[str, str]) -> Sequence[By]:
    """What the figures are wanted by.

    Raises:
        InvalidQueryError: an unknown parameter or value.
    """
    check_names(parameters, STORAGE_PARAMETERS)
    if "by" not in parameters:
        return EVERY_BY
    for by in EVERY_BY:
        if by == parameters["by"]:
            return [by]
    raise InvalidQueryError("by", f"must be {', '.join(EVERY_BY[:-1])} or {EVERY_BY[-1]}")


def dump_storage(figures: StorageFigures) -> dict[str, Any]:
    """The figures; groups stand under ``by_stream`` and so on."""
    days = figures.days_until_full
    return {
        "total": _dump_usage(figures.total),
        **{f"by_{by}": [_dump_usage(one) for one in group] for by, group in figures.groups.items()},
        "growth_days": figures.growth_days,
        "room_bytes": figures.room_bytes,
        "days_until_full": None if days is None else round(days, 1),
    }


def _dump_usage(usage: Usage) -> dict[str, Any]:
    return {
        "name": usage.name,
        "indices": usage.indices,
        "documents": usage.documents,
        "primary_bytes": usage.primary_bytes,
        "total_bytes": usage.total_bytes,
        "growth_bytes_per_day": usage.growth_bytes,
        "growth_documents_per_day": usage.growth_documents,
        # They are told a little too wide, as the store counts in floating point.
        "oldest": None if usage.oldest is None else format_instant(-_milliseconds(-usage.oldest)),
        "newest": None if usage.newest is None else format_instant(_milliseconds(usage.newest)),
        "estimated": usage.is_estimated,
    }


def _milliseconds(instant: int) -> int:
    """``instant`` cut to whole milliseconds."""
    return instant // NANOS_PER_MILLISECOND * NANOS_PER_MILLISECOND
