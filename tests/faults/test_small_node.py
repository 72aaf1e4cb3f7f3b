"""A node with little room for what is on its way: large batches go there in small requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
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

pytestmark = [pytest.mark.es, pytest.mark.timeout(300), pytest.mark.xdist_group("small node")]

KIB = 1024


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterNode]:
    """One of a small heap has as little; mostly it is a tenth of that."""
    settings = {"indexing_pressure.memory.limit": "1mb"}
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


def test_a_request_beyond_the_room_of_the_node_is_known_for_one_that_never_fits(
    node: ClusterNode,
) -> None:
    actions = [create_action(f"{n}", "i", b'{"m":"%b"}' % (b"x" * 100 * KIB)) for n in range(40)]

    with connect(ClusterAddress((node.url,))) as client:
        post = partial(send, client, to_lines(actions), len(actions))
        with pytest.raises(BulkRefusedError, match="rejected") as refusal:
            post()

    assert refusal.value.is_too_large


def test_a_batch_beyond_the_room_of_the_node_is_stored(node: ClusterNode, tmp_path: Path) -> None:
    with running(node, "batch", tmp_path) as system:
        outcomes = system.service.ingest_batch([draft(message="x" * 100 * KIB) for _ in range(60)])
        eventually(lambda: not system.metrics.summary()["logs_pending"], "all is stored")

        assert {outcome.status for outcome in outcomes} <= {Status.CREATED, Status.ACCEPTED}
        system.service.refresh()
        assert system.service.search().total == 60


def test_a_record_beyond_the_room_of_the_node_holds_up_no_other(
    node: ClusterNode, tmp_path: Path
) -> None:
    large = draft(message="x" * 900 * KIB, metadata={"text": "y" * 900 * KIB})
    with running(node, "record", tmp_path) as system:
        outcomes = system.service.ingest_batch([draft(), large, draft()])

        assert [outcome.status for outcome in outcomes] == [
            Status.CREATED,
            Status.ACCEPTED,
            Status.CREATED,
        ]
        assert system.metrics.summary()["logs_pending"] == 1
