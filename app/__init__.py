"""Logfeed: a log service on Elasticsearch.

The public names are loaded when first asked for, so that a small command does not pay for Flask.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.entry import LogEntry as LogEntry
    from app.domain.filters import AnyOfFilter as AnyOfFilter
    from app.domain.filters import CompositeFilter as CompositeFilter
    from app.domain.filters import CorrelationIdFilter as CorrelationIdFilter
    from app.domain.filters import ExistsFilter as ExistsFilter
    from app.domain.filters import FieldExistsFilter as FieldExistsFilter
    from app.domain.filters import FieldFilter as FieldFilter
    from app.domain.filters import FieldPrefixFilter as FieldPrefixFilter
    from app.domain.filters import FieldRangeFilter as FieldRangeFilter
    from app.domain.filters import IdFilter as IdFilter
    from app.domain.filters import KeywordFilter as KeywordFilter
    from app.domain.filters import LevelFilter as LevelFilter
    from app.domain.filters import MinimumLevelFilter as MinimumLevelFilter
    from app.domain.filters import NetworkFilter as NetworkFilter
    from app.domain.filters import NotFilter as NotFilter
    from app.domain.filters import ServiceFilter as ServiceFilter
    from app.domain.filters import ServicePrefixFilter as ServicePrefixFilter
    from app.domain.filters import SpanIdFilter as SpanIdFilter
    from app.domain.filters import TimeRangeFilter as TimeRangeFilter
    from app.domain.filters import WordPrefixFilter as WordPrefixFilter
    from app.domain.levels import LogLevel as LogLevel
    from app.wiring.application import create_app as create_app
    from app.wiring.memory import create_log_service as create_log_service

_HOME = {
    "LogEntry": "app.domain.entry",
    "LogLevel": "app.domain.levels",
    "create_app": "app.wiring.application",
    "create_log_service": "app.wiring.memory",
} | dict.fromkeys(
    [
        "AnyOfFilter",
        "CompositeFilter",
        "CorrelationIdFilter",
        "ExistsFilter",
        "FieldExistsFilter",
        "FieldFilter",
        "FieldPrefixFilter",
        "FieldRangeFilter",
        "IdFilter",
        "KeywordFilter",
        "LevelFilter",
        "MinimumLevelFilter",
        "NetworkFilter",
        "NotFilter",
        "ServiceFilter",
        "ServicePrefixFilter",
        "SpanIdFilter",
        "TimeRangeFilter",
        "WordPrefixFilter",
    ],
    "app.domain.filters",
)

__all__ = sorted(_HOME)  # noqa: PLE0605 - a sorted list of the names above


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'app' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
