"""What an operator may set: a rule for each setting that needs one."""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, validate


def _cron_line(text: str) -> None:
    from app.scheduler import cron  # noqa: PLC0415 - only those who set one pay for it

    try:
        cron.parse(text)
    except ValueError as error:
        raise ValidationError(f"{error}. An example is {cron.EXAMPLE}, or off.") from None


_JOBS = ("rollover", "tiers", "retention", "size_cap", "snapshot", "templates", "housekeeping")
_PORT = validate.Range(1, 65_535)
_KAFKA_NAME = validate.Regexp(
    r"^[a-zA-Z0-9._-]{1,200}$", error="must be letters, digits, dots, hyphens and underscores."
)
#: A rule for a field of ``Settings``: a call that raises ``ValidationError``.
RULES: dict[str, Callable[[Any], Any]] = {
    "port": _PORT,
    "elasticsearch_port": _PORT,
    "workers": validate.Range(0, 64),
    "threads": validate.Range(1, 1_000),
    "log_level": validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    "min_level": validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    "elasticsearch_url": validate.Regexp(
        r"^$|^https?://[^\s,]+(,https?://[^\s,]+)*$",
        error="must be one or more http:// or https:// addresses.",
    ),
    "url": validate.Regexp(r"^$|^https?://\S+$", error="must start with http:// or https://."),
    "elasticsearch_heap": validate.Regexp(r"^[1-9][0-9]*[mg]$", error="must look like 512m or 2g."),
    "index_prefix": validate.Regexp(
        r"^[a-z][a-z0-9-]{0,40}$", error="must be lower-case letters, digits and hyphens."
    ),
    "replicas": validate.Regexp(r"^(auto|[0-9])$", error="must be auto or a number from 0 to 9."),
    "acknowledge": validate.OneOf(["stored", "accepted"]),
    "acknowledge_deadline": validate.Range(0.1, 3_600),
    "log_bytes": validate.Range(min=67_108_864),
    "volatile_log": validate.OneOf(["refuse", "allow"]),
    "queue": validate.OneOf(["local", "kafka"]),
    "kafka_servers": validate.Regexp(
        r"^[^\s,:/]+:[0-9]{1,5}(,[^\s,:/]+:[0-9]{1,5})*$", error="must look like host:9092."
    ),
    "kafka_topic": _KAFKA_NAME,
    "kafka_group": _KAFKA_NAME,
    "kafka_partitions": validate.Range(1, 1_000),
    "kafka_replication": validate.OneOf([-1, *range(1, 10)], error="must be -1 or 1 to 9."),
    "kafka_session_timeout": validate.Range(1, 300),
    "kafka_queue_bytes": validate.Range(min=67_108_864),
    "consumer_port": _PORT,
    "exact_total": validate.Range(10_000, 2_147_483_647),
    "wait_for_active_shards": validate.Regexp(
        r"^(all|[1-9])$", error="must be a number from 1 to 9, or all."
    ),
    "search_timeout": validate.Range(0.1, 3_600),
    "redis_url": validate.Regexp(
        r"^$|^rediss?://\S+$", error="must start with redis:// or rediss://."
    ),
    "cache_seconds": validate.Range(0, 3_600),
    "cache_closed_seconds": validate.Range(0, 604_800),
    "cache_bytes": validate.Range(0, 8_589_934_592),
    "scheduler_lease": validate.Range(1, 60),
    **{f"schedule_{job}": _cron_line for job in _JOBS},
    "dead_letter_age": validate.Range(0, 100_000),
    "damaged_log_age": validate.Range(0, 100_000),
    "replication": validate.OneOf(["off", "master_slave", "multi_master"]),
    "repair_interval": validate.Range(1, 604_800),
    "replicate_port": _PORT,
    "pattern_sample": validate.Range(1, 100_000),
    "pattern_seconds": validate.Range(0.1, 600),
    "id_generator": validate.OneOf(["snowflake", "uuid", "sequential"]),
    "node_number": validate.Range(-1, 1_023),
    "accepted_age": validate.Range(1, 100_000),
    "accepted_ahead": validate.Range(0, 86_400),
    "outside_window": validate.OneOf(["move", "reject"]),
    "tier_attribute": validate.Regexp(
        r"^[a-zA-Z_][a-zA-Z0-9_]*$", error="must be letters, digits and underscores."
    ),
    "service_buckets": validate.Range(0, 64),
    "parted_since": validate.Regexp(r"^$|^\d{4}-\d\d-\d\d$", error="must look like 2026-11-24."),
    "max_batch_records": validate.Range(1, 100_000),
    "max_record_bytes": validate.Range(1_024, 2_097_152),
    "max_metadata_fields": validate.Range(1, 100_000),
    "max_body_values": validate.Range(100_000, 10_000_000),
    "max_body_bytes": validate.Range(1_024, 100_000_000),
}
