"""No input makes the service fail, and whatever it takes can be read again."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from app.protocols.aggregations import (
    FACETS_PARAMETERS,
    HISTOGRAM_PARAMETERS,
    MESSAGES_PARAMETERS,
    PERCENTILES_PARAMETERS,
    SERVICES_PARAMETERS,
)
from app.protocols.comparisons import COMPARE_PARAMETERS
from app.protocols.export import EXPORT_PARAMETERS
from app.protocols.filter_json import KINDS as KINDS_OF_FILTER
from app.protocols.patterns import PATTERN_PARAMETERS
from app.protocols.rest import FILTER_PARAMETERS, PAGE_PARAMETERS
from tests.http import site
from tests.http.site import RECORD

CLIENT = site.client()
KINDS = ["application/json", "application/x-ndjson"]
REFUSED = {400, 413, 415}

names = st.sampled_from(
    ["id", "level", "timestamp", "metadata", "source_ip", "correlation_id", "service_name", "extra"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
changes = st.dictionaries(names, values, max_size=2) | st.builds(
    lambda metadata: {"metadata": metadata}, st.dictionaries(st.text(), values, max_size=3)
)
parameter_names = st.sampled_from([*FILTER_PARAMETERS, *PAGE_PARAMETERS, "service_name", "other"])
parameter_values = st.text(max_size=20) | st.sampled_from(
    ["ERROR", "now-1h", "now", "1", "999", "asc", "10.0.0.0/8", "::/0", "2026-11-24T12:00:00+01:00"]
)


@settings(deadline=None)
@given(changes)
def test_a_record_is_refused_or_can_be_read_again(changed: dict[str, Any]) -> None:
    body = json.dumps({**RECORD, **changed})

    answer = CLIENT.post("/logs", data=body, content_type="application/json")

    assert answer.status_code in {200, 201} | REFUSED
    if answer.status_code == 201:
        # Not by the path: an id may be the name of another address there.
        address = f"/record?id={quote(answer.get_json()['log_id'], safe='')}"
        assert CLIENT.get(address).get_json()["log"]["message"] == RECORD["message"]


@settings(deadline=None)
@given(st.binary() | st.lists(values).map(lambda value: json.dumps(value).encode()))
def test_any_body_has_an_answer(body: bytes) -> None:
    for kind in KINDS:
        for path in ("/logs", "/logs/batch"):
            answer = CLIENT.post(path, data=body, content_type=kind)
            assert answer.status_code in {200, 201, 207} | REFUSED


@settings(deadline=None)
@given(st.dictionaries(parameter_names, parameter_values, max_size=4))
def test_any_query_has_an_answer(parameters: dict[str, str]) -> None:
    for path in ("/logs", "/logs/stats"):
        answer = CLIENT.get(f"{path}?{urlencode(parameters)}")
        assert answer.status_code in {200, 400}


#: Values where a filter tree has some, and where it has none.
loose = (
    values
    | parameter_values
    | st.sampled_from(["trace_id", "metadata.a", "=", ">", "prefix", 10**30])
)
trees = st.recursive(
    loose | st.dictionaries(st.sampled_from(KINDS_OF_FILTER), loose, min_size=1, max_size=1),
    lambda inner: st.one_of(
        st.builds(
            lambda kind, parts: {kind: parts}, st.sampled_from(["all", "any"]), st.lists(inner)
        ),
        inner.map(lambda part: {"not": part}),
        st.builds(
            lambda kind, given: {kind: given},
            st.sampled_from(["field", "range", "time"]),
            st.dictionaries(
                st.sampled_from(["path", "op", "value", "gt", "gte", "lt", "lte", "from", "to"]),
                loose,
                max_size=4,
            ),
        ),
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["filter", "q", *PAGE_PARAMETERS]), trees | loose, max_size=3)
)
def test_any_tree_has_an_answer(body: dict[str, Any]) -> None:
    answer = CLIENT.post("/logs/search", json=body)

    assert answer.status_code in {200} | REFUSED
    if answer.status_code != 200:
        assert answer.get_json()["detail"]


QUESTIONS = {
    "histogram": HISTOGRAM_PARAMETERS,
    "facets": FACETS_PARAMETERS,
    "services": SERVICES_PARAMETERS,
    "percentiles": PERCENTILES_PARAMETERS,
    "top-messages": MESSAGES_PARAMETERS,
    "compare": COMPARE_PARAMETERS,
    "patterns": PATTERN_PARAMETERS,
    "export": EXPORT_PARAMETERS,
}


@settings(deadline=None)
@given(st.data())
def test_any_question_for_figures_has_an_answer(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(QUESTIONS)))
    own = st.sampled_from([*QUESTIONS[kind], "q", "start_time", "end_time", "explain", "saved"])
    spelled = parameter_values | st.sampled_from(
        ["5m", "1ms", "level", "metadata.a", "csv", "true"]
    )
    parameters = data.draw(st.dictionaries(own, spelled, max_size=3))

    with CLIENT.get(f"/logs/{kind}?{urlencode(parameters)}") as answer:
        assert answer.status_code in {200} | REFUSED
        answer.get_data()
