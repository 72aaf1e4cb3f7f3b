"""The few pages of a process that is no API: metrics and health."""

import contextlib
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a request, none of which keeps the process from ending."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    #: Seconds after which a client that says nothing is left.
    timeout = 10.0

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: whoever asks every few seconds needs no line each time."""


@contextlib.contextmanager
def served(site: WSGIApplication, host: str, port: int) -> Iterator[None]:
    """``site`` answers for as long as the block takes."""
    server = make_server(host, port, site, _Server, _Handler)
    threading.Thread(target=server.serve_forever, name="site", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
