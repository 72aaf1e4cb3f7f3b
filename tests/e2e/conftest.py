"""Logfeed as a user has it, brought up over the shared node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.installation import Installation, installation


@pytest.fixture
def logfeed(tmp_path: Path, es_url: str, es_prefix: str) -> Iterator[Installation]:
    """Logfeed over the shared node, as `LOGFEED_ELASTICSEARCH_URL` has it."""
    with installation(
        tmp_path / "installation",
        LOGFEED_ELASTICSEARCH_URL=es_url,
        LOGFEED_INDEX_PREFIX=es_prefix,
        LOGFEED_WORKERS="2",
        # On a busy machine a record takes its time, and one that is only accepted is not found.
        LOGFEED_ACKNOWLEDGE_DEADLINE="60",
    ) as made:
        made.start()
        yield made
        assert made.end() == 0
