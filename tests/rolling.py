"""Closes indices for writing and rolls them over, as the lifecycle does."""

from elasticsearch import Elasticsearch

from app.stores.elasticsearch.indices import Indices


def close_for_writing(client: Elasticsearch, name: str) -> None:
    """No record is written to the index ``name`` any more, for good."""
    alias = name.rpartition("-")[0]
    client.indices.add_block(index=name, block="write")
    client.indices.update_aliases(
        actions=[{"add": {"index": name, "alias": alias, "is_write_index": False}}]
    )


def roll_over(client: Elasticsearch, indices: Indices, name: str) -> str:
    """The generation after the index ``name``, which takes its place."""
    close_for_writing(client, name)
    following = f"{name[:-6]}{int(name[-6:]) + 1:06d}"
    indices.create(following)
    return following
