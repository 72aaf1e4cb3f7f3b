"""What became of each file, for a person and for a program."""

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import click

#: Rejected records that are shown; all of them are in the file.
_SHOWN = 5
_SHARE_OF_A_SURE_FORMAT = 0.95


@dataclasses.dataclass
class Report:
    """What became of one file.

    Attributes:
        records: read and sent.
        unrecognised: lines unlike the others of their file, which became records of their own.
        formats: records by the format that was found.
        resumed_at: bytes of the text that an earlier run had imported.
        rejected_examples: line, reason.
        rejected_file: where all that was rejected is kept.
        error: why the import of this file ended early.
    """

    path: str
    format: str = ""
    share: float = 0.0
    service: str = ""
    label: str = ""
    records: int = 0
    unrecognised: int = 0
    lines: int = 0
    bytes: int = 0
    seconds: float = 0.0
    resumed_at: int = 0
    outcomes: Counter[str] = dataclasses.field(default_factory=Counter)
    reasons: Counter[str] = dataclasses.field(default_factory=Counter)
    dropped_by: Counter[str] = dataclasses.field(default_factory=Counter)
    formats: Counter[str] = dataclasses.field(default_factory=Counter)
    rejected_examples: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    rejected_file: Path | None = None
    error: str | None = None

    @property
    def is_good(self) -> bool:
        """Everything was read, and nothing failed or was rejected."""
        return self.error is None and not self.outcomes["rejected"]

    def reject(self, line: int, reason: str) -> None:
        """Count a record that the API refused."""
        self.reasons[reason] += 1
        if len(self.rejected_examples) < _SHOWN:
            self.rejected_examples.append((line, reason))

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "file": self.path,
            "format": self.format,
            "formats": dict(self.formats),
            "service": self.service,
            "label": self.label,
            "sent": sum(self.outcomes.values()),
            "created": self.outcomes["created"],
            "accepted": self.outcomes["accepted"],
            "duplicate": self.outcomes["duplicate"],
            "dropped": dict(self.dropped_by),
            "rejected": dict(self.reasons),
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
            "unrecognised": self.unrecognised,
            "lines": self.lines,
            "bytes": self.bytes,
            "resumed_at": self.resumed_at,
            "seconds": round(self.seconds, 3),
            "records_per_second": round(self.records / self.seconds) if self.seconds else None,
            "error": self.error,
        }

    def show(self) -> None:
        """Print the report for a person."""
        click.echo(f"{self.path}: {self._format()}, service {self.service or 'as the lines say'}")
        if self.resumed_at:
            more = (
                "nothing new since" if not self.lines and not self.error else "going on from there"
            )
            click.echo(
                f"  already imported up to byte {self.resumed_at}, {more}; --no-resume sends it again"
            )
        sent = sum(self.outcomes.values())
        speed = f", {self.records / self.seconds:,.0f} records/s" if self.seconds else ""
        parts = [f"{self.outcomes['created']} created", f"{self.outcomes['duplicate']} duplicate"]
        if accepted := self.outcomes["accepted"]:
            parts.append(f"{accepted} accepted and yet to be stored")
        parts += [f"{number} dropped by {rule}" for rule, number in self.dropped_by.items()]
        parts += [f"{self.outcomes['rejected']} rejected"]
        click.echo(f"  {sent} sent: {', '.join(parts)}{speed}")
        if self.unrecognised:
            click.echo(f"  {self.unrecognised} unrecognised lines, kept as plain text")
        for reason, number in self.reasons.most_common():
            click.echo(f"  {number} rejected: {reason}")
        for line, reason in self.rejected_examples:
            click.echo(f"    line {line}: {reason}")
        if self.rejected_file:
            click.echo(f"  what was rejected is in {self.rejected_file}")
        if self.error:
            click.secho(f"  {self.error}", fg="red")

    def _format(self) -> str:
        if not self.format:
            return "nothing read"
        others = [
            f"{number} {name}" for name, number in self.formats.most_common() if name != self.format
        ]
        return f"format {self.format}" + (f" (and {', '.join(others)})" if others else "")


def as_json(reports: list[Report]) -> dict[str, Any]:
    """The reports of all files as one JSON object."""
    return {
        "ok": all(report.is_good for report in reports),
        "files": [report.as_json() for report in reports],
    }
