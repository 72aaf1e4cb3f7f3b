"""Counters of a consumer of the queue."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from app.http.shipping_metrics import ShippingMetrics


class ConsumerMetrics:
    """What one consumer counts; its process has no others.

    Attributes:
        shipping: what the shipper tells of its work.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.shipping = ShippingMetrics(self._registry, "the queue, once read,")
        self._undecodable = Counter(
            "logfeed_undecodable_messages",
            "Messages that are no records of ours; each is kept as a dead letter.",
            registry=self._registry,
        )
        self._lag = Gauge(
            "logfeed_queue_lag_messages",
            "Messages in the queue that are not committed, of the partitions that this consumer has.",
            ["partition"],
            registry=self._registry,
        )
        self._expired = Gauge(
            "logfeed_queue_expired_messages",
            "Messages that the topic's retention deleted before they were committed.",
            ["partition"],
            registry=self._registry,
        )

    def undecodable(self) -> None:
        """One more message that is no record."""
        self._undecodable.inc()

    def queue(self, lag: Mapping[int, int], expired: Mapping[int, int]) -> None:
        """How far behind the consumer is, for each partition that it has; others are not shown."""
        for gauge, numbers in ((self._lag, lag), (self._expired, expired)):
            gauge.clear()
            for partition, number in numbers.items():
                gauge.labels(str(partition)).set(number)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)
