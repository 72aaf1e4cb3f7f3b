"""Figures of a log."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LogStatistics:
    """What a log holds and what happened to it since it was opened.

    Attributes:
        pending_records: accepted and not finished.
        pending_bytes: of their payloads.
        disk_bytes: of all segments.
        waiting: appends that are queued behind the group that is being written.
        groups: syncs that made records durable.
        moved_records: written again at the end, to let old segments go.
        damaged_records: records that are lost, and headers of segments that are not whole.
        torn_tails: ends of segments that a crash had cut off; none of it had been accepted.
        failed_syncs: each cost one group and one segment.
        failed_checkpoints: finished segments that could not be let go at that time.
        is_writable: False while appends are refused without being tried.
    """

    pending_records: int
    pending_bytes: int
    disk_bytes: int
    waiting: int
    groups: int
    moved_records: int
    damaged_records: int
    torn_tails: int
    failed_syncs: int
    failed_checkpoints: int
    is_writable: bool
