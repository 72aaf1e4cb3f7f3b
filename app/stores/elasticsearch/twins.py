"""Records whose id is stored already, in another index than the one that they are on their way to.

Elasticsearch keeps ids unique within an index only, so a create under an id that an older generation has
would succeed. The look-up is realtime (Elasticsearch reference, "Multi get"): it sees what was stored a
moment ago. It costs nothing for ids that we made ourselves, which nobody sends twice.
"""

from collections.abc import Sequence
from functools import partial

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.stores.elasticsearch.actions import Action
from app.stores.elasticsearch.bulk import BulkAwayError
from app.stores.elasticsearch.connect import explain
from app.stores.elasticsearch.indices import Indices

_AT_ONCE = 1_000


class Twins:
    """Finds them."""

    def __init__(self, client: Elasticsearch, indices: Indices) -> None:
        self._client = client
        self._indices = indices

    def __call__(self, actions: Sequence[Action]) -> set[int]:
        """The positions of the actions whose id is stored elsewhere.

        Raises:
            BulkAwayError: it cannot be known now.
        """
        places = [
            (at, action.id, name)
            for at, action in enumerate(actions)
            if action.elsewhere != ()
            for name in self._places(action)
        ]
        found: set[int] = set()
        for start in range(0, len(places), _AT_ONCE):
            found |= self._look(places[start : start + _AT_ONCE])
        return found

    def _places(self, action: Action) -> Sequence[str]:
        if action.elsewhere is not None:
            return action.elsewhere
        partition = self._indices.partition(action.target)
        if partition is None:
            return ()
        names = self._indices.elsewhere(partition, is_time_given=False)
        return [name for name in (*names, self._indices.target(partition)) if name != action.target]

    def _look(self, places: Sequence[tuple[int, str, str]]) -> set[int]:
        docs = [{"_index": name, "_id": name_of, "_source": False} for _, name_of, name in places]
        away = partial(BulkAwayError, is_ambiguous=False)
        try:
            answers = self._client.mget(docs=docs)["docs"]
        except (ApiError, TransportError) as error:
            raise away(f"older indices cannot be asked: {explain(error)}") from error
        found = set()
        for (at, _, name), answer in zip(places, answers, strict=True):
            if answer.get("found"):
                found.add(at)
            elif "error" in answer and answer["error"]["type"] != "index_not_found_exception":
                # The record may be in there: better wait than store it twice.
                raise away(f"{name} cannot be asked: {answer['error'].get('reason')}")
        return found
