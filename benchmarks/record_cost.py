# ruff: noqa: INP001 - a script, not a package
"""What one record costs the service's own processor, between the bytes of a batch and the bulk lines.

    python -m benchmarks.record_cost [--rounds 9] [--json FILE]

Every stage runs on the same 1,000 records, half of them with ids, in one thread and in its CPU time, so
that a busy machine lengthens a round but not the figure. In each round the same body is also decoded
the way a marshmallow service does it: the body at once, then each record through the schema.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import orjson

from app.domain.entry import LogEntry
from app.domain.ids import FixedNodeNumber, SnowflakeIDGenerator
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM
from app.domain.sharding import Partition, TimeBasedSharding
from app.protocols import drafts, json_records
from app.protocols.body_limits import Most
from app.protocols.record_schema import to_draft
from app.services.log_feeding import LogFeedingService
from app.services.pipeline.chain import FilterChain
from app.services.pipeline.identification import Identify
from app.services.pipeline.validation import validate
from app.stores.elasticsearch.batch_maker import BatchMaker
from app.stores.memory import InMemoryDatabase
from app.wiring.clock import system_clock
from benchmarks.ingest.figures import Spread
from benchmarks.ingest.records import records

_SEED = 20_261_124
_BATCH = 1_000
_INDEX = "logfeed-default-2026.11.24-000001"
#: Runs of one stage in one round; their mean is the round's figure.
_REPEATS = 10

_MARSHMALLOW = "decode JSON, every record by marshmallow"
_JSON, _NDJSON = "decode JSON", "decode NDJSON"
_ADMIT = "filter chain, ids, LogEntry"
_ENCODE = "partition, bulk lines"


class _Discard(InMemoryDatabase):
    """Takes records and keeps the last batch only, so that the service alone is measured."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Sequence[LogEntry] = ()
        self._answer = [Outcome.created("1")] * _BATCH

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        self.last = entries
        return self._answer


class _OneIndex:
    """All records go to it."""

    def target(self, partition: Partition) -> str:
        return _INDEX

    def elsewhere(self, partition: Partition, *, is_time_given: bool) -> tuple[str, ...]:
        return ()


def _bodies() -> tuple[bytes, bytes]:
    """The same records as a JSON batch and as NDJSON; every other one has an id."""
    made = list(records(_SEED, _BATCH, system_clock()))
    made[::2] = [
        orjson.dumps({"id": f"order-{at:012}", **orjson.loads(record)})
        for at, record in enumerate(made[::2])
    ]
    return b'{"logs":[' + b",".join(made) + b"]}", b"\n".join(made)


def _stages() -> dict[str, Callable[[], object]]:
    body, lines = _bodies()
    store, ids = _Discard(), SnowflakeIDGenerator(FixedNodeNumber(1), system_clock)
    service = LogFeedingService(store, FilterChain([validate, Identify(ids, system_clock)]), ids)
    decoded = drafts.read_batch(body, Most(_BATCH))
    service.ingest_batch(decoded)
    entries = store.last
    if len(entries) != _BATCH:
        raise AssertionError("every record of the benchmark is a good one")
    make_batch = BatchMaker(TimeBasedSharding(), _OneIndex(), system_clock)

    return {
        _MARSHMALLOW: lambda: [to_draft(it) for it in json_records.decode_batch(body, _BATCH)],
        _JSON: lambda: drafts.read_batch(body, Most(_BATCH)),
        _NDJSON: lambda: drafts.read_lines(lines, Most(_BATCH)),
        _ADMIT: lambda: service.ingest_batch(decoded),
        _ENCODE: lambda: make_batch(entries, DEFAULT_STREAM),
    }


def _microseconds(stage: Callable[[], object]) -> float:
    """CPU time of one record in ``stage``."""
    began = time.thread_time_ns()
    for _ in range(_REPEATS):
        stage()
    return (time.thread_time_ns() - began) / 1_000 / _REPEATS / _BATCH


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=9, show_default=True)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
def main(rounds: int, file: Path | None) -> None:
    """Print microseconds a record: median of the rounds, least and most."""
    stages = _stages()
    for stage in stages.values():
        stage()
    measured = [
        {name: _microseconds(stage) for name, stage in stages.items()} for _ in range(rounds)
    ]
    rest = (_ADMIT, _ENCODE)
    figures = {name: Spread.of(one[name] for one in measured) for name in stages}
    whole = Spread.of(sum(one[name] for name in (_JSON, *rest)) for one in measured)
    by_marshmallow = Spread.of(sum(one[name] for name in (_MARSHMALLOW, *rest)) for one in measured)
    ratio = Spread.of(one[_MARSHMALLOW] / one[_JSON] for one in measured)
    shown = {**figures, "JSON to bulk lines": whole, "the same by marshmallow": by_marshmallow}
    click.echo(f"microseconds of CPU a record, {rounds} rounds: median (least to most)")
    for name, spread in shown.items():
        click.echo(f"  {name:<42} {spread.text(2)}")
    click.echo(f"  {'decoding, times faster than marshmallow':<42} {ratio.text(1)}")
    if file:
        named = {**shown, "marshmallow to compiled": ratio}
        known = {name: vars(spread) for name, spread in named.items()}
        file.write_text(
            json.dumps({"python": sys.version.split()[0], "rounds": rounds, "figures": known})
        )


if __name__ == "__main__":
    main()
