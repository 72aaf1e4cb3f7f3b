"""``logfeed consume``: ships what waits in Kafka to Elasticsearch."""

import contextlib
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

import click

from app import own_log
from app.consumer_wiring import create_consumer
from app.engine.preflight import check_port
from app.engine.signals import on_ending_signal
from app.settings import Settings


@click.command()
def consume() -> None:
    """Ship what waits in Kafka to Elasticsearch, as one of a group.

    For LOGFEED_QUEUE=kafka: the API writes to Kafka, and this stores it. Start as many as you like,
    up to one a partition. SIGTERM and Ctrl-C let what is under way be stored, for at most 10
    seconds; what is left stays in Kafka. /metrics, /healthz and /readyz are on LOGFEED_CONSUMER_PORT.
    """
    settings = Settings.from_env()
    check_port(settings.host, settings.consumer_port, "LOGFEED_CONSUMER_PORT")
    own_log.configure(settings.log_level)
    system = create_consumer(settings)
    stopping = threading.Event()
    with (
        on_ending_signal(stopping.set),
        _served(system.site, settings.host, settings.consumer_port),
    ):
        system.run(stopping)


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a request, none of which keeps the process from ending."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    #: Seconds after which a client that says nothing is left.
    timeout = 10.0

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: whoever asks every few seconds needs no line each time."""


@contextlib.contextmanager
def _served(site: WSGIApplication, host: str, port: int) -> Iterator[None]:
    server = make_server(host, port, site, _Server, _Handler)
    threading.Thread(target=server.serve_forever, name="site", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
