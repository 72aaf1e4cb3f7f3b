"""Records as they come in, by asking again and again."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from app.cli.api_client import ApiClient, ApiUnavailableError
from app.cli.records import read_pages
from app.cli.shown_records import ShownRecords
from app.domain.instants import NANOS_PER_SECOND, format_instant
from app.protocols.times import parse_instant

#: A record may come so long after its own time, and is noticed all the same.
_GRACE = 15 * NANOS_PER_SECOND
#: How far back `begin` asks: more than the grace and the time that a request may take. It reads only
#: as far as it must.
_BEGINS = "now-10m"


class Follower:
    """Shows each record that matches and comes in from ``begin`` on, once.

    A look begins where the last one that was read to its end was asked for, less the time of grace, and
    goes on to the last page. So it does not matter how far apart looks are, nor how long one takes, nor
    what has come while the API was away.

    Args:
        parameters: of the API; times and order in them do not count.
        show: is given each record, the oldest of a look first.
        warn: is told when the API goes away and when it is back.
        stopping: ends it, in the middle of a look too.

    Attributes:
        shown: what was shown and may be met again.
    """

    def __init__(
        self,
        client: ApiClient,
        parameters: Mapping[str, str],
        show: Callable[[Mapping[str, Any]], None],
        warn: Callable[[str], None],
        stopping: threading.Event,
    ) -> None:
        self._client = client
        self._parameters = {
            name: text for name, text in parameters.items() if not name.endswith("_time")
        }
        self._show = show
        self._warn = warn
        self._stopping = stopping
        self.shown = ShownRecords()
        # All that came before was shown, but for what came late.
        self._reached = 0
        self._is_away = False

    def begin(self) -> None:
        """Take what is there for shown.

        Raises:
            ApiError: the API does not answer.
        """
        # The newest first: that comes to an end, however fast others write.
        asked = {"order": "desc", "start_time": _BEGINS}
        for page in read_pages(self._client, self._parameters | asked):
            self._reached = self._reached or self._client.asked_at
            for record in page["logs"]:
                if parse_instant(record["timestamp"]) < self._reached - _GRACE:
                    return
                self.know(record)
            if self._stopping.is_set():
                return

    def know(self, record: Mapping[str, Any]) -> bool:
        """Take ``record`` for shown; False if it was already."""
        return self.shown.add(parse_instant(record["timestamp"]), record["id"])

    def run(self, interval: float) -> None:
        """Look every ``interval`` seconds."""
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(interval)

    def look(self) -> None:
        """Show what is new, page after page until there are no more."""
        try:
            self._read()
        except ApiUnavailableError as error:
            if not self._is_away:
                self._warn(f"{error}; waiting for it")
            self._is_away = True

    def _read(self) -> None:
        start = format_instant(max(0, self._reached - _GRACE))
        asked_at = 0
        for page in read_pages(
            self._client, self._parameters | {"order": "asc", "start_time": start}
        ):
            if self._is_away:
                self._warn("it answers again")
                self._is_away = False
            asked_at = asked_at or self._client.asked_at
            for record in page["logs"]:
                if self._stopping.is_set():
                    return
                if self.know(record):
                    self._show(record)
            if page["logs"]:
                # A look that is cut off goes on from here, and what was shown before can be forgotten.
                # Only what comes late can still come before this place.
                last = parse_instant(page["logs"][-1]["timestamp"])
                self._reach(max(self._reached, min(last, asked_at)))
        self._reach(asked_at)

    def _reach(self, instant: int) -> None:
        self._reached = instant
        # Twice the grace: the next answer may come from another API whose clock is behind.
        self.shown.forget_before(instant - 2 * _GRACE)
