"""The bulk actions of one append in one piece, as they are logged and sent.

Making and handling each action by itself costs more than all of its JSON, and mostly nobody asks for a
single one: Elasticsearch takes all of them. Only where it does not are they parted.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from app.stores.elasticsearch.actions import Action, from_lines, to_lines


class Batch(Struct, frozen=True, gc=False):
    """Actions in order.

    Attributes:
        lines: the body of a bulk request of all of them.
        ids: of their records.
        services: whose records they are; empty texts where that is not known, as after a restart.
        elsewhere: indices that may have an id already, beside the target, by the position of its action,
            or None where that is not known of it; None if it is not known of any.
    """

    lines: bytes
    ids: Sequence[str]
    services: Sequence[str]
    elsewhere: Mapping[int, tuple[str, ...] | None] | None

    def __len__(self) -> int:
        return len(self.ids)

    def actions(self) -> list[Action]:
        """Each action by itself."""
        elsewhere = self.elsewhere
        return [
            Action(
                action.id,
                action.target,
                action.lines,
                service,
                None if elsewhere is None else elsewhere.get(at, ()),
            )
            for at, (action, service) in enumerate(
                zip(from_lines(self.lines), self.services, strict=True)
            )
        ]

    def without(self, services: Collection[str]) -> "Batch":
        """What is left when the actions of these services are taken out."""
        return batch_of([action for action in self.actions() if action.service not in services])


def batch_of(actions: Sequence[Action]) -> Batch:
    """A batch of these actions."""
    elsewhere = {
        at: action.elsewhere for at, action in enumerate(actions) if action.elsewhere != ()
    }
    return Batch(
        to_lines(actions),
        [action.id for action in actions],
        [action.service for action in actions],
        None if actions and [*elsewhere.values()] == [None] * len(actions) else elsewhere,
    )


def number_of_actions(lines: bytes) -> int:
    """How many actions these lines are of; each is two lines, and JSON has no other line breaks."""
    return lines.count(b"\n") // 2


def read_batch(lines: bytes) -> Batch:
    """The batch whose lines these are.

    Raises:
        ValueError: they are not those of a batch.
    """
    ids = [action.id for action in from_lines(lines)]
    return Batch(lines, ids, [""] * len(ids), None)
