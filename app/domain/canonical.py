"""One text for filters that ask for the same in another order, to know a question again."""

from app.domain.filters import AnyOfFilter, CompositeFilter, Filter, NotFilter, TimeRangeFilter


def canonical(filter: Filter) -> str:
    """A text that two filters share only if they match the same records."""
    match filter:
        case CompositeFilter(filters):
            return _joined("all", filters)
        case AnyOfFilter(filters):
            return _joined("any", filters)
        case NotFilter(inner):
            return f"not({canonical(inner)})"
        case TimeRangeFilter():
            return f"time({filter.start_ns},{filter.end_ns})"
        case _:
            return repr(filter)


def _joined(kind: str, filters: tuple[Filter, ...]) -> str:
    parts = sorted({canonical(part) for part in filters})
    return parts[0] if len(parts) == 1 else f"{kind}({','.join(parts)})"
