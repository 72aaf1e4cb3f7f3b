"""``logfeed demo``: what the service does, in memory, in a second; also a first example of the code."""

import json
from collections.abc import Callable

import click

from app.domain.filters import CompositeFilter, KeywordFilter, MinimumLevelFilter, ServiceFilter
from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome, Status
from app.domain.sharding import ServiceBasedSharding, TimeBasedSharding
from app.settings import Settings
from app.wiring.application import create_app
from app.wiring.memory import create_log_service


@click.command()
def demo() -> None:
    """Show ingestion, batches, replication, filters, sharding and REST; nothing is kept."""
    for title, show in _PARTS.items():
        click.secho(f"\n{title}", bold=True)
        show()


def ingestion() -> None:
    """One record in, and found again by its id."""
    service = create_log_service()
    log_id = service.ingest_log(
        LogLevel.ERROR, "Database failed", "user-service", metadata={"attempt": 3}
    )
    _say("stored under the id", log_id)
    entry = service.get_log(log_id or "")
    _say("found again", entry and f"{entry.level.name} {entry.service}: {entry.message}")


def batch() -> None:
    """Each record of a batch has its own fate; a drop rule counts what it drops."""
    service = create_log_service(settings=Settings(min_level="INFO"))
    record = {
        "level": LogLevel.INFO,
        "service": "shop",
        "message": "order 17 paid",
        "id": "order-17",
    }
    outcomes = service.ingest_batch(
        [
            record,
            record,
            {**record, "id": "debug", "level": LogLevel.DEBUG},
            {**record, "service": ""},
        ]
    )
    for outcome in outcomes:
        _say(outcome.status, _reason(outcome))


def replication() -> None:
    """The same record in three copies; reads go round them."""
    service = create_log_service(use_replication=True)
    service.ingest_log(LogLevel.ERROR, "Database failed", "user-service")
    _say("copies", service.health().detail)
    for number in (1, 2, 3):
        _say(f"read {number}", [e.message for e in service.get_logs_by_level(LogLevel.ERROR)])


def filters() -> None:
    """A tree of conditions."""
    service = create_log_service()
    for level, name, message in (
        (LogLevel.INFO, "gateway", "connection opened"),
        (LogLevel.ERROR, "gateway", "Connection refused by 10.0.0.7"),
        (LogLevel.CRITICAL, "billing", "connection refused"),
    ):
        service.ingest_log(level, message, name)
    wanted = CompositeFilter(
        ServiceFilter("gateway"),
        MinimumLevelFilter(LogLevel.WARNING),
        KeywordFilter("connection refused"),
    )
    for entry in service.search(wanted).entries:
        _say("found", f"{entry.level.name} {entry.service}: {entry.message}")
    _say("by level", {level.name: n for level, n in service.get_stats().by_level.items()})


def sharding() -> None:
    """Records parted by service and by day; a query asks only where an answer can be."""
    strategy = ServiceBasedSharding(dedicated=["billing"], within=TimeBasedSharding("day"))
    service = create_log_service(sharding=strategy)
    for name in ("billing", "gateway", "search"):
        service.ingest_log(LogLevel.INFO, "started", name)
    for entry in service.search().entries:
        place = strategy.place(entry)
        _say(entry.service, f"lies in the stream {place.stream}, period {place.period}")


def rest() -> None:
    """The HTTP API, called without a network."""
    client = create_app().test_client()
    answers = (
        client.post("/api/v1/logs", json={"level": "warn", "service": "api", "message": "slow"}),
        client.post("/api/v1/logs", json={"level": "loud", "service": "api", "message": "slow"}),
        client.get("/api/v1/logs?service_name=api&level=WARNING"),
    )
    for answer in answers:
        _say(f"{answer.request.method} {answer.request.path} → {answer.status_code}", answer.json)


_PARTS: dict[str, Callable[[], None]] = {
    "Ingestion": ingestion,
    "A batch": batch,
    "Replication": replication,
    "Filters": filters,
    "Sharding": sharding,
    "REST": rest,
}


def _say(what: str, value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    click.echo(f"  {what}: {text}")


def _reason(outcome: Outcome) -> str:
    match outcome.status:
        case Status.REJECTED:
            return f"{outcome.field} {outcome.reason}"
        case Status.DROPPED:
            return f"by the rule {outcome.rule}"
        case _:
            return str(outcome.id)
