"""Stores the records of dead letters after all, each once, whatever happens in the middle.

A record is stored before its letter is removed. If the second fails, or the process dies in between, the
next replay finds the record stored and removes the letter only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from app.domain.dead_letters import Replayed
from app.domain.errors import StoreUnavailableError
from app.domain.outcomes import Outcome
from app.domain.ports import Clock
from app.stores.elasticsearch.actions import Action, create_action, in_parts
from app.stores.elasticsearch.bulk import (
    Answer,
    BulkAwayError,
    BulkRefusedError,
    Verdict,
    bulk_client,
    send_each,
)
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.letters import action_in, refused_again

_log = structlog.get_logger(__name__)

#: Letters that are read at a time; each may hold megabytes.
_AT_ONCE = 20
#: Most bytes that are sent in one request.
_REQUEST_BYTES = 8 * 1024 * 1024
_REMOVED = frozenset({200, 404})
#: A letter that somebody else has removed or changed meanwhile is theirs.
_CHANGED = _REMOVED | {409}


@dataclass(frozen=True)
class _Try:
    """One record on its way from a letter to an index.

    Attributes:
        letter: as it was found.
        action: stores the record in the index of its own period that takes records.
        older: the other indices of that period.
    """

    letter: Mapping[str, Any]
    action: Action
    older: Sequence[str]


class Replay:
    """Replays letters.

    Args:
        index: the index of the letters.
    """

    def __init__(self, client: Client, index: str, indices: Indices, clock: Clock) -> None:
        self._client = client
        self._bulk_client = bulk_client(client)
        self._index = index
        self._indices = indices
        self._clock = clock

    def __call__(self, ids: Sequence[str]) -> list[Replayed]:
        """What became of each letter, in order; one that is named twice is replayed once.

        Raises:
            StoreUnavailableError: the cluster is away; some may have been replayed before.
        """
        outcomes: dict[str, Outcome] = {}
        wanted = list(dict.fromkeys(ids))
        self._indices.forget()
        self._indices.catalog()
        for at in range(0, len(wanted), _AT_ONCE):
            tries: list[_Try] = []
            for letter in self._read(wanted[at : at + _AT_ONCE]):
                try:
                    tries.append(self._try(letter))
                except ValueError:
                    # A message of the queue that nobody could decode, and nobody will.
                    outcomes[letter["_id"]] = Outcome.rejected(
                        "is no record, as far as can be told; it can be shown and deleted"
                    )
            outcomes |= self._replay(tries)
        return [Replayed(name, outcomes.get(name)) for name in ids]

    def _read(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        with translated():
            found = self._client.mget(index=self._index, ids=ids)["docs"]
        for letter in found:
            if "error" in letter and letter["error"]["type"] != "index_not_found_exception":
                raise StoreUnavailableError("the dead letters cannot be read now")
        return [letter for letter in found if letter.get("found")]

    def _try(self, letter: Mapping[str, Any]) -> _Try:
        """How to store what is in ``letter``.

        Raises:
            ValueError: it is no record of ours.
        """
        refused = action_in(letter)
        partition = self._indices.partition(refused.target)
        if partition is None:
            raise ValueError(f"{refused.target} is not an index for records")
        target = self._indices.target(partition)
        older = [name for name in self._indices.names([partition]) if name != target]
        source = refused.lines.split(b"\n")[1]
        return _Try(letter, create_action(refused.id, target, source), older)

    def _replay(self, tries: Sequence[_Try]) -> dict[str, Outcome]:
        settled = self._look_up(tries)
        left = [one for one in tries if one.letter["_id"] not in settled]
        for one, answer in zip(left, self._store([one.action for one in left]), strict=True):
            settled[one.letter["_id"]] = answer
        self._tidy_up(tries, settled)
        return {
            one.letter["_id"]: _outcome(one.action.id, settled[one.letter["_id"]]) for one in tries
        }

    def _look_up(self, tries: Sequence[_Try]) -> dict[str, Answer]:
        """Letters whose records are in an older index of their period, where no create finds them."""
        places = [(one, name) for one in tries for name in one.older]
        if not places:
            return {}
        docs = [{"_index": name, "_id": one.action.id, "_source": False} for one, name in places]
        with translated():
            found = self._client.mget(docs=docs)["docs"]
        answers: dict[str, Answer] = {}
        for (one, name), record in zip(places, found, strict=True):
            if record.get("found"):
                answers[one.letter["_id"]] = Answer(Verdict.DUPLICATE)
            elif "error" in record:
                # It may be in there: better wait than store it twice.
                answers.setdefault(
                    one.letter["_id"], Answer(Verdict.BLOCKED, f"{name} cannot be asked now")
                )
        return answers

    def _store(self, actions: Sequence[Action]) -> Iterator[Answer]:
        for part in in_parts(actions, _REQUEST_BYTES):
            yield from self._send(part)

    def _send(self, actions: Sequence[Action]) -> list[Answer]:
        """The answers; what only lacks its index is sent once more, a refused request in halves."""
        try:
            answers = send_each(self._bulk_client, actions)
        except BulkAwayError as error:
            raise StoreUnavailableError(str(error)) from error
        except BulkRefusedError as error:
            if len(actions) == 1:
                return [Answer(Verdict.REJECTED, str(error))]
            middle = len(actions) // 2
            return [*self._send(actions[:middle]), *self._send(actions[middle:])]
        lacking = [
            at for at, answer in enumerate(answers) if answer.verdict is Verdict.MISSING_INDEX
        ]
        if lacking:
            for name in {actions[at].target for at in lacking}:
                self._indices.create(name)
            for at, answer in zip(lacking, self._resend(actions, lacking), strict=True):
                answers[at] = answer
        return answers

    def _resend(self, actions: Sequence[Action], positions: Sequence[int]) -> list[Answer]:
        try:
            return send_each(self._bulk_client, [actions[at] for at in positions])
        except (BulkAwayError, BulkRefusedError) as error:
            raise StoreUnavailableError(str(error)) from error

    def _tidy_up(self, tries: Sequence[_Try], answers: Mapping[str, Answer]) -> None:
        """Remove the letters of what is stored, and note why others were refused again."""
        operations: list[dict[str, Any]] = []
        now = self._clock()
        for one in tries:
            letter, answer = one.letter, answers[one.letter["_id"]]
            if answer.verdict in (Verdict.CREATED, Verdict.DUPLICATE):
                operations.append({"delete": {"_id": letter["_id"]}})
            elif answer.verdict is Verdict.REJECTED:
                version = {
                    "if_seq_no": letter["_seq_no"],
                    "if_primary_term": letter["_primary_term"],
                }
                operations.append({"update": {"_id": letter["_id"], **version}})
                operations.append({"doc": refused_again(letter, answer.reason, now)})
        if not operations:
            return
        with translated():
            items = self._client.bulk(index=self._index, operations=operations)["items"]
        for item in items:
            (result,) = item.values()
            if result["status"] not in _CHANGED:
                # The record itself is safe either way; the letter is dealt with by the next replay.
                _log.warning(
                    "letter_not_changed", id=result["_id"], reason=result["error"].get("type")
                )


def _outcome(record_id: str, answer: Answer) -> Outcome:
    match answer.verdict:
        case Verdict.CREATED:
            return Outcome.created(record_id)
        case Verdict.DUPLICATE:
            return Outcome.duplicate(record_id)
        case Verdict.REJECTED:
            return Outcome.rejected(answer.reason, id=record_id)
        case _:
            return Outcome.failed(answer.reason or "cannot be stored now", id=record_id)
