"""Every request has a name, the client's own or a new one."""

import re

import pytest
from flask.testing import FlaskClient

from tests.fakes import BrokenDatabase
from tests.http import site


@pytest.mark.parametrize("given", ["abc-123", "a.b_c:d/e+f=g", "x" * 128])
def test_a_plain_id_of_the_client_is_echoed(client: FlaskClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given})

    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "a b", "x" * 129, "<script>", "ü", "a;b", '"', "\x1b[31m"], ids=repr
)
def test_another_is_replaced_by_a_new_one(client: FlaskClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_every_request_has_an_id_of_its_own(client: FlaskClient) -> None:
    ids = {client.get("/healthz").headers["X-Request-Id"] for _ in range(10)}

    assert len(ids) == 10


@pytest.mark.parametrize("path", ["/nothing", "/logs?limit=0", "/logs"])
def test_errors_carry_the_id_too(path: str) -> None:
    client = site.client(store=BrokenDatabase())

    answer = client.get(path, headers={"X-Request-Id": "mine"})

    assert answer.status_code >= 400
    assert answer.headers["X-Request-Id"] == "mine"
