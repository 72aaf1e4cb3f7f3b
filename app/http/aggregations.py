"""What answers with figures over many records."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import orjson

from app.domain.accounts import accounting
from app.domain.aggregations import Plan
from app.domain.filters import CompositeFilter, Filter
from app.domain.ports import Clock
from app.http.answers import to_json
from app.http.cached import present, refuses_kept
from app.http.read_requests import Handler, Handlers, ReadAnswer, ReadRequest
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
#: Parameters that are no part of a question: what they say is in the filter, or about the answer only.
_OWN = {*FILTER_PARAMETERS, *figures.ANSWER_PARAMETERS, "service_name", "saved"}


def figure_handlers(service: LogFeedingService, read_side: ReadSide, clock: Clock) -> Handlers:
    """Statistics, histograms, facets and so on, under both addresses."""
    answers = service.answers

    def figures_of(kind: str) -> Handler:
        def handle(request: ReadRequest) -> ReadAnswer:
            moment = now(request)
            parameters, saved = read_side.take_saved(request.parameters, moment)
            make = _KINDS[kind](parameters)
            asked = parse_filter(parameters, moment)
            wanted = CompositeFilter(asked, saved)
            return _answer(
                answers, kind, request, [wanted], lambda: make(answers.aggregations, wanted)
            )

        return handle

    def stats(request: ReadRequest) -> ReadAnswer:
        moment = now(request)
        parameters, saved = read_side.take_saved(request.parameters, moment)
        check_names(parameters, {**FILTER_PARAMETERS, **figures.ANSWER_PARAMETERS})
        asked = parse_filter(parameters, moment)
        wanted = CompositeFilter(asked, saved)
        return _answer(
            answers, "stats", request, [wanted], lambda: dump_stats(service.get_stats(wanted))
        )

    def comparison(request: ReadRequest) -> ReadAnswer:
        moment = now(request)
        parameters, saved = read_side.take_saved(request.parameters, moment)
        asked, before = periods(parameters, saved, moment)
        return _answer(
            answers,
            "compare",
            request,
            [asked, before],
            lambda: compare(answers.aggregations, asked, before),
        )

    def now(request: ReadRequest) -> int:
        return present(answers, clock, is_fresh=_is_fresh(request))

    handlers = {kind: figures_of(kind) for kind in _KINDS} | {"stats": stats, "compare": comparison}
    return {
        ("GET", f"{prefix}/{name}"): handler
        for prefix in ("/logs", "/api/v1/logs")
        for name, handler in handlers.items()
    }


def _is_fresh(request: ReadRequest) -> bool:
    return refuses_kept(request.parameters, by_header=request.is_fresh)


def _answer(
    answers: CachedAnswers,
    kind: str,
    request: ReadRequest,
    filters: list[Filter],
    make: Callable[[], dict[str, Any]],
) -> ReadAnswer:
    """The answer, from the cache or made; an explanation is about this request, and never cached."""
    parameters = request.parameters
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
            is_fresh=_is_fresh(request),
        )
    if is_explained:
        explained = figures.dump_explanation(plans, account, result)
        found = to_json({**orjson.loads(found), "explain": explained})
    return ReadAnswer(found, headers={"X-Cache": result})
