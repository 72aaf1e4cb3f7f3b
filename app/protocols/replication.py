"""Replication as JSON."""

from typing import Any

from app.domain.instants import format_instant
from app.domain.regions import PeerStatus, ReplicationReport


def dump_report(report: ReplicationReport) -> dict[str, Any]:
    """The body of ``GET /api/v1/replication``."""
    body: dict[str, Any] = {"kind": report.kind.value, "region": report.region or None}
    if report.role is not None:
        body["master"] = report.role.master
        body["term"] = report.role.term
        body["is_master"] = report.role.master == report.region
    return body | {"peers": [_dump_peer(peer) for peer in report.peers]}


def _dump_peer(peer: PeerStatus) -> dict[str, Any]:
    return {
        "region": peer.peer,
        "is_pulled": peer.is_pulled,
        "lag_records": peer.lag.records,
        "lag_seconds": round(peer.lag.seconds, 3),
        "copied": peer.copied,
        "repaired": peer.repaired,
        "repaired_at": _instant(peer.repaired_at),
        "noted_at": _instant(peer.noted_at),
        "trouble": peer.trouble or None,
    }


def _instant(nanoseconds: int) -> str | None:
    return format_instant(nanoseconds) if nanoseconds else None
