"""Which region is the master: one small document in each cluster, of which the highest term holds."""

import contextlib
import threading

from app.domain.errors import StoreUnavailableError
from app.domain.metadata import JsonScalar
from app.domain.ports import StateDocument, StateStore
from app.domain.regions import Regions, Role

_KEY = "replication-role"
_ATTEMPTS = 16
#: Seconds after which those who ask often read the role anew.
_REFRESH_SECONDS = 1.0


class Roles:
    """The role that one cluster knows of."""

    def __init__(self, state: StateStore, regions: Regions) -> None:
        self._state = state
        self._first = Role(0, regions.first_master)

    def read(self) -> Role:
        """The role that holds here.

        Raises:
            StoreUnavailableError: the cluster is away.
        """
        return self._role(self._state.read(_KEY))

    def adopt(self, role: Role) -> Role:
        """Take over ``role`` if it is higher; returns the one that holds then.

        Raises:
            StoreUnavailableError: the cluster is away.
        """
        for _ in range(_ATTEMPTS):
            there = self._state.read(_KEY)
            held = self._role(there)
            if held >= role or self._write(role, there):
                return max(held, role)
        raise StoreUnavailableError("the role is being changed by others all the time")

    def _role(self, there: StateDocument | None) -> Role:
        if there is None:
            return self._first
        return Role(int(there.body["term"] or 0), str(there.body["master"]))

    def _write(self, role: Role, there: StateDocument | None) -> bool:
        body: dict[str, JsonScalar] = {"term": role.term, "master": role.master}
        if there is None:
            return self._state.create(_KEY, body)
        return self._state.replace(_KEY, body, there.version)


class WatchedRole:
    """The role for those who ask for every write: read in the background, about once a second.

    While the cluster is away the last one that was read holds; before that, the one of the settings.

    Attributes:
        role: as of the last look.
    """

    def __init__(self, roles: Roles, regions: Regions) -> None:
        self._roles = roles
        self.role = Role(0, regions.first_master)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="role", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(Exception):  # whatever it was, the last role holds
                self.role = self._roles.read()
            self._stopping.wait(_REFRESH_SECONDS)
