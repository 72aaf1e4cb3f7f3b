"""The composition root of what an operator does about the lifecycle, with the API or without."""

import getpass
import socket
from dataclasses import dataclass

from app.domain.ports import Clock
from app.settings import Settings
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import connect
from app.wiring.admin import create_admin
from app.wiring.clock import system_clock
from app.wiring.cluster import cluster_address
from app.wiring.indices import create_indices
from app.wiring.policies import bounds_of, policies_of
from retention.admin import Admin
from retention.executor import Executor
from retention.planner import Bounds
from retention.policy import Policies


@dataclass(frozen=True)
class Lifecycle:
    """The lifecycle, with everything behind it.

    Attributes:
        bounds: what a run may do, by the settings.
    """

    client: Client
    admin: Admin
    executor: Executor
    policies: Policies
    bounds: Bounds
    clock: Clock

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def create_lifecycle(settings: Settings, clock: Clock = system_clock) -> Lifecycle:
    """The lifecycle over the cluster that ``settings`` name; nothing is asked of it yet.

    Raises:
        PolicyError: the policies cannot be used.
        StoreError: a setting of the connection cannot be used.
    """
    policies = policies_of(settings)
    client = connect(cluster_address(settings))
    indices = create_indices(settings, client)
    admin = create_admin(settings, client, indices, clock)
    executor = Executor(admin, clock, by=f"{_person()} at {socket.gethostname()}")
    return Lifecycle(client, admin, executor, policies, bounds_of(settings), clock)


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in many containers
        return "somebody"
