"""A client of the API, over a store in memory."""

import pytest
from flask.testing import FlaskClient

from tests.fakes import FlakyDatabase
from tests.http import site


@pytest.fixture
def store() -> FlakyDatabase:
    return FlakyDatabase()


@pytest.fixture
def client(store: FlakyDatabase) -> FlaskClient:
    return site.client(store=store)


@pytest.fixture(params=["", "/api/v1"], ids=["short", "full"])
def prefix(request: pytest.FixtureRequest) -> str:
    """Both forms of every address."""
    text: str = request.param
    return text
