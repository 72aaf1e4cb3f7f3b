"""The composition root: the only place that builds adapters and reads the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from elasticsearch import Elasticsearch
from flask import Flask

from app.admin_wiring import create_storage_source
from app.cache_wiring import cached_answers
from app.chain_wiring import filter_chains
from app.domain.outcomes import Acknowledge
from app.domain.ports import (
    Clock,
    DatabaseInterface,
)
from app.domain.sharding import ScalingStrategy
from app.domain.storage import StorageSource
from app.http.application import HttpLimits, build_application, read_handlers
from app.http.asgi import AsgiApplication
from app.http.ingest_door import IngestDoor
from app.http.metrics import Metrics
from app.http.read_door import ReadDoor
from app.http.read_side import ReadSide
from app.id_wiring import id_generator
from app.policy_wiring import KeptAges, policies_of, sharding_of
from app.protocols.body_limits import Most
from app.queue_wiring import kafka_writer, make_topic
from app.reading_wiring import memory_read_side, read_side_of
from app.region_wiring import regional, replication_in_memory, reports
from app.scheduler.steady import steady_clock
from app.services.log_feeding import LogFeedingService, OutcomeObserver
from app.services.no_storage import NoStorage
from app.services.scheduler_view import SchedulerView
from app.services.storage import storage_figures
from app.settings import Settings
from app.stores.elasticsearch.action_writer import ActionWriter
from app.stores.elasticsearch.bulk import bulk_client, bulk_target, send
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.messages import ElasticsearchMessages
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.shipping_figures import ShippingObserver
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.elasticsearch.twins import TwinFinder
from app.stores.elasticsearch.write_path import WritePath
from app.stores.memory import InMemoryDatabase
from app.stores.memory_state import InMemoryStateStore
from app.stores.replicated import ReplicatedDatabase
from app.stores.sharded import ShardedDatabase
from app.stores.write_ahead_log.log import LogLimits
from retention.routing import Router

#: Seconds for one request of those that only show something.
_SHOWN_SECONDS = 2.0


def system_clock() -> int:
    """The wall clock, in nanoseconds since the epoch."""
    return time.time_ns()


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


def create_log_service(
    use_replication: bool = False,
    *,
    replication: str = "master_slave",
    copies: int = 3,
    sharding: ScalingStrategy | None = None,
    settings: Settings | None = None,
    store: DatabaseInterface | None = None,
    clock: Clock = system_clock,
) -> LogFeedingService:
    """A service that works at once, in this process's memory.

    Args:
        use_replication: keep ``copies`` copies of every record, by ``replication``, which is
            ``master_slave`` or ``multi_master``.
        sharding: spread the records of each copy over partitions.
        settings: drop rules and the kind of ids; default: the defaults, not the environment.
        store: use this store instead of one in memory.

    Raises:
        ValueError: an unknown kind of replication, or fewer than one copy.
    """

    def open_store() -> DatabaseInterface:
        if sharding is None:
            return InMemoryDatabase()
        return ShardedDatabase(sharding, lambda partition: InMemoryDatabase())

    if store is None:
        store = (
            ReplicatedDatabase(replication_in_memory(replication, copies, open_store))
            if use_replication
            else open_store()
        )
    settings = settings or Settings()
    return _in_memory(settings, store, clock)


def create_system(settings: Settings, clock: Clock = system_clock) -> System:
    """The service over the cluster that ``settings`` name; nothing is asked of the cluster yet.

    Raises:
        StoreError, PolicyError, SettingsError: what is set cannot be used.
    """
    client = connect(cluster_address(settings))
    return create_elasticsearch_system(settings, client, clock)


def create_elasticsearch_system(
    settings: Settings, client: Elasticsearch, clock: Clock = system_clock
) -> System:
    """The service over a cluster that ``client`` reaches.

    Raises:
        PolicyError, SettingsError: what is set cannot be used.
    """
    policies = policies_of(settings)
    router = Router(policies)
    templates = IndexTemplates(client, settings.index_prefix, settings.replicas)
    indices = Indices(
        client,
        settings.index_prefix,
        templates,
        settings.wait_for_active_shards,
        settings.tier_attribute,
    )
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
        # The queue first: with it, writes are taken while Elasticsearch is still away.
        if settings.queue == "kafka":
            make_topic(settings)
        store.prepare()

    storage = create_storage_source(settings, client, indices, clock)
    read_side = read_side_of(settings, messages, state, clock)
    return System(service, read_side, metrics, view, storage, clock, prepare)


def create_shipper(
    client: Elasticsearch,
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


def create_app(
    service: LogFeedingService | None = None,
    *,
    settings: Settings | None = None,
    metrics: Metrics | None = None,
    scheduler: SchedulerView | None = None,
    clock: Clock = system_clock,
    storage: StorageSource | None = None,
    read_side: ReadSide | None = None,
) -> Flask:
    """The WSGI application; with no arguments over a service in memory.

    Without a ``read_side``, patterns are of what searches of ``service`` find, and searches are saved
    in memory.
    """
    settings = settings or Settings()
    metrics = metrics or Metrics()
    if service is None:
        service = _in_memory(settings, InMemoryDatabase(), clock, metrics.observe_outcomes)
    limits = HttpLimits(
        settings.max_body_bytes,
        _most_in_a_body(settings),
        Acknowledge(settings.acknowledge),
        # Each holds a thread: others must find one as well.
        exports=max(settings.threads // 2, 1),
    )
    source = storage or NoStorage()
    scheduler = scheduler or SchedulerView(InMemoryStateStore(), steady_clock, clock)
    return build_application(
        service,
        read_side or memory_read_side(settings, service.find, clock),
        metrics,
        clock,
        limits,
        scheduler,
        lambda wanted: storage_figures(source, clock(), wanted),
    )


def create_asgi_app(
    service: LogFeedingService,
    *,
    settings: Settings,
    metrics: Metrics,
    scheduler: SchedulerView | None = None,
    clock: Clock = system_clock,
    storage: StorageSource | None = None,
    read_side: ReadSide | None = None,
) -> AsgiApplication:
    """The application for an asynchronous server: ``create_app``, and the short ways."""
    read_side = read_side or memory_read_side(settings, service.find, clock)
    flask = create_app(
        service,
        settings=settings,
        metrics=metrics,
        scheduler=scheduler,
        clock=clock,
        storage=storage,
        read_side=read_side,
    )
    door = IngestDoor(
        service,
        metrics,
        max_body_bytes=settings.max_body_bytes,
        most=_most_in_a_body(settings),
        acknowledge=Acknowledge(settings.acknowledge),
    )
    reads = ReadDoor(read_handlers(service, read_side, clock), metrics)
    return AsgiApplication(flask, door, reads, settings.threads)


def _most_in_a_body(settings: Settings) -> Most:
    return Most(settings.max_batch_records, settings.max_body_values)


def cluster_address(settings: Settings) -> ClusterAddress:
    """Where Elasticsearch is: the cluster that is set, else the local node."""
    url = settings.elasticsearch_url or f"http://127.0.0.1:{settings.elasticsearch_port}"
    return ClusterAddress(
        urls=tuple(url.split(",")),
        username=settings.elasticsearch_username,
        password=settings.elasticsearch_password,
        api_key=settings.elasticsearch_api_key,
        ca_file=settings.elasticsearch_ca_file,
    )


def _in_memory(
    settings: Settings,
    store: DatabaseInterface,
    clock: Clock,
    observe: OutcomeObserver = lambda outcomes: None,
) -> LogFeedingService:
    ids = id_generator(settings, clock, None)
    chain, chains = filter_chains(settings, ids, clock)
    return LogFeedingService(store, chain, ids, observe, chains)
