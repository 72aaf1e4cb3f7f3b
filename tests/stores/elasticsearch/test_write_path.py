"""The one write path over a real node: what is acknowledged is stored, now or later, once."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import OverloadedError
from app.domain.outcomes import Acknowledge, Outcome, Status
from app.domain.sharding import Partition
from app.stores.elasticsearch.actions import Action, create_action
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.bulk import send
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.elasticsearch.write_path import WritePath
from app.stores.write_ahead_log.log import LogLimits
from tests.engine.eventually import eventually
from tests.gate import Gate, gate_to
from tests.node import free_port

pytestmark = pytest.mark.es

TODAY, YESTERDAY = Partition("default", "2024.01.02"), Partition("default", "2024.01.01")
GOOD = b'{"timestamp":"2024-01-02T00:00:00Z","level":"INFO","service":"s","message":"m"}'
STORED, ACCEPTED = Acknowledge.STORED, Acknowledge.ACCEPTED

Open = Callable[..., WritePath]


@pytest.fixture
def gate(es_url: str) -> Iterator[Gate]:
    """The way to the node, which a test can shut."""
    with gate_to(es_url) as gate:
        yield gate


@pytest.fixture
def open_path(gate: Gate, es_prefix: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the write path of one process; all of them share one folder."""
    opened: list[WritePath] = []
    clients: list[Elasticsearch] = []

    def open_one(
        deadline: float = 60.0, url: str = gate.url, limits: LogLimits | None = None
    ) -> WritePath:
        client = connect(ClusterAddress((url,)))
        indices = Indices(client, es_prefix, IndexTemplates(client, es_prefix))
        letters = DeadLetters(client, es_prefix, indices, lambda: 0)
        shipper = Shipper(partial(send, client), indices.create, letters.bury)
        path = WritePath(
            tmp_path / "wal", shipper, deadline=deadline, limits=limits, allow_volatile=True
        )
        clients.append(client)
        opened.append(path)
        return path

    yield open_one
    gate.shut()
    for path in opened:
        path.close(0)
    for client in clients:
        client.close()


@pytest.fixture
def index(indices: Indices) -> str:
    return indices.target(TODAY)


def action(id: str, index: str, source: bytes = GOOD, service: str = "s") -> Action:
    return create_action(id, index, source, service)


def answer(
    path: WritePath, actions: Sequence[Action], ack: Acknowledge
) -> list[Outcome] | OverloadedError:
    told: Future[list[Outcome] | OverloadedError] = Future()
    path.write(batch_of(actions), ack, told.set_result)
    return told.result(120.0)


def write(path: WritePath, actions: Sequence[Action], ack: Acknowledge) -> list[Outcome]:
    """What the path tells in the end."""
    outcomes = answer(path, actions, ack)
    assert not isinstance(outcomes, OverloadedError)
    return outcomes


def stored_ids(client: Elasticsearch, index: str) -> set[str]:
    """Those of ``index``; none while its shards are being started."""
    client.indices.refresh(index=index)
    try:
        hits = client.search(index=index, size=1_000)["hits"]["hits"]
    except ApiError as error:
        if error.status_code != 503:
            raise
        return set()
    return {hit["_id"] for hit in hits}


def test_a_batch_is_stored_and_nothing_is_left_in_the_log(
    open_path: Open, client: Elasticsearch, index: str
) -> None:
    path = open_path()

    outcomes = write(path, [action("a", index), action("b", index)], STORED)

    assert outcomes == [Outcome.created("a"), Outcome.created("b")]
    assert stored_ids(client, index) == {"a", "b"}
    assert path.statistics().log.pending_records == 0


def test_accepted_is_answered_before_elasticsearch_and_stored_after(
    open_path: Open, gate: Gate, client: Elasticsearch, index: str, indices: Indices
) -> None:
    indices.create(index)
    gate.shut()
    path = open_path()

    assert write(path, [action("a", index)], ACCEPTED) == [Outcome.accepted("a")]
    assert stored_ids(client, index) == set()

    gate.open()
    eventually(lambda: stored_ids(client, index) == {"a"}, "the record is stored")


def test_what_is_not_stored_in_time_is_accepted_and_stored_when_elasticsearch_is_back(
    open_path: Open, gate: Gate, client: Elasticsearch, index: str, indices: Indices
) -> None:
    indices.create(index)
    path = open_path(deadline=0.2)
    gate.shut()

    assert write(path, [action("a", index)], STORED) == [Outcome.accepted("a")]

    gate.wait_for_refusal()
    gate.open()
    eventually(lambda: stored_ids(client, index) == {"a"}, "the record is stored")


def test_what_a_process_leaves_is_shipped_by_the_next(
    open_path: Open, gate: Gate, client: Elasticsearch, index: str, indices: Indices
) -> None:
    indices.create(index)
    away = open_path(url=f"http://127.0.0.1:{free_port()}")
    for n in range(20):
        write(away, [action(f"{n}", index)], ACCEPTED)
    away.close(0)

    open_path()

    eventually(
        lambda: stored_ids(client, index) == {f"{n}" for n in range(20)},
        "the records of the first process are stored",
    )


