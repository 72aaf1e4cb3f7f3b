"""The index templates: JSON files in ``index_templates/``, as Elasticsearch reads them.

They are written for the prefix ``logfeed``; another prefix takes its place in every name. A template
is installed if the cluster has none or an older ``version``: an old instance never undoes a new one's.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from app.stores.elasticsearch.connect import translated

FOLDER = Path(__file__).resolve().parents[3] / "index_templates"


@dataclass(frozen=True)
class Template:
    """One file: its name in the cluster and its body."""

    name: str
    body: dict[str, Any]

    @property
    def version(self) -> int:
        """The version that the file states."""
        return int(self.body["version"])


class IndexTemplates:
    """The templates of one installation.

    Args:
        replicas: copies of each shard, or ``auto`` for one where there is a second node.
    """

    def __init__(self, client: Elasticsearch, prefix: str, replicas: str = "auto") -> None:
        self._client = client
        self._components = [
            _with_replicas(template, replicas) for template in _load("component", prefix)
        ]
        self._indices = [_with_replicas(template, replicas) for template in _load("index", prefix)]

    def install(self) -> list[str]:
        """Install what is missing or older, component templates first; returns what was installed.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        installed = []
        with translated():
            for template in self._components:
                if self._component_version(template.name) < template.version:
                    self._client.cluster.put_component_template(
                        name=template.name, **_arguments(template.body)
                    )
                    installed.append(template.name)
            for template in self._indices:
                if self._index_version(template.name) < template.version:
                    self._client.indices.put_index_template(
                        name=template.name, **_arguments(template.body)
                    )
                    installed.append(template.name)
        return installed

    def missing(self) -> list[str]:
        """Names of the templates that the cluster lacks or has in an older version."""
        with translated():
            return [
                template.name
                for template in self._components
                if self._component_version(template.name) < template.version
            ] + [
                template.name
                for template in self._indices
                if self._index_version(template.name) < template.version
            ]

    def _component_version(self, name: str) -> int:
        try:
            found = self._client.cluster.get_component_template(name=name)
        except NotFoundError:
            return -1
        return int(found["component_templates"][0]["component_template"].get("version", -1))

    def _index_version(self, name: str) -> int:
        try:
            found = self._client.indices.get_index_template(name=name)
        except NotFoundError:
            return -1
        return int(found["index_templates"][0]["index_template"].get("version", -1))


def _load(kind: str, prefix: str) -> list[Template]:
    templates = []
    for path in sorted((FOLDER / kind).glob("*.json")):
        text = path.read_text("utf-8").replace('"logfeed-', f'"{prefix}-')
        templates.append(Template(path.stem.replace("logfeed-", f"{prefix}-", 1), json.loads(text)))
    return templates


def _with_replicas(template: Template, replicas: str) -> Template:
    settings = template.body.get("template", {}).get("settings")
    if settings is not None and replicas != "auto":
        del settings["index.auto_expand_replicas"]
        settings["index.number_of_replicas"] = int(replicas)
    return template


def _arguments(body: dict[str, Any]) -> dict[str, Any]:
    return {{"_meta": "meta"}.get(key, key): value for key, value in body.items()}
