"""``logfeed replicate``: keeps this region in step with the others."""

import click

from app import own_log
from app.cli.small_site import served
from app.engine.preflight import check_port
from app.engine.signals import on_ending_signal
from app.settings import Settings
from app.wiring.replication import create_replication


@click.command()
def replicate() -> None:
    """Copy what the other regions take into this one.

    For LOGFEED_REPLICATION=master_slave or multi_master; run one in every region, beside its API. It may
    be killed at any time, and goes on where it was. /metrics, /healthz and /readyz are on
    LOGFEED_REPLICATE_PORT.
    """
    settings = Settings.from_env()
    system = create_replication(settings)
    check_port(settings.host, settings.replicate_port, "LOGFEED_REPLICATE_PORT")
    own_log.configure(settings.log_level)
    try:
        with (
            on_ending_signal(system.stopping.set),
            served(system.site, settings.host, settings.replicate_port),
        ):
            system.run()
    finally:
        system.close()
