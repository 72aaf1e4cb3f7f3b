"""The state of a cluster in words."""

import pytest

from app.stores.elasticsearch.cluster_words import in_words

YELLOW = (
    "Elasticsearch is yellow: every record is there, but 3 copies of shards are missing on 2 nodes"
)
WAITING = "; writes wait for 2 copies, and until they are there they are answered as accepted"
RED = (
    "Elasticsearch is red: 3 shards are missing on 2 nodes; some records cannot be read, and "
    "writes to them wait in the log"
)


@pytest.mark.parametrize(
    ("status", "active_shards", "said"),
    [
        ("green", "1", "Elasticsearch is green"),
        ("yellow", "1", YELLOW),
        ("yellow", "2", YELLOW + WAITING),
        ("red", "1", RED),
    ],
)
def test_the_state_is_told_with_what_it_means(status: str, active_shards: str, said: str) -> None:
    health = {
        "status": status,
        "number_of_nodes": 2,
        "unassigned_shards": 2,
        "initializing_shards": 1,
    }

    assert in_words(health, active_shards) == said
