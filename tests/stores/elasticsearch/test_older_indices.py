"""Indices that an earlier template made are searched beside new ones, without errors."""

import pytest

from app.domain.filters import Filter, KeywordFilter, NotFilter, WordPrefixFilter
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from tests.builders import DAY, NOON_NS, entry
from tests.stores.elasticsearch.reading import Reading, reading

pytestmark = pytest.mark.es

THROWN = "java.lang.NullPointerException: x is null"


@pytest.fixture
def records(client: Client, indices: Indices, templates: IndexTemplates, es_prefix: str) -> Reading:
    """The same message in an index without the field ``parts``, and in a new one."""
    indices.install_templates()
    name = f"{es_prefix}-mappings"
    (found,) = client.cluster.get_component_template(name=name)["component_templates"]
    template = found["component_template"]["template"]
    del template["mappings"]["properties"]["parts"]
    client.cluster.put_component_template(name=name, version=999, template=template)
    records = reading(client, indices)
    records.put([(entry("old", at=NOON_NS - DAY, message=THROWN), 1)])
    client.cluster.put_component_template(name=name, version=0, template=template)
    templates.install()
    records.put([(entry("new", message=THROWN), 2)])
    return records


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (KeywordFilter("java.lang.NullPointerException"), ["new", "old"]),
        (KeywordFilter("x is null"), ["new", "old"]),
        (WordPrefixFilter("java.lang.Null"), ["new", "old"]),
        (WordPrefixFilter("x is nu"), ["new", "old"]),
        (WordPrefixFilter("java.lang.NullPointerException: x is nu"), ["new", "old"]),
        (KeywordFilter("NullPointerException"), ["new"]),
        (KeywordFilter("NullPointerException: x"), ["new"]),
        (KeywordFilter("NullPointerException: x is null"), ["new"]),
        (WordPrefixFilter("nullpoint"), ["new"]),
        (WordPrefixFilter("lang."), ["new"]),
        (WordPrefixFilter("lang nullpoint"), ["new"]),
        (NotFilter(KeywordFilter("NullPointerException")), ["old"]),
        (NotFilter(WordPrefixFilter("lang nullpoint")), ["old"]),
    ],
)
def test_whole_words_are_found_in_all_indices_and_parts_in_the_new_ones(
    records: Reading, filter: Filter, found: list[str]
) -> None:
    assert records.ids(10, filter) == found
