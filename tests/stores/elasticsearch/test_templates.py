"""The index templates in the cluster: installed when missing or older, never put back."""

import pytest
from elasticsearch import Elasticsearch

from app.domain.sharding import Partition
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates

pytestmark = pytest.mark.es


def names(prefix: str) -> set[str]:
    parts = ("mappings", "settings", "records", "state", "dead-letters", "lifecycle")
    return {f"{prefix}-{part}" for part in parts}


def test_a_fresh_cluster_gets_all_of_them(templates: IndexTemplates, es_prefix: str) -> None:
    assert set(templates.missing()) == names(es_prefix)

    assert set(templates.install()) == names(es_prefix)

    assert templates.missing() == []


def test_a_second_installation_changes_nothing(templates: IndexTemplates) -> None:
    templates.install()

    assert templates.install() == []


@pytest.mark.parametrize(("version", "is_replaced"), [(0, True), (999, False)])
def test_an_older_template_is_replaced_and_a_newer_one_stays(
    client: Elasticsearch,
    templates: IndexTemplates,
    es_prefix: str,
    version: int,
    is_replaced: bool,
) -> None:
    client.cluster.put_component_template(
        name=f"{es_prefix}-mappings", version=version, template={}
    )

    installed = templates.install()

    assert (f"{es_prefix}-mappings" in installed) is is_replaced
    assert f"{es_prefix}-records" in installed


def test_a_record_index_has_the_mapping_and_settings_of_the_files(
    client: Elasticsearch, indices: Indices
) -> None:
    indices.create(indices.target(Partition("default", "2024.01.01")))

    (index,) = client.indices.get(index=indices.alias(Partition("default", "2024.01.01"))).values()

    fields = index["mappings"]["properties"]
    assert index["mappings"]["dynamic"] == "false"
    assert {name: field["type"] for name, field in fields.items()} == {
        "timestamp": "date_nanos",
        "level": "keyword",
        "service": "keyword",
        "message": "text",
        "metadata": "flattened",
        "numbers": "keyword",
        "parts": "text",
        "source_ip": "ip",
        "correlation_id": "keyword",
        "trace_id": "keyword",
        "span_id": "keyword",
        "ingest_sequence": "long",
    }
    assert index["settings"]["index"]["auto_expand_replicas"] == "0-1"
    assert "codec" not in index["settings"]["index"]


def test_a_set_number_of_replicas_takes_the_place_of_auto(
    client: Elasticsearch, es_prefix: str
) -> None:
    templates = IndexTemplates(client, es_prefix, replicas="2")

    indices = Indices(client, es_prefix, templates)
    indices.create(indices.target(Partition("default", "2024.01.01")))

    (index,) = client.indices.get(index=f"{es_prefix}-default-*").values()
    assert index["settings"]["index"]["number_of_replicas"] == "2"
    assert "auto_expand_replicas" not in index["settings"]["index"]
