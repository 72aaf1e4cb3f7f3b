"""Whose the metadata is: a door hands it over with its draft, a caller in Python keeps it."""

from typing import Any

from app.domain.levels import LogLevel
from tests.builders import draft
from tests.services.bench import Bench


def test_what_a_caller_changes_afterwards_does_not_change_the_record(bench: Bench) -> None:
    metadata: dict[str, Any] = {"tags": ["a"]}

    bench.service.ingest_log(LogLevel.INFO, "m", "s", id="one", metadata=metadata)
    bench.service.ingest_batch(
        [
            {
                "level": LogLevel.INFO,
                "message": "m",
                "service": "s",
                "id": "two",
                "metadata": metadata,
            }
        ]
    )
    metadata["tags"].append("b")

    for name in ("one", "two"):
        record = bench.service.get_log(name)
        assert record is not None
        assert record.metadata == {"tags": ("a",)}


def test_the_metadata_of_a_draft_is_not_copied_to_be_written(bench: Bench) -> None:
    metadata: dict[str, Any] = {"tags": ["a"]}

    bench.service.ingest_batch([draft("mine", metadata=metadata)])

    record = bench.service.get_log("mine")
    assert record is not None
    assert record.given_metadata is metadata
