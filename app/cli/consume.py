"""``logfeed consume``: ships what waits in Kafka to Elasticsearch."""

import threading

import click

from app import own_log
from app.cli.small_site import served
from app.engine.preflight import check_port
from app.engine.signals import on_ending_signal
from app.settings import Settings
from app.wiring.consumer import create_consumer


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
        served(system.site, settings.host, settings.consumer_port),
    ):
        system.run(stopping)
