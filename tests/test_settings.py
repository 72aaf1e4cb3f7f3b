"""Settings: each from its own variable, checked before anything starts."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings, SettingsError, variable_name

#: For each field a text that can be set, and what it is read as.
SET: dict[str, tuple[str, Any]] = {
    "host": ("10.0.0.1", "10.0.0.1"),
    "port": ("9090", 9_090),
    "data_dir": ("/srv/logfeed", Path("/srv/logfeed")),
    "cache_dir": ("~/cache", Path.home() / "cache"),
    "url": ("https://logs.example.org/", "https://logs.example.org/"),
    "workers": ("3", 3),
    "threads": ("8", 8),
    "log_level": ("DEBUG", "DEBUG"),
    "elasticsearch_url": ("https://a:9200,https://b:9200", "https://a:9200,https://b:9200"),
    "elasticsearch_username": ("elastic", "elastic"),
    "elasticsearch_password": ("hunter2", "hunter2"),
    "elasticsearch_api_key": ("a2V5", "a2V5"),
    "elasticsearch_ca_file": ("/etc/ca.pem", "/etc/ca.pem"),
    "elasticsearch_port": ("9201", 9_201),
    "elasticsearch_heap": ("2g", "2g"),
    "index_prefix": ("team-a", "team-a"),
    "policies": ("/etc/logfeed/policies.yml", "/etc/logfeed/policies.yml"),
    "tier_attribute": ("data_tier", "data_tier"),
    "archive_location": ("/backup/logs", "/backup/logs"),
    "dedicated_services": ("shop, search", ("shop", "search")),
    "service_buckets": ("4", 4),
    "parted_since": ("2026-11-24", "2026-11-24"),
    "replicas": ("2", "2"),
    "wait_for_active_shards": ("all", "all"),
    "acknowledge": ("accepted", "accepted"),
    "acknowledge_deadline": ("2.5", 2.5),
    "log_bytes": ("100000000", 100_000_000),
    "volatile_log": ("allow", "allow"),
    "queue": ("kafka", "kafka"),
    "kafka_servers": ("a:9092,b:9093", "a:9092,b:9093"),
    "kafka_topic": ("logs.of-team_a", "logs.of-team_a"),
    "kafka_partitions": ("12", 12),
    "kafka_replication": ("3", 3),
    "kafka_group": ("team-a", "team-a"),
    "kafka_session_timeout": ("45", 45.0),
    "kafka_queue_bytes": ("100000000", 100_000_000),
    "kafka_options": (
        "client.rack=a,socket.nagle.disable=true",
        ("client.rack=a", "socket.nagle.disable=true"),
    ),
    "consumer_port": ("9091", 9_091),
    "search_timeout": ("5", 5.0),
    "exact_total": ("20000", 20_000),
    "redis_url": ("redis://cache:6379/1", "redis://cache:6379/1"),
    "cache_seconds": ("5", 5.0),
    "cache_closed_seconds": ("60", 60.0),
    "cache_bytes": ("1000000", 1_000_000),
    "scheduler_lease": ("30", 30.0),
    "schedule_rollover": ("*/2 * * * *", "*/2 * * * *"),
    "schedule_tiers": ("off", "off"),
    "schedule_retention": ("0 * * * *", "0 * * * *"),
    "schedule_size_cap": ("0 * * * mon-fri", "0 * * * mon-fri"),
    "schedule_snapshot": ("0 1 * * 0", "0 1 * * 0"),
    "schedule_templates": ("off", "off"),
    "schedule_housekeeping": ("0 3 1 * *", "0 3 1 * *"),
    "dead_letter_age": ("0", 0),
    "damaged_log_age": ("365", 365),
    # What it needs beside itself: test_regions.
    "replication": ("off", "off"),
    "region": ("eu_west", "eu_west"),
    "peers": (
        "us=http://a:9200|http://b:9200,ap=https://c",
        ("us=http://a:9200|http://b:9200", "ap=https://c"),
    ),
    "first_master": ("us", "us"),
    "repair_interval": ("60", 60.0),
    "replicate_port": ("9092", 9_092),
    "pattern_sample": ("500", 500),
    "pattern_seconds": ("2.5", 2.5),
    "id_generator": ("uuid", "uuid"),
    "node_number": ("1023", 1_023),
    "min_level": ("WARNING", "WARNING"),
    "drop_services": (" probe, ,health ", ("probe", "health")),
    "accepted_age": ("7", 7),
    "accepted_ahead": ("60", 60),
    "outside_window": ("reject", "reject"),
    "max_batch_records": ("500", 500),
    "max_record_bytes": ("65536", 65_536),
    "max_metadata_fields": ("50", 50),
    "max_body_bytes": ("2048", 2_048),
    "max_body_values": ("200000", 200_000),
}


def test_without_variables_the_defaults_hold() -> None:
    assert Settings.from_env({}) == Settings()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "127.0.0.1"),
        ("port", 8_080),
        ("workers", 0),
        ("threads", 16),
        ("elasticsearch_url", ""),
        ("elasticsearch_port", 9_200),
        ("index_prefix", "logfeed"),
        ("replicas", "auto"),
        ("id_generator", "snowflake"),
        ("node_number", -1),
        ("min_level", "DEBUG"),
        ("drop_services", ()),
        ("max_batch_records", 10_000),
        ("max_body_bytes", 33_554_432),
    ],
)
def test_a_default_is_safe_to_start_with(field: str, value: Any) -> None:
    assert getattr(Settings(), field) == value


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Settings)])
def test_every_field_is_read_from_its_variable(field: str) -> None:
    text, value = SET[field]

    settings = Settings.from_env({f"LOGFEED_{field.upper()}": text})

    assert getattr(settings, field) == value
    assert settings == dataclasses.replace(Settings(), **{field: value})


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_every_field_says_what_it_means(field: "dataclasses.Field[Any]") -> None:
    assert len(field.metadata["meaning"]) > 10
    assert variable_name(field.name) == f"LOGFEED_{field.name.upper()}"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_variable_is_as_good_as_none(text: str) -> None:
    empty = {variable_name(field.name): text for field in dataclasses.fields(Settings)}

    assert Settings.from_env(empty) == Settings()


def test_spaces_around_a_value_do_not_matter() -> None:
    assert Settings.from_env({"LOGFEED_PORT": " 9090\n"}).port == 9_090


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGFEED_PORT", "9090")

    assert Settings.from_env().port == 9_090


def test_variables_of_others_are_not_looked_at() -> None:
    assert Settings.from_env({"PORT": "x", "LOG_LEVEL": "x", "logfeed_port": "x"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "text", "allowed"),
    [
        ("LOGFEED_PORT", "0", "greater than or equal to 1"),
        ("LOGFEED_PORT", "65536", "65535"),
        ("LOGFEED_PORT", "http", "Not a valid integer"),
        ("LOGFEED_PORT", "80.5", "Not a valid integer"),
        ("LOGFEED_WORKERS", "-1", "0"),
        ("LOGFEED_WORKERS", "65", "64"),
        ("LOGFEED_THREADS", "0", "1"),
        ("LOGFEED_LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("LOGFEED_LOG_LEVEL", "info", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("LOGFEED_MIN_LEVEL", "TRACE", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("LOGFEED_URL", "localhost:8080", "http:// or https://"),
        ("LOGFEED_ELASTICSEARCH_PORT", "99999", "65535"),
        ("LOGFEED_ELASTICSEARCH_HEAP", "512", "512m or 2g"),
        ("LOGFEED_ELASTICSEARCH_HEAP", "0g", "512m or 2g"),
        ("LOGFEED_INDEX_PREFIX", "Logs", "lower-case letters"),
        ("LOGFEED_INDEX_PREFIX", "-logs", "lower-case letters"),
        ("LOGFEED_INDEX_PREFIX", "logs*", "lower-case letters"),
        ("LOGFEED_INDEX_PREFIX", "x" * 42, "lower-case letters"),
        ("LOGFEED_REPLICAS", "many", "auto or a number from 0 to 9"),
        ("LOGFEED_REPLICAS", "10", "auto or a number from 0 to 9"),
        ("LOGFEED_ACKNOWLEDGE_DEADLINE", "0", "0.1"),
        ("LOGFEED_ACKNOWLEDGE_DEADLINE", "nan", "not permitted"),
        ("LOGFEED_QUEUE", "rabbit", "local, kafka"),
        ("LOGFEED_KAFKA_SERVERS", "http://a:9092", "host:9092"),
        ("LOGFEED_KAFKA_SERVERS", "a", "host:9092"),
        ("LOGFEED_KAFKA_TOPIC", "my logs", "letters, digits"),
        ("LOGFEED_KAFKA_GROUP", "a/b", "letters, digits"),
        ("LOGFEED_KAFKA_PARTITIONS", "0", "1"),
        ("LOGFEED_KAFKA_REPLICATION", "0", "-1 or 1 to 9"),
        ("LOGFEED_KAFKA_REPLICATION", "10", "-1 or 1 to 9"),
        ("LOGFEED_SEARCH_TIMEOUT", "3601", "3600"),
        ("LOGFEED_SEARCH_TIMEOUT", "soon", "Not a valid number"),
        ("LOGFEED_SCHEDULER_LEASE", "0.5", "1"),
        ("LOGFEED_SCHEDULE_TIERS", "61 * * * *", "minute '61': the last value (61) is higher"),
        (
            "LOGFEED_SCHEDULE_TIERS",
            "* * *",
            "a cron line has 5. An example is */5 * * * *, or off.",
        ),
        ("LOGFEED_SCHEDULE_SNAPSHOT", "never", "it has 1 fields"),
        ("LOGFEED_DEAD_LETTER_AGE", "-1", "0"),
        ("LOGFEED_ID_GENERATOR", "random", "snowflake, uuid, sequential"),
        ("LOGFEED_NODE_NUMBER", "1024", "1023"),
        ("LOGFEED_NODE_NUMBER", "-2", "-1"),
        ("LOGFEED_MAX_BATCH_RECORDS", "0", "1"),
        ("LOGFEED_MAX_BODY_BYTES", "1023", "1024"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_is_allowed(
    variable: str, text: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable: text})

    message = str(caught.value)
    assert message.startswith(f"{variable}={text!r} cannot be used: ")
    assert allowed in message


@pytest.mark.parametrize("name", ["LOGFEED_PROT", "LOGFEED_", "LOGFEED_port", "LOGFEED_PORT_"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not a setting"):
        Settings.from_env({name: "8080"})


def test_the_name_that_only_the_tests_read_is_let_pass() -> None:
    environment = {"LOGFEED_TEST_ELASTICSEARCH_URL": "http://127.0.0.1:9200"}

    assert Settings.from_env(environment) == Settings()


@pytest.mark.parametrize(
    "text",
    ["elastic:hunter2@es:9200", "ftp://elastic:hunter2@es", "http://ok https://elastic:hunter2@es"],
)
def test_an_address_that_cannot_be_used_does_not_show_its_password(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"LOGFEED_ELASTICSEARCH_URL": text})

    assert "hunter2" not in str(caught.value)
    assert "LOGFEED_ELASTICSEARCH_URL=*** cannot be used" in str(caught.value)


def test_settings_can_be_printed_without_their_secrets() -> None:
    settings = Settings(
        elasticsearch_url="https://elastic:hunter2@es:9200",
        elasticsearch_password="hunter2",
        elasticsearch_api_key="hunter2",
        elasticsearch_username="elastic",
        kafka_options=("sasl.password=hunter2",),
    )

    assert "hunter2" not in repr(settings)
    assert "elasticsearch_username='elastic'" in repr(settings)


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"port": 9_090}, "http://127.0.0.1:9090"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8080"),  # noqa: S104
        ({"host": "::"}, "http://[::1]:8080"),
        ({"host": "::1"}, "http://[::1]:8080"),
        ({"host": "logs.example.org"}, "http://logs.example.org:8080"),
        ({"url": "https://logs.example.org/"}, "https://logs.example.org"),
    ],
    ids=str,
)
def test_the_address_for_clients_of_this_machine(changes: dict[str, Any], address: str) -> None:
    assert dataclasses.replace(Settings(), **changes).api_url == address


def test_there_is_at_least_one_worker_and_by_default_at_most_four() -> None:
    assert 1 <= Settings().worker_count <= 4
    assert Settings(workers=7).worker_count == 7
