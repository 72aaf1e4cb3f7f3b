"""The composition root of the API: a service with everything behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.ports import Clock
from app.domain.storage import StorageSource
from app.http.metrics import Metrics
from app.http.read_side import ReadSide
from app.scheduler.steady import steady_clock
from app.services.log_feeding import LogFeedingService
from app.services.scheduler_view import SchedulerView
from app.settings import Settings
from app.stores.elasticsearch.action_writer import ActionWriter
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.messages import ElasticsearchMessages
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.elasticsearch.write_path import WritePath
from app.stores.write_ahead_log.log import LogLimits
from app.wiring.admin import create_storage_source
from app.wiring.cache import cached_answers
from app.wiring.chain import filter_chains
from app.wiring.clock import system_clock
from app.wiring.cluster import cluster_address
from app.wiring.ids import id_generator
from app.wiring.indices import create_indices
from app.wiring.policies import KeptAges, policies_of, sharding_of
from app.wiring.queue import kafka_writer, make_topic
from app.wiring.reading import read_side_of
from app.wiring.regions import regional, reports
from app.wiring.shipping import create_shipper
from retention.routing import Router

#: Seconds for one request of those that only show something.
_SHOWN_SECONDS = 2.0


@dataclass(frozen=True)
class System:
    """A service with everything behind it.

    Attributes:
        prepare: makes the store ready, its templates for example; can be called again, and raises
            ``StoreUnavailableError`` while the store is away.
    """

    service: LogFeedingService
    read_side: ReadSide
    metrics: Metrics
    scheduler: SchedulerView
    storage: StorageSource
    clock: Clock
    prepare: Callable[[], None]

    def close(self) -> None:
        """Give back what the service holds."""
        self.service.close()


def create_system(settings: Settings, clock: Clock = system_clock) -> System:
    """The service over the cluster that ``settings`` name; nothing is asked of the cluster yet.

    Raises:
        StoreError, PolicyError, SettingsError: what is set cannot be used.
    """
    client = connect(cluster_address(settings))
    return create_elasticsearch_system(settings, client, clock)


def create_elasticsearch_system(
    settings: Settings, client: Client, clock: Clock = system_clock
) -> System:
    """The service over a cluster that ``client`` reaches.

    Raises:
        PolicyError, SettingsError: what is set cannot be used.
    """
    policies = policies_of(settings)
    router = Router(policies)
    indices = create_indices(settings, client)
    dead_letters = DeadLetters(client, settings.index_prefix, indices, clock)
    metrics = Metrics()
    write_path: ActionWriter
    if settings.queue == "kafka":
        write_path = kafka_writer(settings)
    else:
        write_path = WritePath(
            settings.data_dir / "wal",
            create_shipper(
                client, indices, dead_letters, metrics.shipping, settings.wait_for_active_shards
            ),
            deadline=settings.acknowledge_deadline,
            limits=LogLimits(most_bytes=settings.log_bytes),
            allow_volatile=settings.volatile_log == "allow",
        )
    sharding = sharding_of(settings, policies, router)
    store = ElasticsearchDatabase(
        client,
        indices,
        sharding,
        clock,
        write_path,
        search_timeout=settings.search_timeout,
        exact_total=settings.exact_total,
    )
    state = ElasticsearchStateStore(client, settings.index_prefix, indices)
    messages = ElasticsearchMessages(
        client, indices, sharding, search_timeout=settings.search_timeout
    )
    # What is only shown is not waited for.
    quick = client.options(request_timeout=_SHOWN_SECONDS)
    view = SchedulerView(
        ElasticsearchStateStore(quick, settings.index_prefix, indices), steady_clock, clock
    )
    ids = id_generator(settings, clock, state)
    kept = KeptAges(policies, router)
    region = regional(settings, store, state, sharding, clock)
    chain, chains = filter_chains(settings, ids, clock, kept)
    service = LogFeedingService(
        region.store,
        chain,
        ids,
        metrics.observe_outcomes,
        chains,
        dead_letters,
        region.reader,
        reports(settings, state, clock),
    )
    service.answers = cached_answers(settings, region.aggregations, metrics.cache)

    def prepare() -> None:
        ids.prepare()
        # Then the queue: with it, writes are taken while Elasticsearch is still away.
        if settings.queue == "kafka":
            make_topic(settings)
        store.prepare()

    storage = create_storage_source(settings, client, indices, clock)
    read_side = read_side_of(settings, messages, state, clock)
    return System(service, read_side, metrics, view, storage, clock, prepare)
