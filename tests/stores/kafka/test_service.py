"""The whole service with the queue in it: what a client is answered, and finds afterwards."""

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.errors import StoreUnavailableError
from app.settings import Settings
from app.wiring.application import create_app
from app.wiring.consumer import create_consumer
from app.wiring.system import System, create_system
from tests.engine.eventually import eventually
from tests.kafka_broker import Broker
from tests.node import free_port
from tests.wipe import wipe

pytestmark = pytest.mark.es

RECORD = {"level": "INFO", "service": "shop", "message": "an order was paid", "id": "order-1"}

Open = Callable[..., FlaskClient]


@pytest.fixture
def settings(broker: Broker, es_url: str, es_prefix: str, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        elasticsearch_url=es_url,
        index_prefix=es_prefix,
        node_number=1,
        queue="kafka",
        kafka_servers=broker.servers,
        kafka_topic=f"t-{uuid.uuid4().hex[:8]}",
        acknowledge_deadline=60.0,
    )


@pytest.fixture
def open_api() -> Iterator[Open]:
    """Opens an API; it is closed without patience."""
    systems: list[System] = []

    def open_one(settings: Settings, *, prepare: bool = True) -> FlaskClient:
        system = create_system(settings)
        systems.append(system)
        if prepare:
            eventually(lambda: is_prepared(system), "what it needs is there")
        app = create_app(
            system.service, settings=settings, metrics=system.metrics, clock=system.clock
        )
        return app.test_client()

    yield open_one
    for system in systems:
        system.close()


@pytest.fixture
def consuming(settings: Settings) -> Iterator[FlaskClient]:
    """The site of a consumer that is at work."""
    system = create_consumer(settings)
    stopping = threading.Event()
    thread = threading.Thread(target=system.run, args=(stopping,))
    thread.start()
    yield system.site.test_client()
    stopping.set()
    thread.join()


def is_prepared(system: System) -> bool:
    """Whether it is now; a busy broker or node may have to be asked again."""
    try:
        system.prepare()
    except StoreUnavailableError:
        return False
    return True


def found(client: FlaskClient) -> list[Any]:
    # An index that is being made cannot be searched for a moment, which is an answer without logs.
    logs: list[Any] = client.get("/logs?service=shop").get_json().get("logs", [])
    return logs


def test_a_record_goes_through_the_queue_and_is_found(
    open_api: Open, settings: Settings, consuming: FlaskClient
) -> None:
    client = open_api(settings)

    posted = client.post("/logs", json=RECORD)

    assert posted.status_code == 202
    assert posted.get_json() == {
        "log_id": "order-1",
        "message": "Log accepted; it is safe and will be stored",
        "status": "accepted",
    }
    eventually(lambda: [record["id"] for record in found(client)] == ["order-1"], "it is found")
    assert client.get("/api/v1/logs/order-1").status_code == 200


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_whatever_is_asked_for_the_answer_promises_no_more_than_the_queue(
    open_api: Open, settings: Settings, ack: str
) -> None:
    client = open_api(settings)

    answer = client.post(f"/logs/batch?ack={ack}", json={"logs": [RECORD, {**RECORD, "id": "2"}]})

    assert answer.status_code == 202
    assert [one["status"] for one in answer.get_json()["results"]] == ["accepted", "accepted"]


def test_a_bad_record_is_refused_before_the_queue_and_its_neighbour_passes(
    open_api: Open, settings: Settings
) -> None:
    answer = open_api(settings).post(
        "/logs/batch", json={"logs": [RECORD, {"level": "loud", "service": "s", "message": "m"}]}
    )

    assert answer.status_code == 207
    assert [one["status"] for one in answer.get_json()["results"]] == ["accepted", "rejected"]


def test_without_kafka_a_write_is_refused_with_the_advice_to_come_again(
    open_api: Open, es_url: str, es_prefix: str, tmp_path: Path
) -> None:
    client = open_api(
        Settings(
            data_dir=tmp_path,
            elasticsearch_url=es_url,
            index_prefix=es_prefix,
            node_number=1,
            queue="kafka",
            kafka_servers=f"127.0.0.1:{free_port()}",
            acknowledge_deadline=0.5,
        ),
        prepare=False,
    )

    one = client.post("/logs", json=RECORD)
    batch = client.post("/logs/batch", json={"logs": [RECORD]})
    ready = client.get("/readyz")

    for answer in (one, batch, ready):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "Kafka" in answer.text or "send them again" in answer.text
    # Reading does not depend on the queue.
    assert client.get("/logs").status_code == 200


def test_the_api_is_ready_when_queue_and_elasticsearch_are(
    open_api: Open, settings: Settings
) -> None:
    client = open_api(settings)

    # A topic that was just made has no leaders for a moment.
    eventually(lambda: client.get("/readyz").get_json()["status"] == "ready", "it is ready")


def test_the_consumer_says_whether_it_is_at_work_and_how_far(
    open_api: Open, settings: Settings, consuming: FlaskClient
) -> None:
    open_api(settings).post("/logs", json=RECORD)

    eventually(lambda: consuming.get("/readyz").status_code == 200, "it is ready")
    eventually(
        lambda: 'logfeed_shipped_records{outcome="created"} 1.0' in shown(consuming),
        "the record is counted",
    )
    eventually(lambda: 'logfeed_queue_lag_messages{partition="5"} 0.0' in shown(consuming), "lag")
    assert "logfeed_logged_records 1.0" in shown(consuming)
    assert "logfeed_pending_records 0.0" in shown(consuming)
    assert "logfeed_undecodable_messages_total 0.0" in shown(consuming)
    assert consuming.get("/healthz").status_code == 200
    assert consuming.get("/logs").status_code == 404


def shown(site: FlaskClient) -> str:
    return site.get("/metrics").text


def test_a_consumer_that_cannot_reach_kafka_lives_and_says_so(es_url: str, es_prefix: str) -> None:
    system = create_consumer(
        Settings(
            elasticsearch_url=es_url,
            index_prefix=es_prefix,
            queue="kafka",
            kafka_servers=f"127.0.0.1:{free_port()}",
        )
    )
    stopping = threading.Event()
    thread = threading.Thread(target=system.run, args=(stopping,))
    thread.start()

    site = system.site.test_client()

    assert site.get("/readyz").status_code == 503
    assert site.get("/healthz").status_code == 200
    stopping.set()
    thread.join()
    wipe(es_url, es_prefix)
