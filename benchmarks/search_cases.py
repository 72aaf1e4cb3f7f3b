# ruff: noqa: INP001 - beside a script, not a package
"""What the benchmark of searches asks: our address, and what a user would send to Elasticsearch."""

import json
from dataclasses import dataclass
from typing import Any

_NEWEST = [{"timestamp": "desc"}, {"ingest_sequence": "desc"}]
_LEVELS = {"terms": {"field": "level", "size": 5}}


@dataclass(frozen=True)
class Case:
    """One question.

    Attributes:
        path: of our route, with its parameters.
        body: of Elasticsearch's ``_search``, besides the query.
        is_figure: it goes through the cache of figures.
    """

    name: str
    path: str
    body: dict[str, Any]
    is_figure: bool = False


def cases(correlation_id: str, service: str, hour: tuple[str, str]) -> list[Case]:
    """Those of the issue; ``hour`` holds records of ``service``."""
    hits = {"size": 100, "sort": _NEWEST, "track_total_hits": True}
    narrow = f"start_time={hour[0]}&end_time={hour[1]}"
    over_time = {
        "date_histogram": {"field": "timestamp", "fixed_interval": "6h", "min_doc_count": 1},
        "aggs": {"levels": _LEVELS},
    }
    top = {
        name: {"terms": {"field": name, "size": 10}} for name in ("level", "service", "source_ip")
    }
    return [
        Case("errors", f"logs?service={service}&level=ERROR&limit=100&{narrow}", hits),
        Case("two words", "logs?q=refused%20AND%20side&limit=100", hits),
        Case("phrase", "logs?keyword=refused+by+the+other+side&limit=100", hits),
        Case("correlation id", f"logs?correlation_id={correlation_id}&limit=100", hits),
        Case(
            "histogram",
            "logs/histogram?by=level&interval=6h",
            {"size": 0, "track_total_hits": False, "aggs": {"all": over_time}},
            is_figure=True,
        ),
        Case(
            "facets",
            "logs/facets?field=level,service,source_ip",
            {"size": 0, "track_total_hits": False, "aggs": top},
            is_figure=True,
        ),
    ]


def raw_request(explanation: dict[str, Any], case: Case) -> tuple[str, bytes]:
    """Path and body of the same question to Elasticsearch."""
    body = {"query": explanation["query"], **case.body}
    names = ",".join(explanation["indices"]["asked"])
    return f"/{names}/_search", json.dumps(body).encode()
