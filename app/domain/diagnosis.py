"""What the doctor looks at, and what it finds."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from app.domain.disks import DataNode, Watermarks
from app.domain.jobs import SchedulerStatus
from app.domain.left_logs import LogSurvey
from app.domain.lifecycle import IndexFacts, Tier


class Severity(IntEnum):
    """How bad it is; the worst finding is the exit code of ``logfeed doctor``."""

    OK = 0
    #: Records are safe and found, and that may change.
    WARNING = 1
    #: Records are refused, wait, cannot be found, or may be lost.
    PROBLEM = 2


@dataclass(frozen=True)
class Finding:
    """One line on what is so, and one on what to do about it; that one is empty where all is well."""

    severity: Severity
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class Unassigned:
    """An index of which a copy is on no node.

    Attributes:
        is_primary: it is the records themselves.
        why: in words.
    """

    index: str
    is_primary: bool
    why: str


@dataclass(frozen=True)
class ClusterState:
    """What concerns the cluster as a whole.

    Attributes:
        shards, most_shards: that there are, and that there may be; 0 where there is no limit.
        missing_templates: index templates that are not there, or older.
        loose_translogs: indices that acknowledge a record before it is on disk.
        repository: the snapshot repository of the archive; ``detail`` says what is wrong with it.
    """

    health: Literal["green", "yellow", "red"]
    nodes: tuple[DataNode, ...]
    watermarks: Watermarks
    unassigned: tuple[Unassigned, ...] = ()
    shards: int = 0
    most_shards: int = 0
    missing_templates: tuple[str, ...] = ()
    loose_translogs: tuple[str, ...] = ()
    repository: Literal["here", "missing", "read-only", "broken"] = "here"
    detail: str = ""


@dataclass(frozen=True)
class Failure:
    """A step of the lifecycle that failed last, by the audit."""

    kind: str
    target: str
    error: str
    at: str


@dataclass(frozen=True)
class Stuck:
    """A step of the lifecycle that is due and cannot be done, by the plan."""

    target: str
    reason: str


@dataclass(frozen=True)
class Letters:
    """Records that were refused for good.

    Attributes:
        newest: the reason of the one that was refused last.
    """

    count: int
    newest: str = ""


@dataclass(frozen=True)
class LocalLog:
    """The write-ahead log of this machine.

    Attributes:
        is_volatile: it lies on a file system that a restart clears.
        survey: logs that nobody has, and damaged files.
    """

    folder: str
    is_volatile: bool
    survey: LogSurvey


@dataclass(frozen=True)
class ApiState:
    """The API.

    Attributes:
        trouble: why it does not answer; empty if it does.
        pending: records that it has taken and Elasticsearch does not have yet.
    """

    url: str
    trouble: str = ""
    pending: int = 0


@dataclass(frozen=True)
class Symptoms:
    """All that was seen. What could not be looked at is None, with the reason in ``unseen``.

    Attributes:
        now: the clock of this machine, nanoseconds since the epoch.
        away: why Elasticsearch does not answer; empty if it does.
        tiers: those that have nodes; empty where no node has one.
        wanted_tiers: those that the policies move indices to.
        archives: the policies ask for archives.
    """

    now: int
    away: str = ""
    cluster: ClusterState | None = None
    indices: tuple[IndexFacts, ...] = ()
    tiers: frozenset[Tier] = frozenset()
    wanted_tiers: frozenset[Tier] = frozenset()
    archives: bool = False
    stuck: tuple[Stuck, ...] = ()
    failures: tuple[Failure, ...] = ()
    letters: Letters | None = None
    scheduler: SchedulerStatus | None = None
    log: LocalLog | None = None
    api: ApiState | None = None
    unseen: tuple[str, ...] = ()
