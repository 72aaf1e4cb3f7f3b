"""Services to supervise: tiny real programs that note what happens to them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.engine.supervisor import Service
from tests.engine.children import Journal
from tests.engine.eventually import DEADLINE


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


@pytest.fixture
def service(tmp_path: Path, journal: Journal) -> Callable[..., Service]:
    """Makes a service that is ready when its child has noted that it has started."""

    def make(
        name: str,
        command: Sequence[str] = (),
        ready: Callable[[], bool] | None = None,
        ready_within: float = DEADLINE,
        grace: float = DEADLINE,
    ) -> Service:
        return Service(
            name,
            command or journal.obedient(name),
            tmp_path / f"{name}.log",
            ready or journal.has(f"{name} started"),
            ready_within,
            grace,
        )

    return make
