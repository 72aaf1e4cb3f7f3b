"""How many records an index holds, for sure."""

from app.stores.elasticsearch.lifecycle.calls import Calls


class Counting:
    """Counts."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def count(self, name: str) -> int:
        """The records in the index ``name``, refreshed before.

        Raises:
            StoreError: not all of its shards answer.
        """
        with self._calls.asking() as client:
            client.indices.refresh(index=name)
            answer = client.search(
                index=name, size=0, track_total_hits=True, allow_partial_search_results=False
            )
        return int(answer["hits"]["total"]["value"])
