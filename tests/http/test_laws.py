"""No input makes the service fail, and whatever it takes can be read again."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

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
