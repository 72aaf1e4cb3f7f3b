"""A node with little room for what is on its way: large batches go there in small requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.domain.outcomes import Status
from app.settings import Settings
from app.stores.elasticsearch.actions import create_action, to_lines
from app.stores.elasticsearch.bulk import BulkRefusedError, send
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.wiring.system import System, create_elasticsearch_system
from tests.builders import draft
from tests.cluster import ClusterNode, cluster_of
from tests.engine.eventually import eventually
from tests.fakes import FakeClock

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("small node")]

KIB = 1024


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterNode]:
    """One of a small heap has as little; mostly it is a tenth of that."""
    settings = {"indexing_pressure.memory.limit": "1mb", "http.max_content_length": "8mb"}
    with cluster_of(tmp_path_factory.mktemp("small"), settings=settings) as cluster:
        yield cluster.nodes[0]


@contextmanager
def running(node: ClusterNode, prefix: str, folder: Path) -> Iterator[System]:
    settings = Settings(
        index_prefix=prefix, data_dir=folder, node_number=1, acknowledge_deadline=60.0
    )
    system = create_elasticsearch_system(
        settings, connect(ClusterAddress((node.url,))), FakeClock()
    )
    system.prepare()
    yield system
    system.close()


@pytest.mark.parametrize(
    ("count", "size", "said"),
    [
        (40, 100 * KIB, "429 es_rejected_execution_exception"),
        (1, 1500 * KIB, "429 es_rejected_execution_exception"),
        (90, 100 * KIB, "413"),
    ],
    ids=["records", "record", "body"],
)
def test_a_request_that_never_fits_is_told_apart_from_one_that_comes_at_a_bad_time(
    node: ClusterNode, count: int, size: int, said: str
) -> None:
    actions = [create_action(f"{n}", "i", b'{"m":"%b"}' % (b"x" * size)) for n in range(count)]

    with (
        connect(ClusterAddress((node.url,))) as client,
        pytest.raises(BulkRefusedError, match=said) as refusal,
    ):
        send(client, to_lines(actions), len(actions))

    assert refusal.value.is_too_large


def test_a_batch_beyond_the_room_of_the_node_is_stored(node: ClusterNode, tmp_path: Path) -> None:
    with running(node, "batch", tmp_path) as system:
        outcomes = system.service.ingest_batch([draft(message="x" * 100 * KIB) for _ in range(60)])
        eventually(lambda: not system.metrics.summary()["logs_pending"], "all is stored")

        assert {outcome.status for outcome in outcomes} <= {Status.CREATED, Status.ACCEPTED}
        system.service.refresh()
        assert system.service.search().total == 60
