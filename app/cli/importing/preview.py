"""``--dry-run``: what a file is taken for, and its first records; nothing is sent."""

import json
from dataclasses import dataclass
from typing import Any

import click

from app.cli.importing.opening import sample_of
from app.cli.importing.run import Reading, interpret
from app.cli.importing.sources import Source
from app.domain.ports import Clock
from app.protocols.lines.assemble import Assembler
from app.protocols.lines.records import to_records
from app.protocols.lines.splitting import LineSplitter

_SHOWN = 5


@dataclass(frozen=True)
class Preview:
    """What the start of a file was taken for."""

    path: str
    format: str
    share: float
    service: str
    unrecognised: int
    records: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """The preview as JSON values."""
        return {
            "file": self.path,
            "format": self.format,
            "share": round(self.share, 3),
            "service": self.service,
            "unrecognised": self.unrecognised,
            "records": self.records,
        }

    def show(self) -> None:
        """Print the preview for a person."""
        click.echo(
            f"{self.path}: format {self.format} ({self.share:.0%} of the lines looked at), "
            f"service {self.service} where the lines state none, {self.unrecognised} unrecognised"
        )
        for record in self.records:
            click.echo(f"  {json.dumps(record, ensure_ascii=False)}")


def preview(source: Source, reading: Reading, clock: Clock) -> Preview:
    """Read the start of ``source``."""
    sample = sample_of(source)
    latest = clock() if source.is_standard_input else source.modified
    found = interpret(sample, source.name, "dry-run", latest, reading)
    assembler = Assembler(found.detection, found.context, latest)
    splitter = LineSplitter()
    assembled = [
        each
        for line in splitter.feed(sample) + splitter.finish()
        for each in assembler.feed(line.raw, line.start, line.end, is_rest=line.is_rest)
    ]
    assembled += assembler.finish()
    records = [record for each in assembled[:_SHOWN] for record in to_records(each, found.origin)]
    for record in records:
        # The label is not made here, so neither is the id.
        del record["id"]
    return Preview(
        source.name,
        found.detection.name,
        found.detection.share,
        found.origin.service,
        sum(not each.is_recognised for each in assembled),
        records,
    )
