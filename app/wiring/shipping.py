"""What brings records to Elasticsearch, from the log or from the queue."""

from functools import partial

from app.stores.elasticsearch.bulk import bulk_client, bulk_target, send
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.shipping_figures import ShippingObserver
from app.stores.elasticsearch.twins import TwinFinder


def create_shipper(
    client: Client,
    indices: Indices,
    dead_letters: DeadLetters,
    observer: ShippingObserver,
    active_shards: str,
) -> Shipper:
    """What brings records to the cluster that ``client`` reaches, from the log or from the queue."""
    return Shipper(
        partial(send, bulk_client(client), target=bulk_target(active_shards)),
        indices.create,
        dead_letters.bury,
        observer,
        find_twins=TwinFinder(client, indices),
        successor=indices.successor,
    )
