"""Where records are between the log or the queue and Elasticsearch, counted the same on both ways."""

from prometheus_client import CollectorRegistry, Gauge

from app.domain.outcomes import Status


class ShippingMetrics:
    """What was taken in to be shipped is at all times what was shipped and what is pending, together.

    It counts for the processes that live: what a dead one has left is counted by whoever takes it over,
    so what it had counted goes with it. That is why these are gauges, although they only rise meanwhile.

    Args:
        source: where the records come from, in words.
    """

    def __init__(self, registry: CollectorRegistry, source: str) -> None:
        def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(name, text, labels, multiprocess_mode="livesum", registry=registry)

        self._logged = gauge(
            "logfeed_logged_records", f"Records of {source} that are to be shipped."
        )
        self._shipped = gauge(
            "logfeed_shipped_records",
            f"Records of {source} by what became of them; failed is what could not be read again.",
            ("outcome",),
        )
        self._pending = gauge(
            "logfeed_pending_records", f"Records of {source} that Elasticsearch does not have yet."
        )

    def logged(self, records: int) -> None:
        """So many records are to be shipped."""
        self._logged.inc(records)
        self._pending.inc(records)

    def settled(self, status: Status, records: int) -> None:
        """So many of them are done."""
        if records:
            self._shipped.labels(status.value).inc(records)
            self._pending.dec(records)
