"""What the tests of copying do to a site."""

from collections.abc import Iterable

from app.domain.instants import format_instant
from app.domain.sharding import Partition
from app.stores.elasticsearch.replication.copier import Copier
from app.stores.elasticsearch.replication.site import Site
from tests.builders import NOON_NS

DAY = Partition("default", "2026.11.24")


def source(number: int, extra: bytes = b"") -> bytes:
    """The source of a record of that day, on one line."""
    time = format_instant(NOON_NS + number * 1_000_000_000)
    return (
        b'{"timestamp":"%b","level":"INFO","service":"s","message":"m","ingest_sequence":%d%b}'
        % (time.encode(), NOON_NS + number, extra)
    )


def store(site: Site, records: dict[str, bytes], index: str = "") -> None:
    """Put records into an index, by default the first of the day."""
    name = index or f"{site.indices.alias(DAY)}-000001"
    if not index:
        site.indices.create(name)
    lines = b"".join(
        b'{"create":{"_id":"%b"}}\n%b\n' % (own.encode(), raw) for own, raw in records.items()
    )
    headers = {"content-type": "application/x-ndjson", "accept": "application/json"}
    answer = site.client.perform_request("POST", f"/{name}/_bulk", headers=headers, body=lines)
    assert not answer.body["errors"]


def roll_over(site: Site) -> None:
    """Close the first index of the day, and make the second one."""
    first = f"{site.indices.alias(DAY)}-000001"
    site.client.indices.add_block(index=first, block="write")
    closed = {"index": first, "alias": site.indices.alias(DAY), "is_write_index": False}
    site.client.indices.update_aliases(actions=[{"add": closed}])
    site.indices.create(f"{site.indices.alias(DAY)}-000002")


def numbered(numbers: Iterable[int]) -> dict[str, bytes]:
    """Records by these numbers."""
    return {f"r{number}": source(number) for number in numbers}


def ids(site: Site) -> list[str]:
    """The id of each record, as often as it is stored."""
    names = site.indices.alias(DAY)
    site.client.indices.refresh(index=names)
    answer = site.client.search(index=names, size=10_000, source=False)
    return sorted(hit["_id"] for hit in answer["hits"]["hits"])


def copy_all(copier: Copier) -> None:
    """Copy until nothing is left to be copied."""
    while copier.round():
        copier.delivery.wait(0.05)
