"""Bulk writes: one outcome a record, whatever happens to its neighbours or to the cluster."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import Elasticsearch

from app.domain.outcomes import Outcome, Status
from app.domain.sharding import Partition
from app.stores.elasticsearch.bulk import MAX_REQUEST_BYTES, Action, BulkWriter, Verdict, judge
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from tests.gate import gate_to
from tests.node import free_port

TODAY, YESTERDAY = Partition("default", "2024.01.02"), Partition("default", "2024.01.01")
GOOD = b'{"timestamp":"2024-01-02T00:00:00Z","level":"INFO","service":"s","message":"m"}'


def action(id: str, partition: Partition = TODAY, source: bytes = GOOD) -> Action:
    return Action(id, partition, source)


@pytest.fixture
def writer(client: Elasticsearch, indices: Indices) -> BulkWriter:
    return BulkWriter(client, indices.alias, indices.create, deadline=20.0)


@pytest.mark.parametrize(
    ("status", "error_type", "verdict"),
    [
        (201, "", Verdict.CREATED),
        (409, "version_conflict_engine_exception", Verdict.DUPLICATE),
        (404, "index_not_found_exception", Verdict.MISSING_INDEX),
        (400, "document_parsing_exception", Verdict.REJECTED),
        (413, "circuit", Verdict.REJECTED),
        (400, "index_closed_exception", Verdict.RETRY),
        (403, "cluster_block_exception", Verdict.RETRY),
        (429, "cluster_block_exception", Verdict.RETRY),
        (429, "es_rejected_execution_exception", Verdict.RETRY),
        (503, "unavailable_shards_exception", Verdict.RETRY),
        (500, "translog_exception", Verdict.RETRY),
        (403, "security_exception", Verdict.REFUSED),
    ],
)
def test_an_item_is_judged_by_status_and_error_type(
    status: int, error_type: str, verdict: Verdict
) -> None:
    assert judge(status, error_type) is verdict


@pytest.mark.es
def test_a_missing_index_is_made_from_its_template(
    writer: BulkWriter, client: Elasticsearch, es_prefix: str
) -> None:
    outcomes = writer.write([action("a"), action("b", YESTERDAY)])

    assert outcomes == [Outcome.created("a"), Outcome.created("b")]
    assert set(client.indices.get(index=f"{es_prefix}-*")) == {
        f"{es_prefix}-default-2024.01.02-000001",
        f"{es_prefix}-default-2024.01.01-000001",
    }


@pytest.mark.es
def test_many_writers_of_a_new_index_all_succeed(writer: BulkWriter) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: writer.write([action(str(n))])[0].status, range(40)))

    assert set(outcomes) == {Status.CREATED}


@pytest.mark.es
def test_a_record_that_does_not_fit_costs_only_itself(writer: BulkWriter) -> None:
    bad = GOOD.replace(b"2024-01-02T00:00:00Z", b"yesterday")

    outcomes = writer.write([action("a"), action("b", source=bad), action("c")])

    assert [outcome.status for outcome in outcomes] == [
        Status.CREATED,
        Status.REJECTED,
        Status.CREATED,
    ]
    assert "timestamp" in (outcomes[1].reason or "")


@pytest.mark.es
def test_a_blocked_index_is_waited_for_and_holds_up_nobody_else(
    writer: BulkWriter, client: Elasticsearch, indices: Indices
) -> None:
    indices.create(TODAY)
    alias = indices.alias(TODAY)
    client.indices.put_settings(index=alias, settings={"index.blocks.write": True})
    neighbour = threading.Event()

    def unblock() -> None:
        # Not before the neighbour is in: so it was not held up.
        while not client.exists(index=f"{indices.alias(YESTERDAY)}-000001", id="b"):
            if neighbour.wait(0.05):
                return
        client.indices.put_settings(index=alias, settings={"index.blocks.write": None})

    indices.create(YESTERDAY)
    with ThreadPoolExecutor(1) as pool:
        unblocking = pool.submit(unblock)
        outcomes = writer.write([action("a"), action("b", YESTERDAY)])
        neighbour.set()
        unblocking.result()

    assert outcomes == [Outcome.created("a"), Outcome.created("b")]


@pytest.mark.es
def test_an_index_that_stays_blocked_fails_with_the_reason(
    client: Elasticsearch, indices: Indices
) -> None:
    indices.create(TODAY)
    client.indices.put_settings(index=indices.alias(TODAY), settings={"index.blocks.write": True})
    writer = BulkWriter(client, indices.alias, indices.create, deadline=0.5)

    (outcome,) = writer.write([action("a")])

    assert outcome.status is Status.FAILED
    assert "blocked" in (outcome.reason or "")


@pytest.mark.es
def test_a_batch_larger_than_one_request_is_sent_in_several(writer: BulkWriter) -> None:
    large = GOOD.replace(b'"m"', b'"' + b"x " * 500_000 + b'"')
    batch = [action(str(n), source=large) for n in range(MAX_REQUEST_BYTES // len(large) + 3)]

    outcomes = writer.write(batch)

    assert outcomes == [Outcome.created(one.id) for one in batch]


def test_a_cluster_that_is_away_fails_every_record_with_the_reason() -> None:
    with connect(ClusterAddress((f"http://127.0.0.1:{free_port()}",))) as client:
        indices = Indices(client, "t-away", IndexTemplates(client, "t-away"))
        writer = BulkWriter(client, indices.alias, indices.create, deadline=0.3)

        outcomes = writer.write([action("a"), action("b")])

    assert [(outcome.id, outcome.status) for outcome in outcomes] == [
        ("a", Status.FAILED),
        ("b", Status.FAILED),
    ]
    assert "no connection" in (outcomes[0].reason or "")


@pytest.mark.es
def test_a_cluster_that_comes_back_in_time_gets_every_record_once(
    es_url: str, es_prefix: str
) -> None:
    with gate_to(es_url) as gate, connect(ClusterAddress((gate.url,))) as client:
        indices = Indices(client, es_prefix, IndexTemplates(client, es_prefix))
        writer = BulkWriter(client, indices.alias, indices.create, deadline=30.0)
        writer.write([action("before")])
        gate.shut()
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(writer.write, [action("a"), action("b")])
            gate.wait_for_refusal()
            gate.open()
            outcomes = writing.result()

    assert outcomes == [Outcome.created("a"), Outcome.created("b")]
