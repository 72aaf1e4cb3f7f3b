"""Bulk actions as Kafka messages, and back.

A message bears the actions of one service out of one batch: the key is the service, the value the lines
of a bulk request, as they lie in the write-ahead log too. Fewer, larger messages cost less on the way,
and each is acknowledged as a whole. A header tells what the lines do not: in which other indices the ids
may be already.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import MsgspecError, Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from app.stores.elasticsearch.actions import Action, from_lines, in_parts, to_lines

#: Most bytes of a message that bears several records; well below what any broker takes (1 MB).
MESSAGE_BYTES = 512 * 1024
#: Most bytes of a message that bears a single one. The largest record there may be stays below it.
LARGEST_MESSAGE_BYTES = 32 * 1024 * 1024


_ELSEWHERE = "elsewhere"


class _Elsewhere(Struct, frozen=True):
    """For each action, in order, the number of its place among ``places``."""

    places: list[tuple[str, ...] | None]
    of: list[int]


class Message(Struct, frozen=True, gc=False):
    """One message, and the positions in their batch of the records in it."""

    key: bytes
    value: bytes
    positions: list[int]
    headers: list[tuple[str, str | bytes | None]]


def to_messages(actions: Sequence[Action], most_bytes: int = MESSAGE_BYTES) -> list[Message]:
    """The messages that bear ``actions``; those of one service keep their order."""
    by_service: dict[str, list[int]] = {}
    for at, action in enumerate(actions):
        by_service.setdefault(action.service, []).append(at)
    messages = []
    for service, positions in by_service.items():
        key = service.encode("utf-8", "surrogatepass")
        start = 0
        for part in in_parts([actions[at] for at in positions], most_bytes):
            own = positions[start : start + len(part)]
            messages.append(Message(key, to_lines(part), own, _headers(part)))
            start += len(part)
    return messages


def from_message(
    key: bytes | None,
    value: bytes | None,
    headers: Mapping[str, str | bytes | None],
    is_ours: Callable[[str], bool],
) -> list[Action]:
    """The actions in a message.

    Args:
        is_ours: whether an index of this name is for our records. A topic may be written to by others:
            nobody shall write to any index of the cluster through it.

    Raises:
        ValueError: ``to_messages`` did not make it, or not for us.
    """
    if not value:
        raise ValueError("the message is empty")
    actions = from_lines(value)
    for action in actions:
        if not is_ours(action.target):
            raise ValueError("the index that it names is not one for records")
    service = (key or b"").decode("utf-8", "replace")
    places = _places(headers.get(_ELSEWHERE), len(actions), is_ours)
    return [
        replace(action, service=service, elsewhere=elsewhere)
        for action, elsewhere in zip(actions, places, strict=True)
    ]


def _headers(actions: Sequence[Action]) -> list[tuple[str, str | bytes | None]]:
    """Mostly none, as nobody sends an id of ours a second time."""
    if all(action.elsewhere == () for action in actions):
        return []
    # Of a batch nearly all have the same other indices, or none.
    places = list(dict.fromkeys(action.elsewhere for action in actions))
    numbers = {names: number for number, names in enumerate(places)}
    table = _Elsewhere(places, [numbers[action.elsewhere] for action in actions])
    return [(_ELSEWHERE, encode(table))]


def _places(
    header: str | bytes | None, actions: int, is_ours: Callable[[str], bool]
) -> list[tuple[str, ...] | None]:
    if header is None:
        return [()] * actions
    try:
        table = decode(header, type=_Elsewhere)
        found = [table.places[number] for number in table.of]
    except (MsgspecError, LookupError) as error:
        raise ValueError(f"its header {_ELSEWHERE} cannot be read") from error
    if len(found) != actions:
        raise ValueError(f"its header {_ELSEWHERE} is not for so many records")
    if not all(is_ours(name) for names in table.places for name in names or ()):
        raise ValueError(f"its header {_ELSEWHERE} names an index that is not one for records")
    return found
