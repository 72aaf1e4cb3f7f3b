"""Looks at a cluster for the doctor; changes nothing."""

from typing import Any, Literal, cast

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from app.domain.diagnosis import ClusterState, Failure, Unassigned
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.disks import data_nodes, flat, watermarks
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.names import Names
from app.stores.elasticsearch.lifecycle.shards import ShardCopy, Shards
from app.stores.elasticsearch.templates import IndexTemplates

#: Indices that Elasticsearch is asked to explain; each takes a request.
_EXPLAINED = 5
#: Seconds after which the cluster is taken to be away.
_PATIENCE = 10.0
#: Failures that are told, and the newest documents of the audit that are read for them.
_TOLD, _READ = 10, 500
_DURABILITY = "index.translog.durability"
_PER_NODE = "cluster.max_shards_per_node"


class ClusterExamination:
    """One installation, as the doctor sees it.

    Every method raises ``StoreUnavailableError`` when the cluster does not answer.
    """

    def __init__(
        self, client: Elasticsearch, prefix: str, templates: IndexTemplates, tier_attribute: str
    ) -> None:
        self._client = client
        self._names = Names(prefix)
        self._templates = templates
        self._tier_attribute = tier_attribute
        self._shards = Shards(Calls(client))

    def reach(self) -> None:
        """See that the cluster answers."""
        with translated():
            self._client.options(request_timeout=_PATIENCE).cluster.health()

    def cluster(self) -> ClusterState:
        """The cluster as a whole."""
        with translated():
            health = self._client.cluster.health()
            nodes = data_nodes(self._client, self._tier_attribute)
        repository, detail = self._repository()
        return ClusterState(
            health=cast("Literal['green', 'yellow', 'red']", health["status"]),
            nodes=tuple(nodes),
            watermarks=watermarks(self._client),
            unassigned=self._unassigned(),
            shards=health["active_shards"] + health["unassigned_shards"],
            most_shards=self._most_shards() * health["number_of_data_nodes"],
            missing_templates=tuple(self._templates.missing()),
            loose_translogs=self._loose_translogs(),
            repository=repository,
            detail=detail,
        )

    def failures(self) -> tuple[Failure, ...]:
        """Steps of the lifecycle that failed when they were tried last, by the audit."""
        with translated():
            try:
                answer = self._client.search(
                    index=self._names.audit,
                    size=_READ,
                    sort=[{"at": "desc"}],
                    ignore_unavailable=True,
                )
            except NotFoundError:
                return ()
        last: dict[tuple[str, str], dict[str, Any]] = {}
        for hit in answer["hits"]["hits"]:
            source = hit["_source"]
            # A deletion is noted as begun first: that says nothing of how it ended.
            if source["outcome"] != "begun":
                last.setdefault((source["kind"], source["target"]), source)
        return tuple(
            Failure(one["kind"], one["target"], one.get("error", ""), one["at"])
            for one in last.values()
            if one["outcome"] == "failed"
        )[:_TOLD]

    def _unassigned(self) -> tuple[Unassigned, ...]:
        found: list[Unassigned] = []
        explained: dict[tuple[bool, str], str] = {}
        for name, copies in self._shards.of(self._names.records).items():
            waiting = [copy for copy in copies if not copy.is_active]
            if not waiting:
                continue
            is_primary = any(copy.is_primary for copy in waiting)
            found.append(Unassigned(name, is_primary, self._why(name, waiting, explained)))
        return tuple(found)

    def _why(
        self, name: str, waiting: list[ShardCopy], explained: dict[tuple[bool, str], str]
    ) -> str:
        # Usually one thing is wrong with all of them.
        key = (any(copy.is_primary for copy in waiting), waiting[0].state)
        if key in explained and len(explained) >= _EXPLAINED:
            return explained[key]
        said = self._shards.why_unassigned(name)
        # Without the name of the index, so that those of one cause are told together.
        why = said.partition(f" of {name} is ")[2] or said
        explained[key] = why
        return why

    def _most_shards(self) -> int:
        with translated():
            answer = self._client.cluster.get_settings(
                include_defaults=True, filter_path=f"*.{_PER_NODE}"
            )
        settings: dict[str, Any] = {}
        for kind in ("defaults", "persistent", "transient"):
            settings |= flat(answer.get(kind, {}))
        return int(settings.get(_PER_NODE, 0))

    def _loose_translogs(self) -> tuple[str, ...]:
        with translated():
            answer = self._client.indices.get_settings(
                index=self._names.records, name=_DURABILITY, flat_settings=True,
                expand_wildcards="open,closed", allow_no_indices=True,
            )  # fmt: skip
        return tuple(
            sorted(
                name
                for name, body in answer.items()
                if str(body["settings"].get(_DURABILITY, "request")).lower() != "request"
            )
        )

    def _repository(self) -> tuple[Literal["here", "missing", "read-only", "broken"], str]:
        name = self._names.repository
        with translated():
            try:
                body = self._client.snapshot.get_repository(name=name)[name]
            except NotFoundError:
                return "missing", name
        if str(body.get("settings", {}).get("readonly", "false")).lower() == "true":
            return "read-only", f"{name} is registered with readonly"
        with translated():
            try:
                self._client.snapshot.verify_repository(name=name)
            except ApiError as error:
                # What the folder lacks comes as a 500.
                return "broken", _cause(error)
        return "here", ""


def _cause(error: ApiError) -> str:
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    return str(cause.get("reason", cause)) if isinstance(cause, dict) else str(error)
