"""Figures of ``logfeed replicate``."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from app.domain.regions import PeerStatus
from app.http.shipping_metrics import ShippingMetrics


class ReplicationMetrics:
    """What one process of ``logfeed replicate`` measures.

    Attributes:
        shipping: what the shippers tell of their work.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.shipping = ShippingMetrics(self._registry, "another region, once read,")

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"logfeed_replication_{name}", text, ["peer"], registry=self._registry)

        self._records = gauge(
            "lag_records",
            "Operations of the peer that were not looked at yet, as of the last look.",
        )
        self._seconds = gauge(
            "lag_seconds", "At most so old is the oldest record of the peer that is missing here."
        )
        self._is_up = gauge("peer_up", "1 while replication from the peer goes on, else 0.")
        self._is_pulled = gauge("is_pulled", "1 where this region copies what the peer takes.")
        self._copied = gauge("copied_records", "Records copied by position since the start.")
        self._repaired = gauge(
            "repaired_records", "Records copied because a comparison missed them, since the start."
        )

    def measure(self, status: PeerStatus) -> None:
        """How it goes with one peer."""
        for gauge, value in (
            (self._records, status.lag.records),
            (self._seconds, status.lag.seconds),
            (self._is_up, not status.trouble),
            (self._is_pulled, status.is_pulled),
            (self._copied, status.copied),
            (self._repaired, status.repaired),
        ):
            gauge.labels(status.peer).set(value)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)
