"""What Elasticsearch has in the end, asked of it directly."""

import json
from collections import Counter
from typing import Any

import urllib3

from tests.engine.eventually import DEADLINE, eventually


class Oracle:
    """Reads the ids that are stored, and those of the dead letters."""

    def __init__(self, es_url: str, prefix: str) -> None:
        self._es_url = es_url
        self._prefix = prefix

    def stored(self) -> Counter[str]:
        """How often each id is stored, over all indices."""
        return Counter(hit["_id"] for hit in self._all("default-*"))

    def dead(self) -> dict[str, str]:
        """The dead letters: the reason by the id."""
        return {
            hit["_source"]["record_id"]: hit["_source"]["reason"]
            for hit in self._all("dead-letters", source=["record_id", "reason"])
        }

    def holds(self, acknowledged: set[str]) -> None:
        """Return when every acknowledged id is stored or dead; no id may be there twice."""
        # Counting costs less than reading all of them again and again.
        eventually(
            lambda: self._count() >= len(acknowledged), f"{len(acknowledged)} records are stored"
        )
        found: Counter[str] = Counter()

        def is_complete() -> bool:
            nonlocal found
            found = self.stored()
            return not acknowledged - found.keys() - self.dead().keys()

        eventually(is_complete, "every acknowledged record is stored")
        assert max(found.values(), default=0) <= 1

    def holds_one_more(self, posted: tuple[int, Any]) -> None:
        """Return when the one record of an answer to ``Api.post`` is stored, whenever that was."""
        status, answer = posted
        assert status in {201, 202}, answer
        self.holds({answer["results"][0]["log_id"]})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What Elasticsearch answers; that must not be an error."""
        with urllib3.PoolManager(retries=False, timeout=DEADLINE) as http:
            answer = http.request(method, f"{self._es_url}{path}", json=body)
            assert answer.status < 300, f"{method} {path}: {answer.status} {answer.data!r}"
            return json.loads(answer.data)

    def _count(self) -> int:
        """How many records and dead letters there are, as far as they can be read now."""
        pattern = f"/{self._prefix}-default-*,{self._prefix}-dead-letters"
        with urllib3.PoolManager(retries=False, timeout=DEADLINE) as http:
            http.request("POST", f"{self._es_url}{pattern}/_refresh?ignore_unavailable=true")
            url = f"{self._es_url}{pattern}/_count?ignore_unavailable=true"
            answer = http.request("GET", url)
            return int(json.loads(answer.data)["count"]) if answer.status == 200 else 0

    def _all(self, names: str, source: Any = False) -> list[Any]:
        """Every hit of some indices."""
        with urllib3.PoolManager(retries=False, timeout=DEADLINE) as http:
            pattern = f"{self._es_url}/{self._prefix}-{names}"
            http.request("POST", f"{pattern}/_refresh?ignore_unavailable=true")
            hits: list[Any] = []
            after: list[Any] = []
            while True:
                sort = [{"ingest_sequence": {"order": "asc", "unmapped_type": "long"}}]
                body: dict[str, Any] = {"size": 10_000, "sort": sort, "_source": source}
                if after:
                    body["search_after"] = after
                found = self._hits(http, pattern, body)
                hits += found
                if len(found) < 10_000:
                    return hits
                after = found[-1]["sort"]

    def _hits(self, http: urllib3.PoolManager, pattern: str, body: dict[str, Any]) -> list[Any]:
        """The hits of one search, once no shard is still on its way back."""
        complete: list[Any] = []

        def is_complete() -> bool:
            answer = http.request("POST", f"{pattern}/_search?ignore_unavailable=true", json=body)
            found = json.loads(answer.data)
            if answer.status != 200 or found["_shards"]["failed"]:
                return False
            complete[:] = found["hits"]["hits"]
            return True

        eventually(is_complete, "every shard answers")
        return complete
