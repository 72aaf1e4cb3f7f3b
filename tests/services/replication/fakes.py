"""A peer without a cluster."""

from app.domain.errors import StoreUnavailableError
from app.domain.regions import Lag, Regions, Replication
from app.services.replication.roles import Roles
from app.stores.memory_state import InMemoryStateStore

EU = Regions(Replication.MASTER_SLAVE, "eu", {"us": ("http://us",)}, "us")


class AwayState(InMemoryStateStore):
    """A state store that can go away."""

    is_away = False

    def read(self, key: str):  # type: ignore[no-untyped-def]
        if self.is_away:
            raise StoreUnavailableError("no connection")
        return super().read(key)


class FakePeer:
    """The region ``us``, as ``eu`` sees it.

    Attributes:
        waiting: records that ``pull`` has not brought yet; one at a time.
        compared: how each comparison was asked for: both ways, with open hours.
    """

    name = "us"

    def __init__(self, regions: Regions = EU) -> None:
        self.state = AwayState()
        self.roles = Roles(self.state, regions)
        self.copied = 0
        self.waiting = 0
        self.compared: list[tuple[bool, bool]] = []

    def pull(self) -> bool:
        if self.state.is_away:
            raise StoreUnavailableError("no connection")
        if self.waiting:
            self.waiting -= 1
            self.copied += 1
        return self.waiting > 0

    def lag(self) -> Lag:
        return Lag(self.waiting, 1.0 if self.waiting else 0.0)

    def compare(self, *, both_ways: bool, with_open: bool) -> int:
        self.compared.append((both_ways, with_open))
        return 2
