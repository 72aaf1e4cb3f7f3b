"""The composition root of ``logfeed consume``, the other side of the queue."""

import threading
from dataclasses import dataclass
from functools import partial

from elasticsearch import Elasticsearch
from flask import Flask

from app.domain.ports import Clock, Health
from app.http.consumer_metrics import ConsumerMetrics
from app.http.metrics_site import build_metrics_site
from app.settings import Settings
from app.stores.elasticsearch.connect import connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.kafka.consumer import QueueConsumer
from app.wiring.clock import system_clock
from app.wiring.cluster import cluster_address
from app.wiring.indices import create_indices
from app.wiring.queue import kafka_address, make_topic
from app.wiring.shipping import create_shipper
from app.wiring.until_done import until_done


@dataclass(frozen=True)
class ConsumerSystem:
    """A consumer with everything behind it.

    Attributes:
        site: its own small web application.
    """

    settings: Settings
    client: Elasticsearch
    indices: Indices
    consumer: QueueConsumer
    site: Flask

    def run(self, stopping: threading.Event) -> None:
        """Ship until ``stopping``; waits for Kafka and for Elasticsearch as long as it takes.

        Raises:
            StoreError: Kafka will have nothing more to do with this consumer.
        """
        threading.Thread(target=self._install, args=(stopping,), daemon=True).start()
        # One that subscribes to a topic that is not there learns late that it was made.
        until_done(partial(make_topic, self.settings), stopping)
        try:
            self.consumer.run(stopping)
        finally:
            stopping.set()
            self.client.close()

    def _install(self, stopping: threading.Event) -> None:
        until_done(self.indices.install_templates, stopping)


def create_consumer(settings: Settings, clock: Clock = system_clock) -> ConsumerSystem:
    """The consumer of the queue that ``settings`` name; nothing is asked of anybody yet.

    Raises:
        StoreError: a setting of a connection cannot be used.
    """
    client = connect(cluster_address(settings))
    indices = create_indices(settings, client)
    dead_letters = DeadLetters(client, settings.index_prefix, indices, clock)
    metrics = ConsumerMetrics()
    consumer = QueueConsumer(
        kafka_address(settings),
        settings.kafka_group,
        create_shipper(
            client, indices, dead_letters, metrics.shipping, settings.wait_for_active_shards
        ),
        dead_letters.bury,
        lambda name: indices.partition(name) is not None,
        metrics,
        session_seconds=settings.kafka_session_timeout,
    )

    def health() -> Health:
        if consumer.trouble:
            return Health(is_ready=False, detail=consumer.trouble)
        return indices.health()

    site = build_metrics_site(metrics.text, health)
    return ConsumerSystem(settings, client, indices, consumer, site)
