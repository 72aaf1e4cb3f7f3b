"""Records as they come in, by asking again and again."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from app.cli.api_client import ApiClient, ApiUnavailableError
from app.cli.records import read_records

#: Records are asked for from so long before the newest one: those of other senders may come later.
OVERLAP = "15s"
#: At most so many ids are remembered, the newest.
_MOST_SEEN = 100_000
_AT_ONCE = 10_000


class Follower:
    """Shows each record that matches and comes in from now on, once.

    One whose own time lies more than 15 seconds before the newest record that was seen is not noticed.

    Args:
        parameters: of the API; times and order in them do not count.
        show: is given each record, the oldest of a round first.
        warn: is told when the API goes away and when it is back.
    """

    def __init__(
        self,
        client: ApiClient,
        parameters: Mapping[str, str],
        show: Callable[[Mapping[str, Any]], None],
        warn: Callable[[str], None],
    ) -> None:
        kept = {name: text for name, text in parameters.items() if not name.endswith("_time")}
        self._client = client
        self._parameters = kept | {"order": "asc"}
        self._show = show
        self._warn = warn
        # In the order in which they were seen, so that the oldest can be forgotten.
        self._seen: dict[str, None] = {}
        self._newest = ""
        self._is_away = False

    def begin(self) -> None:
        """Show what came after the last that is known; what came shortly before it is not new.

        Raises:
            ApiError: the API does not answer.
        """
        last = self._newest
        for record, _ in read_records(self._client, self._parameters | self._start(), _AT_ONCE):
            is_new = record["id"] not in self._seen and last and record["timestamp"] > last
            self.know(record)
            if is_new:
                self._show(record)

    def know(self, record: Mapping[str, Any]) -> None:
        """This one was shown already."""
        self._seen[record["id"]] = None
        self._newest = max(self._newest, record["timestamp"])

    def run(self, stopping: threading.Event, interval: float) -> None:
        """Ask every ``interval`` seconds until ``stopping``."""
        while not stopping.wait(interval):
            self.look()

    def look(self) -> None:
        """Ask once."""
        try:
            for record, _ in read_records(self._client, self._parameters | self._start(), _AT_ONCE):
                if record["id"] not in self._seen:
                    self.know(record)
                    self._show(record)
        except ApiUnavailableError as error:
            if not self._is_away:
                self._warn(f"{error}; waiting for it")
            self._is_away = True
            return
        if self._is_away:
            self._warn("it answers again")
            self._is_away = False
        while len(self._seen) > _MOST_SEEN:
            del self._seen[next(iter(self._seen))]

    def _start(self) -> dict[str, str]:
        # After a time in which the API was away the newest record lies further back than that.
        if self._is_away and self._newest:
            return {"start_time": self._newest}
        return {"start_time": f"now-{OVERLAP}"}
