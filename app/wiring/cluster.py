"""Where Elasticsearch is, as the settings say."""

from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress


def cluster_address(settings: Settings) -> ClusterAddress:
    """Where Elasticsearch is: the cluster that is set, else the local node."""
    url = settings.elasticsearch_url or f"http://127.0.0.1:{settings.elasticsearch_port}"
    return ClusterAddress(
        urls=tuple(url.split(",")),
        username=settings.elasticsearch_username,
        password=settings.elasticsearch_password,
        api_key=settings.elasticsearch_api_key,
        ca_file=settings.elasticsearch_ca_file,
    )
