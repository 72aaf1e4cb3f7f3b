"""What a recompression has left is removed."""

from app.domain.errors import StoreError
from app.domain.lifecycle import IndexFacts
from app.domain.ports import Clock
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.counting import Counting
from app.stores.elasticsearch.lifecycle.names import RESTORED, TRIAL
from app.stores.elasticsearch.lifecycle.states import IndexState, States

#: Seconds after which nobody asks the original by name any more, as everybody has read the aliases anew.
SETTLED_AFTER = 60
_SECOND = 1_000_000_000


class Cleaning:
    """Removes indices that nobody searches, and never the last one that holds a record."""

    def __init__(self, calls: Calls, states: States, clock: Clock) -> None:
        self._calls = calls
        self._states = states
        self._clock = clock
        self._counting = Counting(calls)

    def clean_up(self, index: IndexFacts) -> None:
        """Remove ``index``; harmless if it is gone.

        Raises:
            StoreError: it is searched, or nothing else is known to hold its records, or its copy took
                its place less than a minute ago.
        """
        family = self._states.of(index.partition)
        state = family.get(index.name)
        if state is None:
            return
        if self._states.is_searched(state):
            raise StoreError(f"{state.name} is searched, and not to be removed")
        searched = next(
            (
                other
                for other in family.values()
                if other.says.base == state.says.base and self._states.is_searched(other)
            ),
            None,
        )
        if searched is not None and searched.noted_text("copy_of") == state.name:
            self._replace(state, searched)
        elif searched is not None or state.says.kind in {RESTORED, TRIAL}:
            with self._calls.changing() as client:
                client.options(ignore_status=404).indices.delete(index=state.name)
        else:
            raise StoreError(
                f"no index is searched in place of {state.name}, which may be the last to hold its "
                "records: look at it, and give it the alias of its partition or delete it by hand"
            )

    def _replace(self, original: IndexState, copy: IndexState) -> None:
        since = (self._clock() - (copy.noted_number("swapped_at") or 0)) // _SECOND
        if since < SETTLED_AFTER:
            raise StoreError(
                f"{copy.name} took the place of {original.name} {since} s ago; it is removed after "
                f"{SETTLED_AFTER} s, on a later run"
            )
        have, should = self._counting.count(copy.name), self._counting.count(original.name)
        if have != should:
            raise StoreError(
                f"{copy.name} holds {have} records and {original.name}, whose place it took, {should}: "
                "nothing was removed, look at both"
            )
        with self._calls.changing() as client:
            # In one step, so that what was frozen for the old name finds the copy without a gap.
            answer = client.indices.update_aliases(
                actions=[
                    {"remove_index": {"index": original.name}},
                    {"add": {"index": copy.name, "alias": original.name, "is_write_index": False}},
                ]
            )
        if answer.get("errors"):
            raise StoreError(f"{original.name} could not be removed: {answer}")
