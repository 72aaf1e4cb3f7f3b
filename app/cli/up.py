"""``logfeed up``: Elasticsearch, the API and the scheduler on this machine, until Ctrl-C."""

import dataclasses
import sys

import click

from app.engine.bring_up import Api, bring_up
from app.engine.config import NodeConfig
from app.engine.report import Report
from app.engine.resolve import resolve
from app.settings import Settings
from app.wiring.policies import policies_of


@click.command()
def up() -> None:
    """Start Elasticsearch, the API and the scheduler; Ctrl-C stops all.

    The first start fetches Java and Elasticsearch. With LOGFEED_ELASTICSEARCH_URL set, only the
    API and the scheduler are started.
    """
    settings = Settings.from_env()
    policies_of(settings)  # a mistake in there is told here, not by a worker that cannot start
    node = NodeConfig(
        data_dir=settings.data_dir,
        cache_dir=settings.cache_dir,
        http_port=settings.elasticsearch_port,
        heap=settings.elasticsearch_heap,
    )
    api = Api(
        command=(sys.executable, "-m", "app", "serve"),
        scheduler=(sys.executable, "-m", "app", "scheduler"),
        host=settings.host,
        port=settings.port,
        # Its own address, not that of some other API that `search` is to ask.
        url=dataclasses.replace(settings, url="").api_url,
    )
    engine = resolve(settings.elasticsearch_url, node)
    bring_up(engine, api, settings.data_dir, Report())
