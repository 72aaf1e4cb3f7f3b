# ruff: noqa: INP001 - a script, not a package
"""The API over a node, with records of several days, for benchmarks that read them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3
from elasticsearch import Elasticsearch

from app.wiring.clock import system_clock
from benchmarks.ingest.processes import BenchmarkError
from benchmarks.ingest.records import records
from benchmarks.ingest.service import Api

#: All indices with records, whatever stream the policies send them to.
INDICES = "logfeed-*-*-*"
_DAY = 86_400_000_000_000
_BATCH = 5_000


class Site:
    """The API over a node, and both as a client sees them."""

    def __init__(self, api: Api, client: Elasticsearch) -> None:
        self.url = f"http://127.0.0.1:{api.port}"
        self.client = client
        self.http = urllib3.PoolManager(retries=False, timeout=300.0, maxsize=8)

    def get(self, address: str) -> dict[str, Any]:
        """The JSON at an address of the API."""
        answer = self.http.request("GET", self.url + address)
        if answer.status != 200:
            raise BenchmarkError(f"{address} answered {answer.status}: {answer.data[:300]!r}")
        found: dict[str, Any] = json.loads(answer.data)
        return found

    def write(self, lines: list[bytes]) -> list[str]:
        """Store records; their ids."""
        answer = self.http.request(
            "POST",
            f"{self.url}/api/v1/logs/batch",
            body=b"\n".join(lines),
            headers={"Content-Type": "application/x-ndjson"},
        )
        results = json.loads(answer.data).get("results", [])
        if answer.status not in (201, 202):
            raise BenchmarkError(f"a batch was answered {answer.status}: {answer.data[:300]!r}")
        return [result["log_id"] for result in results]

    def load(self, count: int, days: int) -> set[str]:
        """Store ``count`` records over so many days, all of them searchable; their ids."""
        now = system_clock()

        def batches() -> Iterator[list[bytes]]:
            for day in range(days):
                batch: list[bytes] = []
                for record in records(day, count // days, now - day * _DAY):
                    batch.append(record)
                    if len(batch) == _BATCH:
                        yield batch
                        batch = []
                if batch:
                    yield batch

        ids: set[str] = set()
        with ThreadPoolExecutor(4) as pool:
            for stored in pool.map(self.write, batches()):
                ids.update(stored)
        while self.found() < len(ids):
            self.client.indices.refresh(index=INDICES)
        return ids

    def found(self) -> int:
        """How many records can be searched."""
        return int(self.client.count(index=INDICES)["count"])

    def walk(self, limit: int) -> Iterator[dict[str, Any]]:
        """Every page, the newest first."""
        address: str | None = f"/api/v1/logs?limit={limit}"
        while address:
            page = self.get(address)
            yield page
            address = page["pagination"]["next"]
