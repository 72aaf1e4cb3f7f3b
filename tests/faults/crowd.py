"""Many clients at once, each with a connection of its own and one request on it."""

import contextlib
import json
import resource
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit
from uuid import uuid4

import psutil

from tests.faults.driver import usual

#: Far more than anything here takes.
_SECONDS = 120.0


class Client:
    """One connection; its record has an id of its own."""

    def __init__(self, url: str, target: str) -> None:
        address = urlsplit(url)
        self.id = uuid4().hex
        self._socket = socket.create_connection(
            (address.hostname or "", address.port or 0), timeout=_SECONDS
        )
        self._target = target

    def begin(self, length: int) -> None:
        """Send the head of a request whose body has ``length`` bytes."""
        lines = [
            f"POST {self._target} HTTP/1.1",
            "Host: here",
            "Content-Type: application/json",
            f"Content-Length: {length}",
        ]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        """Send some bytes, whatever they are."""
        self._socket.sendall(data)

    def write(self) -> None:
        """Send a whole request with one record."""
        body = json.dumps({"id": self.id, **usual(0)}).encode()
        self.begin(len(body))
        self.send(body)

    def status(self) -> int:
        """The status of the answer, once it has come; 0 if the connection ends without one."""
        response = HTTPResponse(self._socket)
        try:
            response.begin()
            response.read()
        except (OSError, HTTPException):
            return 0
        return response.status

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


@contextlib.contextmanager
def crowd(url: str, size: int, target: str = "/api/v1/logs") -> Iterator[list[Client]]:
    """So many clients that are connected, and none afterwards."""
    # Beside those that this process has open from before.
    number = psutil.Process().num_fds() + size + 256
    with files_allowed(number), contextlib.ExitStack() as connected:
        yield [
            connected.enter_context(contextlib.closing(Client(url, target))) for _ in range(size)
        ]


@contextlib.contextmanager
def files_allowed(number: int) -> Iterator[None]:
    """Let this process, and those that it starts meanwhile, have so many files open."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
