"""Indices merged to one segment a shard."""

from collections.abc import Iterator
from dataclasses import dataclass

from elastic_transport import ConnectionTimeout

from app.domain.errors import StoreError, StoreUnavailableError
from app.stores.elasticsearch.lifecycle.calls import Calls


@dataclass(frozen=True)
class Segment:
    """A segment of a primary shard.

    Attributes:
        is_compressed: its stored fields are by the codec ``best_compression``.
        is_compound: it is one file.
    """

    shard: int
    is_compressed: bool
    is_compound: bool


class MergeFailedError(StoreError):
    """Elasticsearch began to merge, and could not."""


class Merging:
    """Merges, and looks at segments."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def merge(self, name: str) -> None:
        """Merge each shard of ``name`` to one segment; harmless if it is.

        Raises:
            MergeFailedError: it failed; the shard may have failed with it, and come back.
            StoreError: it takes longer than the patience; it goes on in the cluster.
        """
        try:
            with self._calls.changing() as client:
                answer = client.options(request_timeout=self._calls.patience).indices.forcemerge(
                    index=name, max_num_segments=1
                )
        except StoreUnavailableError as error:
            if isinstance(error.__cause__, ConnectionTimeout):
                raise StoreError(
                    f"{name} is still being merged to one segment after {self._calls.patience:.0f} s; "
                    "that goes on, and is looked at again on the next run"
                ) from error
            raise
        failures = answer["_shards"].get("failures") or ()
        if answer["_shards"]["failed"]:
            reasons = {str(failure.get("reason", failure))[:500] for failure in failures}
            raise MergeFailedError(f"{name} could not be merged: {'; '.join(reasons)}")

    def is_compressed(self, name: str) -> bool:
        """Whether all that ``name`` holds is in the codec ``best_compression``."""
        return all(segment.is_compressed for segment in self._segments(name))

    def segments(self, name: str) -> list[Segment]:
        """Those of the primaries of ``name``."""
        return list(self._segments(name))

    def _segments(self, name: str) -> Iterator[Segment]:
        with self._calls.asking() as client:
            found = client.indices.segments(index=name)
        for number, copies in found["indices"].get(name, {}).get("shards", {}).items():
            for copy in copies:
                if not copy["routing"]["primary"]:
                    continue
                for segment in copy["segments"].values():
                    modes = segment.get("attributes", {})
                    is_compressed = any(
                        key.endswith("StoredFieldsFormat.mode") and mode == "BEST_COMPRESSION"
                        for key, mode in modes.items()
                    )
                    yield Segment(int(number), is_compressed, segment["compound"])
