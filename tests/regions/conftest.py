"""Two clusters for all tests of this folder: each takes some ten seconds to boot."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster import Cluster, cluster_of


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Cluster]]:
    folder: Path = tmp_path_factory.mktemp("regions")
    with ExitStack() as running, ThreadPoolExecutor() as pool:
        # Both at a time: most of a boot is waiting.
        eu, us = pool.map(
            lambda name: running.enter_context(cluster_of(folder / name)), ("eu", "us")
        )
        yield eu, us


@pytest.fixture
def clusters(both: tuple[Cluster, Cluster]) -> tuple[Cluster, Cluster]:
    """Both of them, whatever the test before did to them."""
    for cluster in both:
        for node in cluster.nodes:
            if node.is_gone():
                node.start()
            else:
                node.resume()
        cluster.is_whole()
    return both
