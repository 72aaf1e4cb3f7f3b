"""Storage figures for Prometheus: asked for once a minute at most, and by one request at a time."""

import threading
from collections.abc import Callable
from time import monotonic

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from app.domain.errors import LogfeedError
from app.domain.storage import StorageFigures
from app.http.storage import ReadStorage

_KEPT_SECONDS = 60.0
#: Seconds that a scrape waits for figures; those that come later are shown by the next one.
_PATIENCE = 2.0

_log = structlog.get_logger(__name__)


class StorageGauges:
    """The gauges as text, for the end of what ``/metrics`` says.

    A store that is away or slow leaves them out, and never fails the rest.
    """

    def __init__(
        self,
        read: ReadStorage,
        seconds: Callable[[], float] = monotonic,
        patience: float = _PATIENCE,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._patience = patience
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._text = b""
        self._until: float | None = None

    def text(self) -> bytes:
        """What is known; at most a minute old where the store answers, else empty."""
        with self._lock:
            is_fresh = self._until is not None and self._seconds() < self._until
            if self._asking is None and not is_fresh:
                self._asking = threading.Thread(target=self._ask, name="storage", daemon=True)
                self._asking.start()
            asking = self._asking
        if asking is not None:
            asking.join(self._patience)
        return self._text

    def _ask(self) -> None:
        text = b""
        try:
            text = _gauges(self._read(()))
        except LogfeedError as error:
            _log.warning("no_storage_figures", reason=str(error))
        except Exception:  # noqa: BLE001 - the other metrics are worth more than these
            _log.exception("storage_figures_failed")
        with self._lock:
            self._text = text
            self._until = self._seconds() + _KEPT_SECONDS
            self._asking = None


def _gauges(figures: StorageFigures) -> bytes:
    registry = CollectorRegistry()
    labels = ("stream", "tier")
    documents = Gauge(
        "logfeed_storage_documents", "Records in the indices of a stream and tier.", labels,
        registry=registry,
    )  # fmt: skip
    primary = Gauge(
        "logfeed_storage_primary_bytes", "Their bytes on disk, without replicas.", labels,
        registry=registry,
    )  # fmt: skip
    total = Gauge(
        "logfeed_storage_bytes", "Their bytes on disk, with replicas; of archives, in the repository.",
        labels, registry=registry,
    )  # fmt: skip
    for one in figures.stream_tiers:
        documents.labels(one.stream, one.tier).set(one.documents)
        primary.labels(one.stream, one.tier).set(one.primary_bytes)
        total.labels(one.stream, one.tier).set(one.total_bytes)
    room = Gauge(
        "logfeed_storage_room_bytes",
        "Bytes that can be written before Elasticsearch begins to move shards away.",
        registry=registry,
    )
    room.set(figures.room_bytes)
    if figures.total.growth_bytes is not None:
        growth = Gauge(
            "logfeed_storage_growth_bytes_per_day",
            "Bytes that came a day, replicas included; the mean of up to 7 full days.",
            registry=registry,
        )
        growth.set(figures.total.growth_bytes)
    if figures.days_until_full is not None:
        days = Gauge(
            "logfeed_storage_days_until_full",
            "Days until the disks are full at this growth, if nothing is deleted.",
            registry=registry,
        )
        days.set(figures.days_until_full)
    return generate_latest(registry)
