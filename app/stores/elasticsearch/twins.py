"""Records whose id is stored already, in another index than the one that they are on their way to.

Elasticsearch keeps ids unique within an index only, so a create under an id that an older generation has
would succeed. The look-up is realtime (Elasticsearch reference, "Multi get"): it sees what was stored a
moment ago. Where it is not known which indices there are, as after midnight in a process that was idle,
the list of them is read first. All that costs nothing for ids that we made ourselves, which nobody sends
twice.
"""

from collections.abc import Sequence

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import LogfeedError
from app.stores.elasticsearch.actions import Action
from app.stores.elasticsearch.bulk import BulkAwayError
from app.stores.elasticsearch.connect import explain
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.reasons import without_values
from app.stores.elasticsearch.sender import Twins

_AT_ONCE = 1_000


class TwinFinder:
    """Finds them.

    A closed or broken index holds up only the records that it may hold: better that they wait than that
    one is stored twice.
    """

    def __init__(self, client: Elasticsearch, indices: Indices) -> None:
        self._client = client
        self._indices = indices

    def __call__(self, actions: Sequence[Action]) -> Twins:
        """Which of ``actions`` are stored elsewhere.

        Raises:
            BulkAwayError: nobody answers.
        """
        if any(action.elsewhere is None for action in actions):
            self._read_list()
        places = [
            (at, action.id, name)
            for at, action in enumerate(actions)
            if action.elsewhere != ()
            for name in self._places(action)
        ]
        stored: set[int] = set()
        unknown: dict[int, str] = {}
        for start in range(0, len(places), _AT_ONCE):
            self._look(places[start : start + _AT_ONCE], stored, unknown)
        return Twins(stored, {at: why for at, why in unknown.items() if at not in stored})

    def _places(self, action: Action) -> Sequence[str]:
        if action.elsewhere is not None:
            return action.elsewhere
        partition = self._indices.partition(action.target)
        if partition is None:
            return ()
        names = self._indices.wherever(partition, is_time_given=False)
        return [name for name in names if name != action.target]

    def _read_list(self) -> None:
        try:
            self._indices.read_anew()
        except LogfeedError as error:
            reason = f"which indices there are cannot be asked: {error}"
            raise BulkAwayError(reason, is_ambiguous=False) from error

    def _look(
        self, places: Sequence[tuple[int, str, str]], stored: set[int], unknown: dict[int, str]
    ) -> None:
        docs = [{"_index": name, "_id": own, "_source": False} for _, own, name in places]
        try:
            answers = self._client.mget(docs=docs)["docs"]
        except (ApiError, TransportError) as error:
            reason = f"older indices cannot be asked: {without_values(explain(error))}"
            raise BulkAwayError(reason, is_ambiguous=False) from error
        for (at, _, name), answer in zip(places, answers, strict=True):
            if answer.get("found"):
                stored.add(at)
            elif "error" in answer and answer["error"]["type"] != "index_not_found_exception":
                unknown[at] = f"{name} cannot be asked: {answer['error']['type']}"