def test_a_blocked_index_holds_up_nobody_else_and_gets_its_records_later(
    open_path: Open, client: Elasticsearch, indices: Indices
) -> None:
    blocked, other = indices.target(TODAY), indices.target(YESTERDAY)
    indices.create(blocked)
    client.indices.put_settings(index=blocked, settings={"index.blocks.write": True})
    path = open_path()

    # One that is blocked is not waited for.
    outcomes = write(path, [action("a", blocked), action("b", other)], STORED)

    assert [outcome.status for outcome in outcomes] == [Status.ACCEPTED, Status.CREATED]
    assert write(path, [action("c", other)], STORED) == [Outcome.created("c")]
    client.indices.put_settings(index=blocked, settings={"index.blocks.write": None})
    eventually(lambda: stored_ids(client, blocked) == {"a"}, "the blocked record is stored")


def test_an_index_that_is_deleted_while_records_wait_for_it_is_made_again(
    open_path: Open, gate: Gate, client: Elasticsearch, index: str, indices: Indices
) -> None:
    indices.create(index)
    gate.shut()
    path = open_path()
    write(path, [action("a", index)], ACCEPTED)
    client.indices.delete(index=index)

    gate.open()

    eventually(
        lambda: client.indices.exists(index=index) and stored_ids(client, index) == {"a"},
        "the record is stored",
    )


def test_what_elasticsearch_refuses_is_rejected_and_kept_with_the_reason(
    open_path: Open, client: Elasticsearch, index: str, es_prefix: str
) -> None:
    bad = GOOD.replace(b"2024-01-02T00:00:00Z", b"yesterday")
    path = open_path()

    outcomes = write(path, [action("a", index), action("b", index, bad)], STORED)

    assert [outcome.status for outcome in outcomes] == [Status.CREATED, Status.REJECTED]
    client.indices.refresh(index=f"{es_prefix}-dead-letters")
    (hit,) = client.search(index=f"{es_prefix}-dead-letters")["hits"]["hits"]
    assert hit["_source"]["record_id"] == "b"
    assert "timestamp" in hit["_source"]["reason"]
    assert json.loads(hit["_source"]["action"].splitlines()[1])["timestamp"] == "yesterday"


def test_what_can_neither_be_stored_nor_buried_stays_in_the_log_until_it_can(
    open_path: Open, client: Elasticsearch, index: str, indices: Indices, es_prefix: str
) -> None:
    dead_letters = f"{es_prefix}-dead-letters"
    indices.create(index)
    indices.create_plain(dead_letters)
    client.indices.put_settings(index=dead_letters, settings={"index.blocks.write": True})
    bad = GOOD.replace(b"2024-01-02T00:00:00Z", b"yesterday")
    path = open_path(deadline=0.5)

    outcomes = write(path, [action("a", index), action("b", index, bad)], STORED)

    assert outcomes[1] == Outcome.accepted("b")
    eventually(lambda: path.statistics().shipper.retried > 1, "the burial is tried again")
    eventually(lambda: stored_ids(client, index) == {"a"}, "the neighbour is stored")
    assert path.statistics().log.pending_records == 1
    client.indices.put_settings(index=dead_letters, settings={"index.blocks.write": None})
    eventually(lambda: path.statistics().log.pending_records == 0, "nothing is left in the log")
    client.indices.refresh(index=dead_letters)
    (hit,) = client.search(index=dead_letters)["hits"]["hits"]
    assert hit["_source"]["record_id"] == "b"


def test_the_same_id_twice_is_stored_once(
    open_path: Open, client: Elasticsearch, index: str
) -> None:
    path = open_path()

    first = write(path, [action("a", index)], STORED)
    second = write(path, [action("a", index)], STORED)

    assert (first, second) == ([Outcome.created("a")], [Outcome.duplicate("a")])
    assert stored_ids(client, index) == {"a"}


def test_a_noisy_service_is_refused_before_the_log_is_full_and_the_others_are_not(
    open_path: Open, gate: Gate, index: str
) -> None:
    path = open_path(limits=LogLimits(most_bytes=100_000))
    gate.shut()
    noise = [action(f"n-{number}", index, service="noisy") for number in range(20)]
    refusal = answer(path, noise, ACCEPTED)
    while not isinstance(refusal, OverloadedError):
        refusal = answer(path, noise, ACCEPTED)
    assert "of this service" in str(refusal)

    outcomes = write(path, [action("a", index, service="quiet"), noise[0]], ACCEPTED)

    assert [(it.status, it.is_overload) for it in outcomes] == [
        (Status.ACCEPTED, False),
        (Status.FAILED, True),
    ]
    gate.open()
    eventually(lambda: not path.statistics().log.pending_records, "what waited is shipped")
    assert write(path, noise, STORED)
