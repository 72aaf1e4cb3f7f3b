"""Connections to a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elastic_transport.client_utils import DEFAULT
from elasticsearch import ApiError, AuthenticationException, AuthorizationException

from app.domain.errors import (
    AnswerTooLargeError,
    InvalidQueryError,
    OutOfTimeError,
    StoreError,
    StoreUnavailableError,
)
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.node import SwiftNode

#: What Elasticsearch says of a request for which it has no memory.
BREAKER = "circuit_breaking_exception"
#: The error types of a node that has too much to do.
BUSY = frozenset({BREAKER, "es_rejected_execution_exception"})


@dataclass(frozen=True)
class ClusterAddress:
    """Where a cluster is and how to be let in.

    Attributes:
        urls: one or more nodes.
        ca_file: PEM file of the authority that signed the certificate; empty: the system's.
        timeout: seconds for one request.
    """

    urls: tuple[str, ...]
    username: str = ""
    password: str = ""
    api_key: str = ""
    ca_file: str = ""
    timeout: float = 30.0


def connect(address: ClusterAddress) -> Client:
    """A client of the cluster; nothing is sent yet.

    A request that found no connection goes to the next node, and to no more than there are; else the
    client does not retry: only the code that knows whether a request may be sent twice does.

    Raises:
        StoreError: the CA file is not there, or an address cannot be used.
    """
    if address.ca_file and not Path(address.ca_file).is_file():
        raise StoreError(f"LOGFEED_ELASTICSEARCH_CA_FILE={address.ca_file} is no file")
    urls = list(dict.fromkeys(_with_port(url) for url in address.urls))
    has_user = bool(address.username) and not address.api_key
    return Client(
        urls,
        node_class=SwiftNode,
        basic_auth=(address.username, address.password) if has_user else None,
        api_key=address.api_key or None,
        ca_certs=address.ca_file or DEFAULT,
        request_timeout=address.timeout,
        max_retries=len(urls) - 1,
        retry_on_status=(),
        retry_on_timeout=False,
        connections_per_node=32,
        http_compress=False,
    )


def _with_port(url: str) -> str:
    """``url`` with the port that its scheme implies, which the client wants spelled out."""
    try:
        parts = urlsplit(url)
        usual_port = {"http": 80, "https": 443}[parts.scheme]
        port = parts.port or usual_port
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    except (ValueError, KeyError):
        raise StoreError("LOGFEED_ELASTICSEARCH_URL must be like https://host:9200") from None
    if not host:
        raise StoreError("LOGFEED_ELASTICSEARCH_URL must be like https://host:9200")
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{user}{host}:{port}{parts.path.rstrip('/')}"


@contextmanager
def translated() -> Iterator[None]:
    """Turns the client's errors into those of the port.

    Raises:
        StoreUnavailableError: no connection, overload, refused credentials.
        AnswerTooLargeError: no memory for the request or its answer.
        OutOfTimeError: no answer in time.
        InvalidQueryError: Elasticsearch refuses the query itself.
        StoreError: any other answer.
    """
    try:
        yield
    except (AuthenticationException, AuthorizationException) as error:
        raise StoreUnavailableError(
            f"Elasticsearch refuses the credentials ({explain(error)})"
        ) from error
    except ApiError as error:
        if BREAKER in explain(error):
            raise AnswerTooLargeError(
                f"Elasticsearch has no memory for this now ({explain(error)})"
            ) from error
        if error.status_code == 429 or error.status_code >= 500:
            raise StoreUnavailableError(
                f"Elasticsearch cannot answer now ({explain(error)})"
            ) from error
        if error.status_code == 400:
            raise InvalidQueryError("filter", explain(error)) from error
        raise StoreError(f"Elasticsearch answered {explain(error)}") from error
    except ConnectionTimeout as error:
        raise OutOfTimeError(f"Elasticsearch cannot be reached ({explain(error)})") from error
    except TransportError as error:
        raise StoreUnavailableError(
            f"Elasticsearch cannot be reached ({explain(error)})"
        ) from error


def explain(error: ApiError | TransportError) -> str:
    """One line on what the client met, without addresses or stack traces."""
    if isinstance(error, ConnectionTimeout):
        return "no answer in time"
    if isinstance(error, TlsError):
        return "the TLS certificate is not accepted: see LOGFEED_ELASTICSEARCH_CA_FILE"
    if isinstance(error, NoConnectionError):
        return "no connection"
    if isinstance(error, TransportError):
        return "an answer that is none of Elasticsearch's"
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    if isinstance(cause, dict):
        return f"{error.status_code} {cause.get('type')}: {cause.get('reason')}"
    return f"{error.status_code}"
