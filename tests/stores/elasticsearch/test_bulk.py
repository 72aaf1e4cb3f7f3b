"""One bulk request: an answer a record, whatever happens to its neighbours or to the cluster."""

import pytest

from app.domain.sharding import Partition
from app.stores.elasticsearch.actions import Action, create_action, to_lines
from app.stores.elasticsearch.bulk import (
    Answer,
    BulkAwayError,
    BulkRefusedError,
    Verdict,
    bulk_target,
    judge,
    send,
    send_each,
)
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from tests.gate import gate_to
from tests.node import free_port

TODAY = Partition("default", "2024.01.02")
GOOD = b'{"timestamp":"2024-01-02T00:00:00Z","level":"INFO","service":"s","message":"m"}'


@pytest.fixture
def index(indices: Indices) -> str:
    """An index that takes records."""
    name = indices.target(TODAY)
    indices.create(name)
    return name


def action(id: str, index: str, source: bytes = GOOD) -> Action:
    return create_action(id, index, source)


@pytest.mark.parametrize(
    ("status", "error_type", "verdict"),
    [
        (201, "", Verdict.CREATED),
        (409, "version_conflict_engine_exception", Verdict.DUPLICATE),
        (404, "index_not_found_exception", Verdict.MISSING_INDEX),
        (400, "document_parsing_exception", Verdict.REJECTED),
        (413, "circuit", Verdict.REJECTED),
        (400, "index_closed_exception", Verdict.BLOCKED),
        (403, "cluster_block_exception", Verdict.BLOCKED),
        (429, "cluster_block_exception", Verdict.BLOCKED),
        (429, "es_rejected_execution_exception", Verdict.OVERLOADED),
        (503, "unavailable_shards_exception", Verdict.BLOCKED),
        (500, "translog_exception", Verdict.OVERLOADED),
        (403, "security_exception", Verdict.BLOCKED),
    ],
)
def test_an_item_is_judged_by_status_and_error_type(
    status: int, error_type: str, verdict: Verdict
) -> None:
    assert judge(status, error_type) is verdict


@pytest.mark.es
def test_where_everything_is_created_there_is_nothing_to_look_at(
    client: Client, index: str
) -> None:
    assert send(client, to_lines([action("a", index), action("b", index)]), 2) is None


@pytest.mark.es
def test_the_first_is_created_and_the_second_a_duplicate(client: Client, index: str) -> None:
    assert [a.verdict for a in send_each(client, [action("a", index), action("a", index)])] == [
        Verdict.CREATED,
        Verdict.DUPLICATE,
    ]


@pytest.mark.es
def test_a_missing_index_is_not_made_by_writing_to_it(client: Client, indices: Indices) -> None:
    (found,) = send_each(client, [action("a", indices.target(TODAY))])

    assert found.verdict is Verdict.MISSING_INDEX


@pytest.mark.es
def test_a_record_that_does_not_fit_costs_only_itself(client: Client, index: str) -> None:
    bad = GOOD.replace(b"2024-01-02T00:00:00Z", b"yesterday")

    answers = send_each(client, [action("a", index), action("b", index, bad), action("c", index)])

    assert [found.verdict for found in answers] == [
        Verdict.CREATED,
        Verdict.REJECTED,
        Verdict.CREATED,
    ]
    assert "timestamp" in answers[1].reason


@pytest.mark.es
@pytest.mark.parametrize("block", ["write", "read_only_allow_delete"])
def test_a_blocked_index_is_told_apart_from_a_bad_record(
    client: Client, index: str, block: str
) -> None:
    client.indices.put_settings(index=index, settings={f"index.blocks.{block}": True})

    (found,) = send_each(client, [action("a", index)])

    assert found.verdict is Verdict.BLOCKED


@pytest.mark.es
def test_a_closed_index_is_told_apart_from_a_bad_record(client: Client, index: str) -> None:
    client.indices.close(index=index)

    (found,) = send_each(client, [action("a", index)])

    assert found.verdict is Verdict.BLOCKED


@pytest.mark.es
def test_lines_that_are_none_are_refused_whole(client: Client, index: str) -> None:
    with pytest.raises(BulkRefusedError):
        send_each(client, [action("a", index), Action("b", index, b"{no json}\n{}\n")])


def test_a_cluster_that_is_away_is_said_to_be() -> None:
    with (
        connect(ClusterAddress((f"http://127.0.0.1:{free_port()}",))) as client,
        pytest.raises(BulkAwayError, match="no connection"),
    ):
        send_each(client, [action("a", "i")])


@pytest.mark.es
def test_a_connection_that_breaks_leaves_it_open_what_was_stored(es_url: str) -> None:
    with gate_to(es_url) as gate, connect(ClusterAddress((gate.url,))) as client:
        gate.shut()

        with pytest.raises(BulkAwayError) as failure:
            send_each(client, [action("a", "i")])

    assert failure.value.is_ambiguous


def test_an_answer_carries_no_reason_for_what_was_stored() -> None:
    assert Answer(Verdict.CREATED).reason == ""


@pytest.mark.es
def test_a_request_waits_for_as_many_copies_as_are_set(client: Client, index: str) -> None:
    assert "wait_for_active_shards" not in bulk_target("1")
    assert bulk_target("2").endswith("&wait_for_active_shards=2&timeout=10s")

    # On this one node all copies are one.
    lines = to_lines([action("1", index)])

    assert send(client, lines, 1, target=bulk_target("all")) is None
