"""The route that finds patterns."""

from dataclasses import replace

from flask import Blueprint, Response

from app.domain.filters import CompositeFilter
from app.domain.ports import Clock
from app.http.answers import json_answer
from app.http.parameters import query_parameters
from app.http.read_side import ReadSide
from app.protocols.patterns import dump_patterns, parse_pattern_query


def pattern_routes(read_side: ReadSide, clock: Clock) -> Blueprint:
    """Patterns of messages, under both addresses."""
    routes = Blueprint("patterns", __name__)

    @routes.get("/logs/patterns")
    @routes.get("/api/v1/logs/patterns")
    def patterns() -> Response:
        now = clock()
        parameters, saved = read_side.take_saved(query_parameters(), now)
        query = parse_pattern_query(parameters, now, read_side.pattern_sample)
        report = read_side.patterns.find(
            replace(query, filter=CompositeFilter(query.filter, saved))
        )
        return json_answer(dump_patterns(report, is_about_new=query.new_since is not None))

    return routes
