"""The lifecycle's view of a cluster, built for whoever acts on it or tells of it."""

from collections.abc import Callable

from elasticsearch import Elasticsearch

from app.domain.ports import Clock
from app.settings import Settings
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lifecycle.admin import ElasticsearchAdmin, LifecycleOptions
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.elasticsearch.storage_source import ElasticsearchStorageSource


def create_admin(
    settings: Settings,
    client: Elasticsearch,
    indices: Indices,
    clock: Clock,
    guard: Callable[[], None] = lambda: None,
) -> ElasticsearchAdmin:
    """What changes indices of the cluster that ``client`` reaches; ``guard`` is asked before each."""
    return ElasticsearchAdmin(
        client,
        settings.index_prefix,
        indices,
        ElasticsearchStateStore(client, settings.index_prefix, indices),
        clock,
        LifecycleOptions(settings.tier_attribute, settings.archive_location),
        guard,
    )


def create_storage_source(
    settings: Settings, client: Elasticsearch, indices: Indices, clock: Clock
) -> ElasticsearchStorageSource:
    """What tells how much there is."""
    admin = create_admin(settings, client, indices, clock)
    return ElasticsearchStorageSource(client, admin.facts, settings.tier_attribute)
