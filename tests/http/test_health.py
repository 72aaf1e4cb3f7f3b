"""Whether the process lives, and whether it can serve."""

from flask.testing import FlaskClient

from tests.fakes import FlakyDatabase
from tests.http.site import assert_problem


def test_a_service_whose_store_is_there_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ready", "detail": "here"}


def test_a_service_whose_store_is_away_lives_but_is_not_ready(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.is_away = True

    ready, alive = client.get("/readyz"), client.get("/healthz")

    assert_problem(ready, 503, "away")
    assert ready.headers["Retry-After"] == "5"
    assert (alive.status_code, alive.get_json()) == (200, {"status": "alive"})


def test_a_service_is_ready_again_when_its_store_is_back(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.is_away = True
    client.get("/readyz")

    store.is_away = False

    assert client.get("/readyz").status_code == 200
