"""Two sites on the one real node, each with a prefix of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from app.stores.elasticsearch.bulk import bulk_client, send
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.replication.raw import RawReader
from app.stores.elasticsearch.replication.site import Site
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.elasticsearch.twins import TwinFinder


@pytest.fixture
def site(es_url: str, es_prefix: str) -> Iterator[Callable[[str], Site]]:
    """Makes the site of a region."""
    with ExitStack() as opened:

        def make(region: str) -> Site:
            prefix = f"{es_prefix}{region}"
            address = ClusterAddress((es_url,))
            client = opened.enter_context(connect(address))
            indices = Indices(client, prefix, IndexTemplates(client, prefix))
            letters = DeadLetters(client, prefix, indices, lambda: 0)
            shipper = Shipper(
                partial(send, bulk_client(client)),
                indices.create,
                letters.bury,
                find_twins=TwinFinder(client, indices),
                successor=indices.successor,
                senders=1,
            )
            opened.callback(shipper.close, 5.0)
            return Site(region, client, RawReader(address), prefix, indices, shipper)

        yield make


@pytest.fixture
def eu(site: Callable[[str], Site]) -> Site:
    return site("eu")


@pytest.fixture
def us(site: Callable[[str], Site]) -> Site:
    return site("us")
