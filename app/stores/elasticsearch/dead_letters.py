"""Records that Elasticsearch refused for good, kept with the reason in an index that refuses nothing.

The record is kept as text, so that no mapping can refuse it a second time.
"""

from collections.abc import Sequence
from hashlib import blake2b

from elasticsearch import Elasticsearch

from app.domain.instants import format_instant
from app.domain.ports import Clock
from app.stores.elasticsearch.actions import Action, create_action
from app.stores.elasticsearch.bulk import BulkAwayError, Verdict, bulk_client, send
from app.stores.elasticsearch.documents import encode
from app.stores.elasticsearch.indices import Indices

#: Characters of a reason that are kept.
_MAX_REASON = 1_000


class DeadLetters:
    """The index ``<prefix>-dead-letters``."""

    def __init__(self, client: Elasticsearch, prefix: str, indices: Indices, clock: Clock) -> None:
        self._client = bulk_client(client)
        self._index = f"{prefix}-dead-letters"
        self._indices = indices
        self._clock = clock

    def bury(self, refused: Sequence[tuple[Action, str]]) -> None:
        """Keep actions with the reason of each; burying one again changes nothing.

        Raises:
            BulkAwayError: not now.
            StoreUnavailableError: the index cannot be made now.
        """
        died_at = format_instant(self._clock())
        letters = [self._letter(action, reason, died_at) for action, reason in refused]
        self._indices.create_plain(self._index)
        for answer in send(self._client, letters) or ():
            if answer.verdict not in (Verdict.CREATED, Verdict.DUPLICATE):
                raise BulkAwayError(f"dead letters: {answer.reason}", is_ambiguous=False)

    def _letter(self, action: Action, reason: str, died_at: str) -> Action:
        name = blake2b(
            f"{action.target}/{action.id}".encode("utf-8", "surrogatepass"), digest_size=16
        )
        source = encode(
            {
                "died_at": died_at,
                "reason": reason[:_MAX_REASON],
                "index": action.target,
                "record_id": action.id,
                "action": action.lines.decode("utf-8", "replace"),
            }
        )
        return create_action(name.hexdigest(), self._index, source)
