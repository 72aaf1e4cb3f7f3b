"""What ``policies.yml`` may say."""

from pathlib import Path

import pytest

from app.domain.levels import LogLevel
from app.domain.lifecycle import Tier
from retention.policy import Life, PolicyError, Rollover, Rule
from retention.policy_file import parse_policies, read_policies
from tests.builders import DAY, HOUR
from tests.retention.facts import GB, MINUTE

ALL_OF_IT = """
max_bytes: 1tb
rules:
  - {stream: audit, service: [audit, audit-*], metadata: {audit: true, http.status: [500, "x", 1.5]}}
  - {stream: default, service: shop, level: debug}
  - {stream: audit, level: [ERROR, CRITICAL]}
  - {stream: audit, min_level: INFO, max_level: WARNING}
streams:
  default:
    period: hour
    rollover: {age: 12h, documents: 50_000_000, primary_shard_bytes: 50gb}
    warm_after: 30m
    cold_after: 12h
    archive_after: 2d
    delete_after: 3d
    replicas: {hot: 1, cold: 0}
    max_bytes: 512MB
    legal_hold: true
  audit:
"""


def test_all_that_can_be_said_is_read() -> None:
    policies = parse_policies(ALL_OF_IT)
    assert policies.max_bytes == 1024 * GB
    assert policies.streams["default"] == Life(
        period="hour",
        rollover=Rollover(12 * HOUR, 50_000_000, 50 * GB),
        warm_after=30 * MINUTE,
        cold_after=12 * HOUR,
        archive_after=2 * DAY,
        delete_after=3 * DAY,
        replicas={Tier.HOT: 1, Tier.COLD: 0},
        max_bytes=GB // 2,
        legal_hold=True,
    )
    assert policies.streams["audit"] == Life()
    first, *rest = policies.rules
    assert first == Rule(
        "audit",
        ("audit", "audit-*"),
        metadata={"audit": (True,), "http.status": (500, "x", 1.5)},
    )
    assert [rule.levels for rule in rest] == [
        {LogLevel.DEBUG},
        {LogLevel.ERROR, LogLevel.CRITICAL},
        {LogLevel.INFO, LogLevel.WARNING},
    ]


def test_the_policies_that_come_with_the_product() -> None:
    policies = read_policies()
    ages = {name: life.delete_after for name, life in policies.streams.items()}
    assert ages == {
        "default": 30 * DAY, "debug": 3 * DAY, "audit": 365 * DAY, "imported": 365 * DAY
    }  # fmt: skip
    assert policies.streams["audit"].period == "month"
    assert policies.streams["imported"].counts_from == "arrival"
    assert all(life.archive_after is None for life in policies.streams.values())


def test_a_stream_that_is_not_named_lives_like_default() -> None:
    policies = parse_policies("streams: {default: {delete_after: 9d}}")
    assert policies.life_of("shared_3").delete_after == 9 * DAY


@pytest.mark.parametrize("said", ["", ", imported: {delete_after: 9d}"])
def test_imported_records_count_from_arrival_unless_said_otherwise(said: str) -> None:
    policies = parse_policies(f"streams: {{default: {{delete_after: 9d}}{said}}}")
    assert policies.life_of("imported") == Life(
        period="year", counts_from="arrival", delete_after=9 * DAY
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"gone\.yml: cannot be read: No such file"):
        read_policies(tmp_path / "gone.yml")
    with pytest.raises(PolicyError, match="cannot be read: Is a directory"):
        read_policies(tmp_path)
    large = tmp_path / "large.yml"
    large.write_bytes(b"#" * 1_048_577)
    with pytest.raises(PolicyError, match="is larger than 1 MiB"):
        read_policies(large)
