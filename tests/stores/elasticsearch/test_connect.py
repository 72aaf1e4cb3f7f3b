"""Connections to a cluster that wants to know who comes, and over TLS."""

import base64
from pathlib import Path

import pytest

from app.domain.errors import StoreError, StoreUnavailableError
from app.stores.elasticsearch.connect import ClusterAddress, connect, translated
from tests.node import free_port
from tests.stores.elasticsearch.guard import guarded

BASIC = "Basic " + base64.b64encode(b"logfeed:s3cret").decode()


def status_at(address: ClusterAddress) -> str:
    with connect(address) as client, translated():
        return str(client.cluster.health()["status"])


@pytest.mark.es
def test_a_user_with_a_password_is_let_in(es_url: str, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with guarded(es_url, BASIC, ca_file) as url:
        address = ClusterAddress(
            (url,), username="logfeed", password="s3cret", ca_file=str(ca_file)
        )

        assert status_at(address) in {"green", "yellow"}


@pytest.mark.es
def test_an_api_key_is_let_in_and_goes_before_a_user(es_url: str, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with guarded(es_url, "ApiKey a2V5OmtleQ==", ca_file) as url:
        address = ClusterAddress(
            (url,), username="x", password="y", api_key="a2V5OmtleQ==", ca_file=str(ca_file)
        )

        assert status_at(address) in {"green", "yellow"}


@pytest.mark.es
def test_wrong_credentials_are_said_to_be_refused(es_url: str, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with guarded(es_url, BASIC, ca_file) as url:
        address = ClusterAddress((url,), username="logfeed", password="wrong", ca_file=str(ca_file))

        with pytest.raises(StoreUnavailableError, match="refuses the credentials"):
            status_at(address)


@pytest.mark.es
def test_a_certificate_of_an_unknown_authority_is_not_accepted(es_url: str, tmp_path: Path) -> None:
    with (
        guarded(es_url, BASIC, tmp_path / "ca.pem") as url,
        pytest.raises(StoreUnavailableError, match="LOGFEED_ELASTICSEARCH_CA_FILE"),
    ):
        status_at(ClusterAddress((url,), username="logfeed", password="s3cret"))


@pytest.mark.es
def test_of_several_nodes_one_that_answers_is_enough(es_url: str) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"

    for _ in range(10):
        assert status_at(ClusterAddress((nobody, es_url))) in {"green", "yellow"}


@pytest.mark.es
def test_an_address_that_is_given_twice_counts_once(es_url: str) -> None:
    assert status_at(ClusterAddress((es_url, f"{es_url}/"))) in {"green", "yellow"}


@pytest.mark.parametrize("url", ["http://", "http://host:port", "ftp://host:1", "http://[::1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="LOGFEED_ELASTICSEARCH_URL must be like"):
        connect(ClusterAddress((url,)))


@pytest.mark.parametrize(
    ("url", "node"),
    [
        ("https://es", "https://es:443"),
        ("http://es/", "http://es:80"),
        ("http://[::1]:9200", "http://[::1]:9200"),
        ("https://es:9243/cluster/", "https://es:9243/cluster"),
    ],
)
def test_an_address_may_leave_out_its_port(url: str, node: str) -> None:
    with connect(ClusterAddress((url,))) as client:
        assert [found.base_url for found in client.transport.node_pool.all()] == [node]


def test_an_authority_file_that_is_not_there_is_named() -> None:
    with pytest.raises(StoreError, match="LOGFEED_ELASTICSEARCH_CA_FILE=/no/such"):
        connect(ClusterAddress(("https://127.0.0.1:9200",), ca_file="/no/such"))


def test_a_cluster_that_is_away_cannot_be_reached() -> None:
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        status_at(ClusterAddress((f"http://127.0.0.1:{free_port()}",)))
