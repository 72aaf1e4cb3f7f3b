"""Copies of shards: where they are, how large, and why one is nowhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from elasticsearch import ApiError, NotFoundError

from app.domain.errors import StoreError
from app.stores.elasticsearch.lifecycle.calls import Calls

_STARTED = frozenset({"STARTED", "RELOCATING"})
#: After as many attempts Elasticsearch gives a shard up until it is asked again.
_LAST_ATTEMPT = 5


@dataclass(frozen=True)
class ShardCopy:
    """One copy of one shard.

    Attributes:
        state: Elasticsearch's word: ``STARTED``, ``INITIALIZING``, ``RELOCATING``, ``UNASSIGNED``.
        node: where it is, by name; empty if nowhere.
    """

    index: str
    number: int
    is_primary: bool
    state: str
    node: str
    documents: int
    bytes: int
    segments: int

    @property
    def is_active(self) -> bool:
        """It can be searched."""
        return self.state in _STARTED


class GivenUpError(StoreError):
    """A shard cannot be put anywhere, and Elasticsearch will not try again by itself."""


class Shards:
    """Asks the cluster about them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def of(self, pattern: str) -> dict[str, list[ShardCopy]]:
        """All copies of all shards, by index; closed and red indices included."""
        with self._calls.asking() as client:
            try:
                rows = client.cat.shards(
                    index=pattern, format="json", bytes="b",
                    h=["index", "shard", "prirep", "state", "docs", "store", "node", "segments.count"],
                )  # fmt: skip
            except NotFoundError:
                return {}
        found: dict[str, list[ShardCopy]] = {}
        for row in rows:
            copy = _shard_copy(row)  # type: ignore[arg-type] # the answer is JSON, as asked for
            found.setdefault(copy.index, []).append(copy)
        return found

    def copies(self, name: str) -> list[ShardCopy]:
        """Those of one index."""
        return self.of(name).get(name, [])

    def wait_for_primaries(self, name: str, what: str) -> None:
        """Return when every primary of ``name`` can be used.

        Raises:
            GivenUpError: one never will be; the text begins with ``what`` and says why.
            StoreError: one is not in time.
        """

        def are_ready() -> bool:
            primaries = [copy for copy in self.copies(name) if copy.is_primary]
            if all(copy.is_active for copy in primaries):
                return bool(primaries)
            if self._is_given_up(name, primaries):
                raise GivenUpError(f"{what}: {self.why_unassigned(name)}")
            return False

        self._calls.wait_until(are_ready, lambda: f"{what}: {self.why_unassigned(name)}")

    def why_unassigned(self, name: str) -> str:
        """Why a copy of a shard of ``name`` is nowhere, in words for an operator."""
        waiting = [copy for copy in self.copies(name) if not copy.is_active]
        if not waiting:
            return "it is not there" if not self.copies(name) else "all its shards are in place"
        first = min(waiting, key=lambda copy: not copy.is_primary)
        which = f"{'primary' if first.is_primary else 'replica'} shard {first.number} of {name}"
        if first.state == "INITIALIZING":
            return f"{which} is still being made on {first.node}"
        return f"{which} is on no node: {_in_words(self._explain(first))}"

    def why_staying(self, name: str) -> str:
        """Why no shard of ``name`` goes to another node, in words for an operator."""
        copies = self.copies(name)
        if any(not copy.is_active for copy in copies if copy.is_primary):
            return self.why_unassigned(name)
        moving = [copy for copy in copies if copy.state == "RELOCATING"]
        if moving:
            return f"{len(moving)} of its shards are still on their way"
        reasons = {_in_words(self._explain(copy)): None for copy in copies if copy.is_primary}
        return "; ".join(reasons) or "no reason is known"

    def _is_given_up(self, name: str, primaries: Iterable[ShardCopy]) -> bool:
        """Whether Elasticsearch will not try again by itself."""
        for copy in primaries:
            if copy.state != "UNASSIGNED":
                continue
            answer = self._explain(copy)
            info = answer.get("unassigned_info", {})
            if info.get("failed_allocation_attempts", 0) >= _LAST_ATTEMPT:
                return True
            if _refusing(answer) & {"max_retry", "restore_in_progress"}:
                return True
        return False

    def _explain(self, copy: ShardCopy) -> Mapping[str, Any]:
        with self._calls.asking() as client:
            try:
                answer = client.cluster.allocation_explain(
                    index=copy.index, shard=copy.number, primary=copy.is_primary
                )
                return dict(answer)
            except ApiError as error:
                if error.status_code == 400:  # it has been assigned meanwhile
                    return {}
                raise


def health_of(copies: Iterable[ShardCopy]) -> Literal["green", "yellow", "red"]:
    """As Elasticsearch reckons it."""
    copies = list(copies)
    if not all(copy.is_active for copy in copies if copy.is_primary) or not copies:
        return "red"
    return "green" if all(copy.is_active for copy in copies) else "yellow"


def _shard_copy(row: Mapping[str, str | None]) -> ShardCopy:
    def number(key: str) -> int:
        return int(row.get(key) or 0)

    # While it moves, the node is "from -> address id to".
    node = (row.get("node") or "").split(" ")[0]
    return ShardCopy(
        str(row["index"]), number("shard"), row["prirep"] == "p", str(row["state"]), node,
        number("docs"), number("store"), number("segments.count"),
    )  # fmt: skip


def _deciders(answer: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, str]]]:
    for node in answer.get("node_allocation_decisions", ()):
        for decider in node.get("deciders", ()):
            if decider.get("decision") in {"NO", "THROTTLE"}:
                yield str(node.get("node_name", "a node")), decider


def _refusing(answer: Mapping[str, Any]) -> set[str]:
    return {decider["decider"] for _, decider in _deciders(answer)}


def _in_words(answer: Mapping[str, Any]) -> str:
    reasons: dict[str, None] = {}
    info = answer.get("unassigned_info", {})
    if answer.get("can_allocate") == "no_valid_shard_copy" or info.get("reason") == "NODE_LEFT":
        reasons["the node that held it is gone: start it again, or restore it from a snapshot"] = (
            None
        )
    for node, decider in _deciders(answer):
        explanation = decider.get("explanation", "no reason given").rstrip(".")
        match decider["decider"]:
            case "filter":
                said = f"{node} is not of the tier or name that it is to be on"
            case "disk_threshold":
                said = f"the disk of {node} is too full (above the watermark): free space or add a node"
            case "same_shard":
                said = f"{node} has a copy already: another node is missing"
            case _:
                said = f"{node}: {explanation}"
        reasons[said] = None
    details = info.get("details")
    if details and info.get("failed_allocation_attempts"):
        reasons[f"it failed before: {str(details)[:500]}"] = None
    if not reasons and answer.get("allocate_explanation"):
        reasons[str(answer["allocate_explanation"])] = None
    return "; ".join(reasons) or "no reason is known"
