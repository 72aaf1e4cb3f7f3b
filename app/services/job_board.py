"""What is known of each job, and which are asked for, in the state that all processes share."""

import dataclasses
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from app.domain.errors import StoreUnavailableError
from app.domain.jobs import JobStatus, Outcome
from app.domain.metadata import JsonScalar
from app.domain.ports import StateStore

REQUESTS_KEY = "scheduler-requests"
#: Times that a change is tried again when another one was faster.
_ATTEMPTS = 10
_FIELDS = frozenset(field.name for field in dataclasses.fields(JobStatus))


def status_key(name: str) -> str:
    """The document of the job ``name``."""
    return f"scheduler-job-{name}"


class JobBoard:
    """One document a job, written by the leader, and one with the requests, written by all.

    Every method raises ``StoreUnavailableError`` while the state is away.
    """

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def read(self, name: str) -> JobStatus:
        """What is known of the job; nothing, if no leader ever had it."""
        document = self._state.read(status_key(name))
        return JobStatus(name) if document is None else _load(name, document.body)

    def update(self, name: str, term: int, change: Callable[[JobStatus], JobStatus]) -> None:
        """Write what ``change`` makes of it, unless a leader of a later term has written already."""

        def changed(body: Mapping[str, JsonScalar] | None) -> dict[str, JsonScalar] | None:
            status = JobStatus(name) if body is None else _load(name, body)
            if status.term > term:
                return None
            return _dump(dataclasses.replace(change(status), term=term))

        self._change(status_key(name), changed)

    def requests(self) -> dict[str, str]:
        """The jobs that are to be run on demand, with the id of the request."""
        document = self._state.read(REQUESTS_KEY)
        body = {} if document is None else document.body
        return {name: asked for name, asked in body.items() if isinstance(asked, str)}

    def ask(self, name: str) -> str:
        """Ask for a run; the id of the request, which is that of an earlier one if it still waits."""
        wanted = secrets.token_hex(8)

        def changed(body: Mapping[str, JsonScalar] | None) -> dict[str, JsonScalar] | None:
            nonlocal wanted
            waiting = (body or {}).get(name)
            if isinstance(waiting, str):
                wanted = waiting
                return None
            return {**(body or {}), name: wanted}

        self._change(REQUESTS_KEY, changed)
        return wanted

    def answered(self, name: str, request: str) -> None:
        """The run of this request has begun."""

        def changed(body: Mapping[str, JsonScalar] | None) -> dict[str, JsonScalar] | None:
            if body is None or body.get(name) != request:
                return None
            return {other: asked for other, asked in body.items() if other != name}

        self._change(REQUESTS_KEY, changed)

    def _change(
        self,
        key: str,
        changed: Callable[[Mapping[str, JsonScalar] | None], dict[str, JsonScalar] | None],
    ) -> None:
        """Write what ``changed`` makes of the document; None leaves it as it is."""
        for _ in range(_ATTEMPTS):
            document = self._state.read(key)
            body = changed(None if document is None else document.body)
            if body is None:
                return
            if document is None:
                is_written = self._state.create(key, body)
            else:
                is_written = self._state.replace(key, body, document.version)
            if is_written:
                return
        raise StoreUnavailableError(f"{key} is changed by too many at once; try again")


def _dump(status: JobStatus) -> dict[str, JsonScalar]:
    return dataclasses.asdict(status) | {"outcome": status.outcome.value}


def _load(name: str, body: Mapping[str, JsonScalar]) -> JobStatus:
    # Of another version of this program, newer or older, too.
    known: dict[str, Any] = {key: value for key, value in body.items() if key in _FIELDS}
    word = known.get("outcome")
    known["outcome"] = Outcome(word) if word in set(Outcome) else Outcome.NEVER
    return JobStatus(**known | {"name": name})
