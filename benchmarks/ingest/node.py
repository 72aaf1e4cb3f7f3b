"""The Elasticsearch node of a case, and the few things that a benchmark asks of it."""

import json
from pathlib import Path
from typing import Any

import urllib3

from app.engine.config import NodeConfig
from app.engine.launch import node_service
from app.engine.provision import provision
from app.engine.report import Report
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.templates import IndexTemplates
from benchmarks.ingest.ports import free_port
from benchmarks.ingest.processes import BenchmarkError, Running

#: Prefix of the indices that the service does not know; the same templates are installed for it.
RAW_PREFIX = "bench"


class Node:
    """A local node with a data folder of its own, started as ``logfeed up`` starts it."""

    def __init__(self, folder: Path, report: Report) -> None:
        settings = Settings.from_env()
        self._config = NodeConfig(
            folder, settings.cache_dir, free_port(), settings.elasticsearch_heap
        )
        self._report = report
        self._http = urllib3.PoolManager(retries=False, timeout=120.0)
        self.running = self._start()
        self.is_up = True
        client = connect(ClusterAddress((self.url,)))
        IndexTemplates(client, RAW_PREFIX).install()
        client.close()

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._config.url

    @property
    def port(self) -> int:
        """The port of its HTTP."""
        return self._config.http_port

    def stop(self) -> None:
        """End it, if it runs; its data stay."""
        if self.is_up:
            self.is_up = False
            self.running.stop()

    def start_again(self) -> None:
        """Start it over its data, after ``stop``."""
        self.running = self._start()
        self.is_up = True

    def create(self, index: str) -> None:
        """Make an index, from the template whose pattern fits its name, if one does."""
        self._ask("PUT", f"/{index}")

    def delete(self, pattern: str) -> None:
        """Remove the indices of this name or pattern, if there are any."""
        for name in self._ask("GET", f"/{pattern}/_settings?ignore_unavailable=true"):
            self._ask("DELETE", f"/{name}")

    def count(self, pattern: str) -> int:
        """How many records the indices hold; refreshes them."""
        self._ask("POST", f"/{pattern}/_refresh")
        return int(self._ask("GET", f"/{pattern}/_count")["count"])

    def merged_bytes(self, index: str) -> int:
        """How large the only index of this name or pattern is, merged into one segment."""
        self._ask("POST", f"/{index}/_forcemerge?max_num_segments=1&flush=true")
        self._ask("POST", f"/{index}/_refresh")
        # The size that _stats tells is up to ten seconds old; that of the segments is not.
        (found,) = self._ask("GET", f"/{index}/_segments")["indices"].values()
        ((copy,),) = found["shards"].values()
        if len(copy["segments"]) != 1:
            raise BenchmarkError(f"{index} has {len(copy['segments'])} segments after its merge")
        (segment,) = copy["segments"].values()
        return int(segment["size_in_bytes"])

    def _start(self) -> Running:
        installation = provision(self._config.cache_dir, self._report)
        service = node_service(installation, self._config, self._report)
        return Running("Elasticsearch", service.command, service.log, service.ready)

    def _ask(self, method: str, path: str) -> Any:
        answer = self._http.request(method, f"{self.url}{path}")
        if answer.status >= 300:
            said = answer.data[:500].decode(errors="replace")
            raise BenchmarkError(
                f"Elasticsearch answered {answer.status} to {method} {path}: {said}"
            )
        return json.loads(answer.data)
