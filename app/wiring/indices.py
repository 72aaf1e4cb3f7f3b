"""The indices of a cluster, as the settings say; the same for whoever makes or asks them."""

from elasticsearch import Elasticsearch

from app.settings import Settings
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates


def create_templates(settings: Settings, client: Elasticsearch) -> IndexTemplates:
    """What new indices of that cluster are made from."""
    return IndexTemplates(client, settings.index_prefix, settings.replicas)


def create_indices(settings: Settings, client: Elasticsearch) -> Indices:
    """Names, makes and lists indices of the cluster that ``client`` reaches."""
    return Indices(
        client,
        settings.index_prefix,
        create_templates(settings, client),
        settings.wait_for_active_shards,
        settings.tier_attribute,
    )
