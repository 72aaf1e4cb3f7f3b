"""A fresh service for each test; generated examples are not judged by how long they take."""

import pytest
from hypothesis import settings

from tests.services.bench import Bench

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture
def bench() -> Bench:
    return Bench()
