"""Elasticsearch takes so many bool queries inside each other; what the doors let through, it takes."""

import pytest

from app.domain.errors import InvalidQueryError
from app.domain.filters import AnyOfFilter, CompositeFilter, Filter, KeywordFilter, NotFilter
from app.domain.reading import Stretch
from app.protocols.query_bounds import MAX_NESTED, check_bounds
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from tests.builders import entry
from tests.stores.elasticsearch.reading import reading

pytestmark = pytest.mark.es

#: Looked for in whole words, and in parts of joined ones with what follows: the deepest of all words.
PHRASE = KeywordFilter("Bar is null")


def nested(levels: int) -> Filter:
    """``levels`` choices and negations; an even number of negations."""
    tree: Filter = PHRASE
    for level in range(levels):
        tree = NotFilter(tree) if level % 4 < 2 else AnyOfFilter(tree, KeywordFilter("none"))
    return tree


def test_the_deepest_query_that_is_let_through_is_answered(
    client: Client, indices: Indices
) -> None:
    stored = reading(client, indices)
    stored.put([(entry("1", message="com.foo.Bar is null"), 1)])
    deepest = nested(MAX_NESTED)
    check_bounds(deepest, "q")

    # As it stands within what a search, a saved one and a window of time ask for.
    asked = CompositeFilter(CompositeFilter(deepest), CompositeFilter(PHRASE))
    found = stored.reader.read(Stretch(asked))

    assert [record.id for record in found.records] == ["1"]
    with pytest.raises(InvalidQueryError, match="nests too deeply"):
        check_bounds(nested(MAX_NESTED + 1), "q")
