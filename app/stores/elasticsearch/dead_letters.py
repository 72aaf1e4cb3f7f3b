"""Records that Elasticsearch refused for good, kept with the reason in an index that refuses nothing."""

from collections.abc import Sequence
from typing import Any

from elasticsearch import NotFoundError

from app.domain.dead_letters import DeadLetter, LetterPage, LetterQuery, Replayed
from app.domain.errors import InvalidQueryError, StoreUnavailableError
from app.domain.ports import Clock
from app.stores.elasticsearch.actions import Action, in_parts
from app.stores.elasticsearch.bulk import (
    BulkAwayError,
    BulkRefusedError,
    Verdict,
    bulk_client,
    send_each,
)
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.letters import (
    SORT,
    from_cursor,
    from_letter,
    to_cursor,
    to_filter,
    to_letter,
)
from app.stores.elasticsearch.replay import Replay

#: Most bytes of one request that buries: records grow as text in JSON, and a small node takes little.
_BURIAL_BYTES = 4 * 1024 * 1024


class DeadLetters:
    """The index ``<prefix>-dead-letters``: ``DeadLetterStore`` on Elasticsearch."""

    def __init__(self, client: Client, prefix: str, indices: Indices, clock: Clock) -> None:
        self._client = client
        self._bulk_client = bulk_client(client)
        self._index = f"{prefix}-dead-letters"
        self._indices = indices
        self._clock = clock
        self._replay = Replay(client, self._index, indices, clock)

    def bury(self, refused: Sequence[tuple[Action, str]]) -> None:
        """Keep actions with the reason of each; burying one again changes nothing.

        Raises:
            BulkAwayError, BulkRefusedError: not now.
            LogfeedError: the index cannot be made now.
        """
        now = self._clock()
        self._indices.create_plain(self._index)
        letters = [to_letter(action, reason, now, self._index) for action, reason in refused]
        for part in in_parts(letters, _BURIAL_BYTES):
            self._store(part)

    def _store(self, letters: Sequence[Action]) -> None:
        try:
            answers = send_each(self._bulk_client, letters)
        except BulkRefusedError:
            if len(letters) == 1:
                raise
            middle = len(letters) // 2
            self._store(letters[:middle])
            self._store(letters[middle:])
            return
        for answer in answers:
            if answer.verdict not in (Verdict.CREATED, Verdict.DUPLICATE):
                raise BulkAwayError(f"dead letters: {answer.reason}", is_ambiguous=False)

    def find(self, query: LetterQuery) -> LetterPage:
        """One page of letters; one that was buried or removed just before is seen as that."""
        after = None if query.cursor is None else from_cursor(query.cursor)
        try:
            with translated():
                self._client.indices.refresh(index=self._index, ignore_unavailable=True)
                answer = self._client.search(
                    index=self._index,
                    ignore_unavailable=True,
                    allow_partial_search_results=False,
                    query=to_filter(query),
                    # One more than is wanted tells whether there is a next page.
                    size=query.limit + 1,
                    sort=SORT,
                    search_after=after,
                    source_excludes=["action"],
                    track_total_hits=True,
                )
        except InvalidQueryError:
            # All else in this search is ours.
            raise InvalidQueryError("cursor", "is not one that a page before has given") from None
        hits = answer["hits"]["hits"]
        shown = hits[: query.limit]
        return LetterPage(
            letters=[from_letter(hit) for hit in shown],
            total=answer["hits"]["total"]["value"],
            next_cursor=to_cursor(shown[-1]["sort"]) if len(hits) > len(shown) else None,
        )

    def get(self, id: str) -> DeadLetter | None:
        """The letter with its record."""
        with translated():
            try:
                return from_letter(self._client.get(index=self._index, id=id).body)
            except NotFoundError:
                return None

    def replay(self, ids: Sequence[str]) -> list[Replayed]:
        """Store the records of these letters, and remove the letters of those that are stored."""
        return self._replay(ids)

    def purge(self, ids: Sequence[str]) -> int:
        """Delete letters."""
        if not ids:
            return 0
        operations = [{"delete": {"_id": name}} for name in ids]
        with translated():
            items: list[dict[str, Any]] = self._client.bulk(
                index=self._index, operations=operations
            )["items"]
        found = [item["delete"] for item in items]
        if failed := [item["error"] for item in found if item["status"] not in (200, 404)]:
            raise StoreUnavailableError(f"the letters cannot be deleted now ({failed[0]['type']})")
        return sum(item["status"] == 200 for item in found)
