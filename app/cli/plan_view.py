"""A plan of the lifecycle as an operator reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from app.cli.records import printable
from app.cli.tables import Cell, human_bytes, human_count, table
from app.domain.lifecycle import ClusterFacts
from retention.actions import DELETING, LOSING, Action, Kind

#: What a group of actions is called, in the order in which a run acts.
_TITLES = {
    Kind.CLOSE_FOR_WRITING: "take no new records",
    Kind.ROLL_OVER: "get a successor for new records",
    Kind.UNMARK: "are not to be deleted after all",
    Kind.UNMARK_ARCHIVE: "archives that are not to be deleted after all",
    Kind.CLEAN_UP: "are left over and removed; their records are elsewhere",
    Kind.DELETE: "are DELETED",
    Kind.DELETE_ARCHIVE: "archives that are DELETED",
    Kind.MARK: "are marked, and DELETED by a later run",
    Kind.MARK_ARCHIVE: "archives that are marked, and DELETED by a later run",
    Kind.COLD: "go to the cold tier",
    Kind.ARCHIVE: "are archived: a snapshot that is tried out",
    Kind.WARM: "go to the warm tier: recompressed and merged",
    Kind.BLOCKED: "BLOCKED: due, and cannot be done",
}


@dataclass(frozen=True)
class Size:
    """What lies behind a target."""

    documents: int
    bytes: int


def sizes_of(facts: ClusterFacts) -> Mapping[str, Size]:
    """By name, of every index and archive."""
    return {
        **{index.name: Size(index.documents, index.total_bytes) for index in facts.indices},
        **{one.snapshot: Size(one.documents, one.bytes) for one in facts.archives},
    }


def plan_lines(actions: Sequence[Action], sizes: Mapping[str, Size]) -> list[str]:
    """The plan, a paragraph a kind of action; what loses records in red."""
    if not actions:
        return ["nothing is to be done"]
    lines: list[str] = []
    for kind, title in _TITLES.items():
        group = [action for action in actions if action.kind is kind]
        if group:
            colour = "red" if kind in LOSING else "yellow" if kind is Kind.BLOCKED else "green"
            lines.append(click.style(f"{_total(group, sizes)}{title}", fg=colour, bold=True))
            lines += _rows(group, sizes, colour if kind in LOSING else None)
            lines.append("")
    return lines[:-1]


def dump_action(action: Action, sizes: Mapping[str, Size]) -> dict[str, Any]:
    """An action for programs."""
    size = sizes.get(action.target)
    return {
        "kind": str(action.kind),
        "target": action.target,
        "reason": action.reason,
        "documents": size.documents if size else None,
        "bytes": size.bytes if size else None,
    }


def deletion_question(actions: Sequence[Action], sizes: Mapping[str, Size]) -> str:
    """Asks whether what is to be deleted may go; empty if nothing is."""
    group = [action for action in actions if action.kind in DELETING]
    if not group:
        return ""
    size = _sum(group, sizes)
    return (
        f"Delete {len(group)} indices or archives with {human_count(size.documents)} records "
        f"({human_bytes(size.bytes)}) for good?"
    )


def _rows(group: Sequence[Action], sizes: Mapping[str, Size], colour: str | None) -> list[str]:
    rows: list[list[str | Cell]] = []
    for action in group:
        size = sizes.get(action.target)
        rows.append(
            [
                Cell(f"  {action.target}", colour),
                human_count(size.documents if size else None),
                human_bytes(size.bytes if size else None),
                action.reason,
            ]
        )
    return table(["  name", "records", "on disk", "why"], rows, "<>><")


def _total(group: Sequence[Action], sizes: Mapping[str, Size]) -> str:
    kind = group[0].kind
    if kind is Kind.BLOCKED:
        return ""
    size = _sum(group, sizes)
    told = f"{len(group)} ({human_count(size.documents)} records, {human_bytes(size.bytes)}) "
    return printable(told)


def _sum(group: Sequence[Action], sizes: Mapping[str, Size]) -> Size:
    known = [sizes[action.target] for action in group if action.target in sizes]
    return Size(sum(one.documents for one in known), sum(one.bytes for one in known))
