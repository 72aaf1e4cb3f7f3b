"""Connections to a cluster that wants to know who comes, and over TLS."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elastic_transport import ConnectionError as NoConnectionError
from elasticsearch import ApiError

from app.domain.errors import AnswerTooLargeError, StoreError, StoreUnavailableError
from app.stores.elasticsearch.client import LINES_HEADERS, Client
from app.stores.elasticsearch.connect import ClusterAddress, connect, translated
from tests.node import free_port
from tests.stores.elasticsearch.guard import guarded

BASIC = "Basic " + base64.b64encode(b"logfeed:s3cret").decode()


def ask_by_the_client(client: Client) -> str:
    return str(client.cluster.health()["status"])


def ask_for_bytes(client: Client) -> str:
    answer = client.exchange("GET", "/_cluster/health", b"", {"accept": "application/json"})
    return str(json.loads(answer)["status"])


StatusAt = Callable[[ClusterAddress], str]


@pytest.fixture(params=[ask_by_the_client, ask_for_bytes])
def status_at(request: pytest.FixtureRequest) -> StatusAt:
    """Asks a cluster how it is, by both ways that a client has."""

    def ask(address: ClusterAddress) -> str:
        with connect(address) as client, translated():
            return str(request.param(client))

    return ask


@pytest.mark.es
def test_a_user_with_a_password_is_let_in(status_at: StatusAt, es_url: str, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with guarded(es_url, BASIC, ca_file) as url:
        address = ClusterAddress(
            (url,), username="logfeed", password="s3cret", ca_file=str(ca_file)
        )

        assert status_at(address) in {"green", "yellow"}


@pytest.mark.es
def test_an_api_key_is_let_in_and_goes_before_a_user(
    status_at: StatusAt, es_url: str, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    with guarded(es_url, "ApiKey a2V5OmtleQ==", ca_file) as url:
        address = ClusterAddress(
            (url,), username="x", password="y", api_key="a2V5OmtleQ==", ca_file=str(ca_file)
        )

        assert status_at(address) in {"green", "yellow"}


@pytest.mark.es
def test_wrong_credentials_are_said_to_be_refused(
    status_at: StatusAt, es_url: str, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    with guarded(es_url, BASIC, ca_file) as url:
        address = ClusterAddress((url,), username="logfeed", password="wrong", ca_file=str(ca_file))

        with pytest.raises(StoreUnavailableError, match="refuses the credentials"):
            status_at(address)


@pytest.mark.es
def test_a_certificate_of_an_unknown_authority_is_not_accepted(
    status_at: StatusAt, es_url: str, tmp_path: Path
) -> None:
    with (
        guarded(es_url, BASIC, tmp_path / "ca.pem") as url,
        pytest.raises(StoreUnavailableError, match="LOGFEED_ELASTICSEARCH_CA_FILE"),
    ):
        status_at(ClusterAddress((url,), username="logfeed", password="s3cret"))


@pytest.mark.es
def test_of_several_nodes_one_that_answers_is_enough(status_at: StatusAt, es_url: str) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"

    for _ in range(10):
        assert status_at(ClusterAddress((nobody, es_url))) in {"green", "yellow"}


@pytest.mark.es
def test_an_address_that_is_given_twice_counts_once(status_at: StatusAt, es_url: str) -> None:
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


def test_a_cluster_that_is_away_cannot_be_reached(status_at: StatusAt) -> None:
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        status_at(ClusterAddress((f"http://127.0.0.1:{free_port()}",)))


def test_a_node_that_cannot_be_reached_is_given_up_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connect(ClusterAddress((f"http://127.0.0.1:{free_port()}",))) as client:
        pool = client.transport.node_pool
        given_up: list[object] = []
        monkeypatch.setattr(pool, "mark_dead", given_up.append)

        with pytest.raises(NoConnectionError):
            client.exchange("POST", "/_bulk", b"{}")

        assert given_up == pool.all()


@pytest.mark.es
def test_what_is_refused_is_explained_in_both_ways_alike(es_url: str) -> None:
    with connect(ClusterAddress((es_url,))) as client:
        with pytest.raises(ApiError) as usual:
            client.perform_request("POST", "/_nothing/at/all/of/this", headers=LINES_HEADERS)
        with pytest.raises(ApiError) as of_bytes:
            client.exchange("POST", "/_nothing/at/all/of/this", b"")

    assert of_bytes.value.body == usual.value.body
    assert of_bytes.value.status_code == usual.value.status_code == 400
    assert type(of_bytes.value) is type(usual.value)


def test_a_node_without_memory_for_an_answer_is_told_from_one_that_has_too_much_to_do() -> None:
    node = NodeConfig("http", "127.0.0.1", 9200)
    meta = ApiResponseMeta(429, "1.1", HttpHeaders(), 0.1, node)

    def refused(kind: str) -> ApiError:
        return ApiError("429", meta, {"error": {"type": kind, "reason": "Data too large"}})

    with pytest.raises(AnswerTooLargeError, match="no memory"), translated():
        raise refused("circuit_breaking_exception")
    with pytest.raises(StoreUnavailableError) as caught, translated():
        raise refused("es_rejected_execution_exception")
    assert not isinstance(caught.value, AnswerTooLargeError)
