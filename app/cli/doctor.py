"""``logfeed doctor``: what is wrong, and what to do."""

import json

import click

from app.cli.records import printable
from app.domain.diagnosis import Finding, Severity
from app.services.doctor import diagnose
from app.settings import Settings
from app.wiring.doctor import examine

_SHOWN = {
    Severity.OK: ("ok", "green"),
    Severity.WARNING: ("warning", "yellow"),
    Severity.PROBLEM: ("PROBLEM", "red"),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def doctor(as_json: bool) -> None:
    """Say what is wrong and what to do about it; changes nothing.

    It looks at Elasticsearch, the indices, the lifecycle and its scheduler, dead letters, the API,
    and the write-ahead log of this machine. Run it where the API runs, with the same settings.

    Exit code 0 if all is well, 1 with warnings, 2 with problems.
    """
    findings = diagnose(examine(Settings.from_env()))
    for finding in findings:
        click.echo(_json_line(finding) if as_json else _lines(finding))
    worst = max((finding.severity for finding in findings), default=Severity.OK)
    if worst:
        raise SystemExit(int(worst))


def _lines(finding: Finding) -> str:
    word, colour = _SHOWN[finding.severity]
    line = f"{click.style(f'{word:8}', fg=colour, bold=True)} {printable(finding.what)}"
    if finding.remedy:
        line += f"\n         {click.style('do:', dim=True)} {printable(finding.remedy)}"
    return line


def _json_line(finding: Finding) -> str:
    shown = {
        "severity": finding.severity.name.lower(),
        "what": finding.what,
        "remedy": finding.remedy,
    }
    return json.dumps(shown, ensure_ascii=False)
