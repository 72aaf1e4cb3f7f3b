"""A TCP way to a server that can be shut and opened, to be away without stopping anything."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Gate:
    """Passes connections on to ``url`` while it is open; shut, it breaks and refuses them."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._target = (address.hostname or "", address.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_open = True
        self._lock = threading.Lock()
        self._pairs: set[socket.socket] = set()
        self._passed = threading.Semaphore(0)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the gate."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def shut(self) -> None:
        """Break what is connected, and hang up on whoever comes."""
        with self._lock:
            self._is_open = False
            for connection in self._pairs:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        """Let connections pass again."""
        with self._lock:
            self._is_open = True

    def wait_for_refusal(self, seconds: float = 30.0) -> None:
        """Wait until somebody has come to the shut gate."""
        assert self._passed.acquire(timeout=seconds), "nobody came"

    def close(self) -> None:
        """Shut it for good."""
        self.shut()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    is_open = self._is_open
                if is_open:
                    self._connect(client)
                else:
                    client.close()
                    self._passed.release()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        with self._lock:
            if self._is_open:
                self._pairs |= {client, server}
            else:
                # It was shut meanwhile; nobody would break this pair any more.
                client.close()
                server.close()
                self._passed.release()
                return
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._pairs.discard(source)
        source.close()


@contextlib.contextmanager
def gate_to(url: str) -> Iterator[Gate]:
    """A gate to ``url``, open at first."""
    gate = Gate(url)
    try:
        yield gate
    finally:
        gate.close()
