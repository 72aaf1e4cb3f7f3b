"""kill -9 of the consumer and of the broker, under load: nothing acknowledged is lost or there twice."""

from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.driver import driving
from tests.faults.oracle import Oracle
from tests.gate import gate_to
from tests.kafka_broker import broker_in

pytestmark = pytest.mark.es

CONSUMER_KILLS, BROKER_KILLS = 3, 2
#: A consumer dies mostly, but not always, between storing and committing: then it is killed again.
MOST_KILLS = 20


def test_what_was_acknowledged_survives_the_death_of_consumer_and_broker(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    with broker_in(tmp_path / "kafka") as broker, gate_to(es_url) as gate:
        queue = {
            "LOGFEED_QUEUE": "kafka",
            "LOGFEED_KAFKA_SERVERS": broker.servers,
            # The partitions of one that was killed are free sooner than by the default.
            "LOGFEED_KAFKA_SESSION_TIMEOUT": "2",
            # More than a broker that works may take, on a machine that is busy.
            "LOGFEED_ACKNOWLEDGE_DEADLINE": "8",
        }
        with (
            api(tmp_path / "api", es_url, es_prefix, **queue) as site,
            api(tmp_path / "consumer", gate.url, es_prefix, "consume", **queue) as consumer,
        ):
            site.start()
            consumer.start()
            # Not faster than a cold node stores, or the test waits for little but its catching up.
            with driving(site.url, tmp_path / "acknowledged", pause=0.1) as driver:
                again = 0
                for number in range(MOST_KILLS):
                    if number >= CONSUMER_KILLS and again:
                        break
                    driver.wait_for(100)
                    again += shipped(consumer, "duplicate")
                    if number % 2:
                        # So that it dies with records in hand that are stored nowhere.
                        gate.shut()
                        eventually(
                            lambda: consumer.counter("logfeed_pending_records"), "some are in hand"
                        )
                    consumer.kill()
                    gate.open()
                    consumer.start()
                    eventually(lambda: shipped(consumer, "created"), "it is at work again")
                driver.wait_for(100)
                again += shipped(consumer, "duplicate")
                assert not driver.statuses[503], "the death of a consumer is no concern of a writer"
                for _ in range(BROKER_KILLS):
                    driver.wait_for(100)
                    broker.kill()
                    driver.wait_for_status(503)
                    eventually(lambda: site.status("/readyz") == 503, "it says so")
                    broker.start()
                driver.wait_for(100)
                acknowledged = driver.stop()

            oracle = Oracle(es_url, es_prefix)
            oracle.holds(acknowledged)
            assert again > 0, "no consumer died between storing and committing"
            assert driver.hollow_refusals == 0
            eventually(
                lambda: consumer.counter("logfeed_queue_lag_messages") == 0, "no lag is left"
            )
            eventually(lambda: adds_up(consumer), "what was logged is shipped or pending")
            status, answer = site.post([{"level": "INFO", "service": "s", "message": "fresh"}])
            assert status == 202
            oracle.holds({answer["results"][0]["log_id"]})
            for process in (site, consumer):
                process.terminate()
                assert process.wait() == 0


def adds_up(consumer: Api) -> bool:
    """Whether its figures do; they are asked for one after the other, and it may be at work."""
    logged, done, pending = (
        consumer.counter(f"logfeed_{name}_records") for name in ("logged", "shipped", "pending")
    )
    return logged == done + pending


def shipped(consumer: Api, outcome: str) -> int:
    """How many records a consumer says came to this."""
    return consumer.counter("logfeed_shipped_records", outcome=outcome)
