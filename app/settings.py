"""Every setting of Logfeed, read from ``LOGFEED_*``; nothing else reads the environment.

The table in the README is checked against the fields below by a test.
"""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from marshmallow import ValidationError, fields

from app.domain.errors import LogfeedError
from app.domain.regions import Regions, regions_of
from app.setting_rules import RULES


class SettingsError(LogfeedError):
    """A setting cannot be used; the text names it and what is allowed."""


def _setting(default: Any, meaning: str, *, is_secret: bool = False) -> Any:
    metadata = {"meaning": meaning, "is_secret": is_secret}
    return dataclasses.field(default=default, metadata=metadata, repr=not is_secret)


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an operator can set; the variable of ``port`` is ``LOGFEED_PORT``, and so on."""

    host: str = _setting("127.0.0.1", "address the API listens on")
    port: int = _setting(8080, "port the API listens on")
    data_dir: Path = _setting(
        Path(platformdirs.user_data_dir("logfeed")),
        "folder of everything that must survive a restart",
    )
    cache_dir: Path = _setting(
        Path(platformdirs.user_cache_dir("logfeed")),
        "folder of what was fetched: Java and Elasticsearch; safe to delete",
    )
    url: str = _setting(
        "", "where `import`, `search`, `storage`, `doctor` and other commands find the API; empty: "
        "`http://HOST:PORT`"
    )  # fmt: skip
    workers: int = _setting(0, "API processes; 0: one for two cores, at most 4")
    threads: int = _setting(
        16, "requests that one API process serves at a time; writes are not among them"
    )
    log_level: str = _setting("INFO", "least level of Logfeed's own log, on stderr as JSON")

    elasticsearch_url: str = _setting(
        "", "an existing cluster, e.g. `https://es:9200`; several nodes separated by commas; "
        "empty: a local node is started", is_secret=True
    )  # fmt: skip
    elasticsearch_username: str = _setting("", "user at that cluster")
    elasticsearch_password: str = _setting("", "password of that user", is_secret=True)
    elasticsearch_api_key: str = _setting(
        "", "API key at that cluster, instead of a user", is_secret=True
    )
    elasticsearch_ca_file: str = _setting(
        "", "PEM file of the authority that signed its certificate"
    )
    elasticsearch_port: int = _setting(9200, "HTTP port of the local node")
    elasticsearch_heap: str = _setting("512m", "heap of the local node, e.g. `512m` or `2g`")

    index_prefix: str = _setting("logfeed", "first part of the name of every index")
    policies: str = _setting(
        "", "file with the rules that choose a record's stream, and the life of each stream; empty: "
        "the one that comes with Logfeed, `retention/policies.yml`"
    )  # fmt: skip
    tier_attribute: str = _setting(
        "tier", "attribute of Elasticsearch's nodes that names their tier, `hot`, `warm` or `cold`: "
        "`tier` for `node.attr.tier`"
    )  # fmt: skip
    archive_location: str = _setting(
        "", "folder of the archive, below the nodes' `path.repo` or an absolute path in it, where no "
        "snapshot repository is registered; empty: one named like the repository"
    )  # fmt: skip
    dedicated_services: tuple[str, ...] = _setting(
        (), "services that get indices of their own, separated by commas; for very loud ones"
    )
    service_buckets: int = _setting(
        0,
        "indices over which the other services are spread, by a hash of their names; 0: one for all",
    )
    parted_since: str = _setting(
        "", "day, as `2026-11-24`, from which on the two settings above are as they are: a search for "
        "a service then asks only its own indices for what is newer; empty: it asks those of all as well"
    )  # fmt: skip
    replicas: str = _setting(
        "auto", "copies of each shard besides the primary; `auto`: 1 where there is a second node"
    )
    wait_for_active_shards: str = _setting(
        "1", "copies of a shard, the primary among them, that must be there for a write: a number or "
        "`all`; while they are not, records wait in the log and are answered as accepted"
    )  # fmt: skip
    acknowledge: str = _setting(
        "stored", "what a write waits for unless it says: `stored` in Elasticsearch, or `accepted`, "
        "safe on this disk"
    )  # fmt: skip
    acknowledge_deadline: float = _setting(
        5.0, "seconds a write waits to be stored; after that it is answered as accepted"
    )
    log_bytes: int = _setting(
        4_294_967_296, "most bytes that wait in the write-ahead log of one API process; beyond that "
        "writes get 429"
    )  # fmt: skip
    volatile_log: str = _setting(
        "refuse", "`allow` the write-ahead log on a file system that a restart clears (tmpfs)"
    )
    queue: str = _setting(
        "local", "where records wait for Elasticsearch: `local`, the write-ahead log on this disk, or "
        "`kafka`, from where `logfeed consume` ships them"
    )  # fmt: skip
    kafka_servers: str = _setting(
        "127.0.0.1:9092", "brokers of Kafka, `host:port`, several separated by commas"
    )
    kafka_topic: str = _setting("logfeed-records", "topic in which records wait; made if missing")
    kafka_partitions: int = _setting(
        6, "partitions of the topic, when it is made: as many consumers can share the work"
    )
    kafka_replication: int = _setting(
        -1, "copies of each partition, when the topic is made; -1: as the brokers do by default"
    )
    kafka_group: str = _setting("logfeed", "consumer group of `logfeed consume`")
    kafka_session_timeout: float = _setting(
        10.0, "seconds after which a silent consumer is taken for dead; its partitions go to others"
    )
    kafka_queue_bytes: int = _setting(
        67_108_864, "most bytes that one API process holds until Kafka has them; beyond that writes "
        "get 429"
    )  # fmt: skip
    kafka_options: tuple[str, ...] = _setting(
        (), "further settings of the Kafka client (librdkafka), `name=value`, separated by commas; "
        "for a login, e.g. `security.protocol=SASL_SSL,sasl.username=…`", is_secret=True
    )  # fmt: skip
    consumer_port: int = _setting(
        8081, "port of `/metrics` and `/readyz` of `logfeed consume`, on the address of the API"
    )
    search_timeout: float = _setting(30.0, "seconds after which a search is given up")
    exact_total: int = _setting(
        100_000, "a search counts the records that match up to so many; of more its `total` is a lower "
        "bound, and says so"
    )  # fmt: skip
    redis_url: str = _setting(
        "", "Redis that caches figures for all processes, e.g. `redis://redis:6379/0`; empty: each "
        "process caches its own in memory", is_secret=True
    )  # fmt: skip
    cache_seconds: float = _setting(
        2.0, "seconds for which figures over records that still come are cached; 0: not at all"
    )
    cache_closed_seconds: float = _setting(
        3600.0, "seconds for which figures over indices closed for writing are cached"
    )
    cache_bytes: int = _setting(
        33_554_432, "most bytes that one API process caches in memory, where there is no Redis; 0: "
        "no cache"
    )  # fmt: skip
    pattern_sample: int = _setting(
        20_000, "most records that are read for `/logs/patterns`, unless `sample=` says"
    )
    pattern_seconds: float = _setting(
        10.0, "seconds for which records are read for `/logs/patterns`; the rest is estimated"
    )

    scheduler_lease: float = _setting(
        15.0, "seconds after which another scheduler takes over from one that is silent"
    )
    schedule_rollover: str = _setting(
        "* * * * *", "when full indices get a successor: a cron line, in UTC, or `off`; so the next ones"
    )  # fmt: skip
    schedule_tiers: str = _setting(
        "*/5 * * * *", "when indices are moved to the warm and cold tiers"
    )
    schedule_retention: str = _setting("*/5 * * * *", "when what is too old is marked and deleted")
    schedule_size_cap: str = _setting("* * * * *", "when the oldest are deleted for want of room")
    schedule_snapshot: str = _setting("20 * * * *", "when indices are archived")
    schedule_templates: str = _setting("*/10 * * * *", "when missing index templates are put back")
    schedule_housekeeping: str = _setting(
        "40 * * * *", "when old dead letters and what is left of write-ahead logs are seen to"
    )
    dead_letter_age: int = _setting(
        90, "days after which a dead letter is deleted, from the last time it was refused; 0: never"
    )
    damaged_log_age: int = _setting(
        0, "days after which damaged bytes of write-ahead logs are deleted; 0: never"
    )
    replication: str = _setting(
        "off", "between clusters: `master_slave`, one region takes the writes and the others follow, or "
        "`multi_master`, every region takes writes; `logfeed replicate` does it, in each region"
    )  # fmt: skip
    region: str = _setting("", "name of this region; it stands in the ids that are made here")
    peers: tuple[str, ...] = _setting(
        (), "clusters of the other regions, `name=https://user:password@es:9200`, separated by commas; "
        "several nodes of one by `|`", is_secret=True
    )  # fmt: skip
    first_master: str = _setting(
        "", "with `master_slave`, the region that takes the writes until another one is promoted; the "
        "same in every region"
    )  # fmt: skip
    repair_interval: float = _setting(
        600.0, "seconds between two comparisons of a region's records with those of its peers"
    )
    replicate_port: int = _setting(
        8082, "port of `/metrics` and `/readyz` of `logfeed replicate`, on the address of the API"
    )

    id_generator: str = _setting(
        "snowflake",
        "`snowflake`, `uuid` or `sequential`; a process that Elasticsearch has not given a node number "
        "yet makes UUIDs instead of snowflakes; one that has no reserved numbers left answers 503 "
        "where ids are to be sequential",
    )
    node_number: int = _setting(
        -1, "node number in snowflake ids, 0 to 1023; -1: leased from the cluster"
    )
    min_level: str = _setting("DEBUG", "records below this level are dropped, and counted")
    drop_services: tuple[str, ...] = _setting(
        (), "services whose records are dropped, and counted; separated by commas"
    )
    accepted_age: int = _setting(
        30, "days that a record's own time may lie back; the stream `imported` takes any age"
    )
    accepted_ahead: int = _setting(
        600, "seconds that a record's own time may lie ahead; a day in `imported`"
    )
    outside_window: str = _setting(
        "move", "what becomes of records outside of that: `move` them to the time of their receipt, "
        "their own kept in `metadata.logfeed_original_timestamp`, or `reject`"
    )  # fmt: skip
    max_batch_records: int = _setting(10_000, "most records in one request")
    max_record_bytes: int = _setting(
        2_097_152, "largest record in bytes: its message and metadata, of which each has at most half "
        "of the default"
    )  # fmt: skip
    max_metadata_fields: int = _setting(
        1_000, "most keys in the metadata of one record, at every depth"
    )
    max_body_bytes: int = _setting(33_554_432, "largest request body in bytes, after decompression")
    max_body_values: int = _setting(
        1_000_000, "most JSON values in a request body of more than 4 MiB: what a small body packs "
        "must not fill the memory"
    )  # fmt: skip

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Settings from ``environment`` (default: the process's own).

        Raises:
            SettingsError: a malformed or out-of-range value, or an unknown ``LOGFEED_*`` name.
        """
        source = os.environ if environment is None else environment
        known = {variable_name(f.name): f for f in dataclasses.fields(cls)}
        unknown = sorted(
            name for name in source
            if name.startswith("LOGFEED_") and name not in known and name not in _FOR_TESTS
        )  # fmt: skip
        if unknown:
            raise SettingsError(f"{unknown[0]} is not a setting; the README lists all of them")
        settings = cls(**{f.name: _read(source, name, f) for name, f in known.items()})
        try:
            settings.regions  # noqa: B018 - read for what it raises
        except ValueError as error:
            raise SettingsError(str(error)) from None
        return settings

    @property
    def regions(self) -> Regions:
        """This region and its peers.

        Raises:
            ValueError: the settings of replication do not go together.
        """
        if self.replication != "off" and self.id_generator == "sequential":
            raise ValueError(
                "LOGFEED_ID_GENERATOR=sequential cannot be used with LOGFEED_REPLICATION: two regions "
                "would give the same id to two records; allowed are snowflake and uuid"
            )
        return regions_of(self.replication, self.region, self.peers, self.first_master)

    @property
    def api_url(self) -> str:
        """The address of the API as a client on this machine would call it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        if ":" in host:
            host = f"[{host}]"
        return self.url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def worker_count(self) -> int:
        """API processes to start."""
        return self.workers or min(max((os.cpu_count() or 1) // 2, 1), 4)


#: Names that only the tests read.
_FOR_TESTS = frozenset({"LOGFEED_TEST_ELASTICSEARCH_URL"})


def variable_name(field_name: str) -> str:
    """The environment variable of a field of ``Settings``."""
    return f"LOGFEED_{field_name.upper()}"


def _read(source: Mapping[str, str], variable: str, setting: "dataclasses.Field[Any]") -> Any:
    default = setting.default
    text = source.get(variable, "").strip()
    if not text:
        return default
    if isinstance(default, tuple):
        return tuple(item.strip() for item in text.split(",") if item.strip())
    if isinstance(default, Path):
        return Path(text).expanduser().absolute()
    kinds: dict[type, type[fields.Field[Any]]] = {int: fields.Integer, float: fields.Float}
    kind = kinds.get(type(default), fields.String)
    try:
        return kind(validate=RULES.get(setting.name)).deserialize(text)
    except ValidationError as error:
        shown = "***" if setting.metadata["is_secret"] else repr(text)
        reason = " ".join(str(message) for message in error.messages)
        raise SettingsError(f"{variable}={shown} cannot be used: {reason}") from None
