"""Regions: clusters that hold the same records, which takes writes, how far the others are behind."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: No dot and no hyphen: both part a snowflake id.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_URL = re.compile(r"https?://[^\s,|]+")


class Replication(StrEnum):
    """How regions are kept in step."""

    OFF = "off"
    #: One region takes the writes, the others follow it.
    MASTER_SLAVE = "master_slave"
    #: Every region takes writes; records never change, so the union of all is the same everywhere.
    MULTI_MASTER = "multi_master"


@dataclass(frozen=True)
class Regions:
    """This region and the others.

    Attributes:
        own: name of this region; empty where there are no regions.
        peers: the other regions, with the addresses of their clusters.
        first_master: takes the writes before anybody was promoted; empty without a master.
    """

    kind: Replication = Replication.OFF
    own: str = ""
    peers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    first_master: str = ""


@dataclass(frozen=True, order=True)
class Role:
    """Which region takes the writes. Of two roles the one with the higher term holds.

    Should two regions have been promoted in one term, unseen by each other, the later name holds: any
    rule will do that all follow.
    """

    term: int
    master: str


@dataclass(frozen=True)
class Lag:
    """What a region lacks of a peer's records.

    Attributes:
        records: operations of the peer that were not looked at yet; as of the last look.
        seconds: at most so old is the oldest of them; 0 if there is none.
    """

    records: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class PeerStatus:
    """How replication from one peer goes, as ``logfeed replicate`` has last noted it.

    Attributes:
        noted_at: when it was noted, nanoseconds since the epoch; 0 if it never was.
        is_pulled: this region copies what the peer takes.
        trouble: why it does not go on now; empty if it does.
        copied, repaired: records stored here since the process started, by position and by comparison.
        repaired_at: when the last comparison ended; 0 if none has.
    """

    peer: str
    noted_at: int = 0
    is_pulled: bool = True
    lag: Lag = Lag()
    trouble: str = ""
    copied: int = 0
    repaired: int = 0
    repaired_at: int = 0


@dataclass(frozen=True)
class ReplicationReport:
    """What there is to know of replication in this region.

    Attributes:
        role: None where no region is the master.
    """

    kind: Replication = Replication.OFF
    region: str = ""
    role: Role | None = None
    peers: tuple[PeerStatus, ...] = ()


def regions_of(kind: str, own: str, peers: Iterable[str], first_master: str) -> Regions:
    """The regions that the settings name; ``peers`` are ``name=url|url``.

    Raises:
        ValueError: they do not go together; the text names the setting, and no address, as that may hold
            a password.
    """
    for variable, name in (("LOGFEED_REGION", own), ("LOGFEED_FIRST_MASTER", first_master)):
        if name and not _NAME.fullmatch(name):
            raise ValueError(
                f"{variable}={name!r} cannot be used: must be lower-case letters, digits and _, a "
                "letter first, at most 31"
            )
    found: dict[str, tuple[str, ...]] = {}
    for number, peer in enumerate(peers, 1):
        name, _, urls = peer.partition("=")
        if not _NAME.fullmatch(name) or not all(_URL.fullmatch(url) for url in urls.split("|")):
            raise ValueError(
                f"LOGFEED_PEERS cannot be used: entry {number} must look like name=https://host:9200"
            )
        if name in found or name == own:
            raise ValueError(f"LOGFEED_PEERS cannot be used: the region {name} stands there twice")
        found[name] = tuple(urls.split("|"))
    replication = Replication(kind)
    if replication is Replication.OFF:
        return Regions(replication, own, found, first_master)
    if not own:
        raise ValueError(
            f"LOGFEED_REPLICATION={kind} needs LOGFEED_REGION, the name of this region"
        )
    if not found:
        raise ValueError(f"LOGFEED_REPLICATION={kind} needs LOGFEED_PEERS, the other regions")
    if replication is Replication.MASTER_SLAVE and first_master not in {own, *found}:
        raise ValueError(
            "LOGFEED_REPLICATION=master_slave needs LOGFEED_FIRST_MASTER, one of "
            f"{', '.join(sorted({own, *found}))}"
        )
    return Regions(replication, own, found, first_master)
