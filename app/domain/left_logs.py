"""What lies in the folder of the write-ahead logs of this machine and has nobody to look after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LeftLog:
    """The log of a process that has ended. API processes adopt such logs within seconds.

    Attributes:
        segment_bytes: size of its segments.
        idle_seconds: since something was written there last.
    """

    folder: Path
    segment_bytes: int
    idle_seconds: float


@dataclass(frozen=True)
class DamagedFile:
    """Bytes of a log that could not be read as records, set aside for a person.

    Attributes:
        age_seconds: since they were set aside.
    """

    path: Path
    bytes: int
    age_seconds: float


@dataclass(frozen=True)
class LogSurvey:
    """All of it, in no order."""

    left: Sequence[LeftLog] = ()
    damaged: Sequence[DamagedFile] = ()
