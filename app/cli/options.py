"""Options that many commands share, and the API that they lead to."""

import click

from app.cli.api_client import ApiClient
from app.settings import Settings

url_option = click.option(
    "--url", help="Where the API is; default: LOGFEED_URL, else this machine."
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")


def api_at(url: str | None) -> str:
    """The address of the API: ``url``, else that of the settings."""
    return url or Settings.from_env().api_url


def client_at(url: str | None) -> ApiClient:
    """A client of it."""
    return ApiClient(api_at(url))
