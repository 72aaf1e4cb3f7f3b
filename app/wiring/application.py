"""The applications that a server runs over a service."""

from flask import Flask

from app.domain.outcomes import Acknowledge
from app.domain.ports import Clock
from app.domain.storage import StorageSource
from app.http.application import HttpLimits, build_application, read_handlers
from app.http.asgi import AsgiApplication
from app.http.ingest_door import IngestDoor
from app.http.metrics import Metrics
from app.http.read_door import ReadDoor
from app.http.read_side import ReadSide
from app.protocols.body_limits import Most
from app.scheduler.steady import steady_clock
from app.services.log_feeding import LogFeedingService
from app.services.no_storage import NoStorage
from app.services.scheduler_view import SchedulerView
from app.services.storage import storage_figures
from app.settings import Settings
from app.stores.memory import InMemoryDatabase
from app.stores.memory_state import InMemoryStateStore
from app.wiring.clock import system_clock
from app.wiring.memory import service_in_memory
from app.wiring.reading import memory_read_side


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
        service = service_in_memory(settings, InMemoryDatabase(), clock, metrics.observe_outcomes)
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
