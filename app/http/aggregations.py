"""Routes that answer with figures over many records."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import orjson
from flask import Blueprint, Response

from app.domain.accounts import accounting
from app.domain.aggregations import Plan
from app.domain.filters import CompositeFilter, Filter
from app.domain.ports import Clock
from app.http.answers import to_json
from app.http.cached import present, wants_fresh
from app.http.parameters import query_parameters
from app.http.read_side import ReadSide
from app.protocols import aggregations as figures
from app.protocols.comparisons import compare, periods
from app.protocols.rest import FILTER_PARAMETERS, check_names, dump_stats, parse_filter
from app.services.cached_answers import CachedAnswers
from app.services.log_feeding import LogFeedingService

_KINDS: dict[str, Callable[[Mapping[str, str]], figures.Answer]] = {
    "histogram": figures.histogram,
    "facets": figures.facets,
    "services": figures.services,
    "percentiles": figures.percentiles,
    "top-messages": figures.top_messages,
}
#: Parameters that are no part of a question.
_OWN = {*FILTER_PARAMETERS, *figures.ANSWER_PARAMETERS, "service_name"}


def aggregation_routes(service: LogFeedingService, read_side: ReadSide, clock: Clock) -> Blueprint:
    """Statistics, histograms, facets and so on, under both addresses."""
    routes = Blueprint("aggregations", __name__)
    answers = service.answers

    def figures_of(kind: str) -> Response:
        parameters, saved = read_side.take_saved(query_parameters())
        make = _KINDS[kind](parameters)
        asked = parse_filter(parameters, present(answers, clock, parameters))
        wanted = CompositeFilter(asked, saved)
        return _answer(
            answers, kind, parameters, [wanted], lambda: make(answers.aggregations, wanted)
        )

    def stats() -> Response:
        parameters, saved = read_side.take_saved(query_parameters())
        check_names(parameters, {**FILTER_PARAMETERS, **figures.ANSWER_PARAMETERS})
        asked = parse_filter(parameters, present(answers, clock, parameters))
        wanted = CompositeFilter(asked, saved)
        return _answer(
            answers, "stats", parameters, [wanted], lambda: dump_stats(service.get_stats(wanted))
        )

    def comparison() -> Response:
        parameters, saved = read_side.take_saved(query_parameters())
        spans = periods(parameters, present(answers, clock, parameters))
        asked, before = (CompositeFilter(one, saved) for one in spans)
        return _answer(
            answers,
            "compare",
            parameters,
            [asked, before],
            lambda: compare(answers.aggregations, asked, before),
        )

    for prefix in ("/logs", "/api/v1/logs"):
        for kind in _KINDS:
            routes.add_url_rule(
                f"{prefix}/{kind}", f"{prefix}/{kind}", figures_of, defaults={"kind": kind}
            )
        routes.add_url_rule(f"{prefix}/stats", f"{prefix}/stats", stats)
        routes.add_url_rule(f"{prefix}/compare", f"{prefix}/compare", comparison)
    return routes


def _answer(
    answers: CachedAnswers,
    kind: str,
    parameters: Mapping[str, str],
    filters: list[Filter],
    make: Callable[[], dict[str, Any]],
) -> Response:
    """The answer, from the cache or made; an explanation is about this request, and never cached."""
    is_explained = figures.flag(parameters, "explain", default=False)
    plans = [answers.aggregations.plan(one) for one in filters]
    question = [f"{name}={it}" for name, it in sorted(parameters.items()) if name not in _OWN]

    def body() -> bytes:
        return to_json({**make(), "range": figures.dump_range(filters[0])})

    # Of two filters both stand in the key, in their order: the second as a part of the question.
    with accounting() as account:
        found, result = answers.answer(
            reduce(Plan.united, plans),
            [kind, *question, *map(repr, filters[1:])],
            filters[0],
            body,
            is_fresh=wants_fresh(parameters),
        )
    if is_explained:
        explained = figures.dump_explanation(plans, account, result)
        found = to_json({**orjson.loads(found), "explain": explained})
    response = Response(found, content_type="application/json")
    response.headers["X-Cache"] = result
    return response
