"""What the doctor sees of a real Elasticsearch."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from elasticsearch import Elasticsearch, NotFoundError

from app.domain.diagnosis import Failure
from app.domain.errors import StoreUnavailableError
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.examination import ClusterExamination
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from tests.node import free_port

pytestmark = pytest.mark.es


@pytest.fixture
def examination(
    client: Elasticsearch, templates: IndexTemplates, es_prefix: str
) -> ClusterExamination:
    templates.install()
    return ClusterExamination(client, es_prefix, templates, "tier")


@pytest.fixture
def today(indices: Indices, es_prefix: str) -> str:
    name = f"{es_prefix}-default-2026.11.24-000001"
    indices.create(name)
    return name


def test_all_is_well(examination: ClusterExamination, today: str) -> None:
    state = examination.cluster()

    examination.reach()
    assert state.unassigned == ()
    assert state.missing_templates == ()
    assert state.loose_translogs == ()
    assert len(state.nodes) == 1
    assert 0 < state.shards < state.most_shards
    assert state.repository == "missing"
    assert examination.failures() == ()


def test_a_copy_that_can_be_nowhere_is_seen_with_the_reason(
    client: Elasticsearch, examination: ClusterExamination, today: str
) -> None:
    client.indices.put_settings(
        index=today, settings={"auto_expand_replicas": False, "number_of_replicas": 1}
    )

    (unassigned,) = examination.cluster().unassigned

    assert (unassigned.index, unassigned.is_primary) == (today, False)
    assert "has a copy already: another node is missing" in unassigned.why


def test_an_unsafe_translog_is_seen(
    client: Elasticsearch, examination: ClusterExamination, today: str
) -> None:
    client.indices.put_settings(index=today, settings={"translog.durability": "async"})

    assert examination.cluster().loose_translogs == (today,)


def test_a_missing_template_is_seen(
    client: Elasticsearch, examination: ClusterExamination, es_prefix: str
) -> None:
    client.indices.delete_index_template(name=f"{es_prefix}-records")

    assert examination.cluster().missing_templates == (f"{es_prefix}-records",)


@pytest.fixture
def repository(client: Elasticsearch, es_prefix: str) -> Iterator[str]:
    name = f"{es_prefix}-archive"
    client.snapshot.create_repository(
        name=name,
        repository={"type": "fs", "settings": {"location": name, "readonly": True}},
        verify=False,
    )
    yield name
    with suppress(NotFoundError):
        client.snapshot.delete_repository(name=name)


def test_a_repository_that_only_reads_is_seen(
    examination: ClusterExamination, repository: str
) -> None:
    assert examination.cluster().repository == "read-only"


def test_a_step_is_told_that_failed_when_it_was_tried_last(
    client: Elasticsearch, examination: ClusterExamination, indices: Indices, es_prefix: str
) -> None:
    audit = f"{es_prefix}-lifecycle"
    indices.create_plain(audit)

    def note(kind: str, target: str, outcome: str, minute: int, error: str = "") -> None:
        at = f"2026-11-24T12:{minute:02}:00.000Z"
        document = {"kind": kind, "target": target, "outcome": outcome, "at": at, "error": error}
        client.index(index=audit, document=document, refresh=True)

    note("warm", "a", "failed", 1, "no room")
    note("warm", "a", "done", 2)
    note("delete", "b", "done", 3)
    note("delete", "b", "begun", 4)
    note("delete", "b", "failed", 5, "it is away")

    assert examination.failures() == (
        Failure("delete", "b", "it is away", "2026-11-24T12:05:00.000Z"),
    )


def test_a_cluster_that_is_away_is_said_to_be(templates: IndexTemplates, es_prefix: str) -> None:
    with connect(ClusterAddress((f"http://127.0.0.1:{free_port()}",))) as nobody:
        examination = ClusterExamination(nobody, es_prefix, templates, "tier")

        with pytest.raises(StoreUnavailableError, match="no connection"):
            examination.reach()
