"""What ``policies.yml`` may say, and how a mistake in it is told."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.levels import LogLevel
from app.domain.lifecycle import Tier
from retention.policy import Life, PolicyError, Rollover, Rule
from retention.policy_file import DEFAULT_FILE, parse_policies, read_policies
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


def mistakes(text: str | bytes) -> list[str]:
    """What is told about ``text``, without the name of the file."""
    with pytest.raises(PolicyError) as caught:
        parse_policies(text)
    return [told.removeprefix("policies.yml, ") for told in caught.value.mistakes]


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


SHIPPED = DEFAULT_FILE.read_text()
KEYS = (
    "period, counts_from, rollover, warm_after, cold_after, archive_after, delete_after, replicas, "
    "max_bytes, legal_hold"
)
DEFAULT = "streams:\n  default:\n    "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1: holds nothing; it must have streams with default"),
        ("# only words\n", "line 1, column 1: holds nothing; it must have streams with default"),
        ("[1]", "line 1, column 1: must be lines of key: value"),
        ("rules: []", "line 1, column 1: streams: is missing"),
        ("streams: {}", "line 1, column 10: streams: must be lines of key: value, at least one"),
        ("streams:", "line 1, column 1: streams: is empty; give it a value or leave it out"),
        ("streams:\n  debug:", "line 1, column 1: streams: must have default"),
        (
            "stream: {}\nstreams: {default: }",
            "line 1, column 1: stream: is not known here; allowed are streams, rules, max_bytes",
        ),
        (
            f"{DEFAULT}delete_after: soon",
            "line 3, column 19: streams.default.delete_after: must be like 3d, 12h or 30m",
        ),
        (
            f"{DEFAULT}delete_after: 0d",
            "line 3, column 19: streams.default.delete_after: must be like 3d, 12h or 30m",
        ),
        (
            f"{DEFAULT}delete_after: 3",
            "line 3, column 19: streams.default.delete_after: must be like 3d, 12h or 30m",
        ),
        (
            f"{DEFAULT}delete_after: 36526d",
            (
                "line 3, column 19: streams.default.delete_after: must be at most 36525d; leave it out "
                "for no limit"
            ),
        ),
        (
            f"{DEFAULT}max_bytes: 50",
            "line 3, column 16: streams.default.max_bytes: must be like 50gb or 512mb",
        ),
        (
            f"{DEFAULT}keep: 3d",
            f"line 3, column 5: streams.default.keep: is not known here; allowed are {KEYS}",
        ),
        (
            f"{DEFAULT}warm_after: 3d\n    delete_after: 3d",
            "line 4, column 19: streams.default.delete_after: must be more than warm_after",
        ),
        (
            f"{DEFAULT}cold_after: 3d\n    archive_after: 2d\n    delete_after: 9d",
            "line 4, column 20: streams.default.archive_after: must be more than cold_after",
        ),
        (
            f"{DEFAULT}rollover: {{}}",
            (
                "line 3, column 15: streams.default.rollover: must have at least one of age, documents, "
                "primary_shard_bytes"
            ),
        ),
        (
            f"{DEFAULT}rollover:\n      documents: 1.5",
            (
                "line 4, column 18: streams.default.rollover.documents: must be a whole number above 0, "
                "like 50000000 or 50_000_000"
            ),
        ),
        (
            f"{DEFAULT}rollover: 3d",
            "line 3, column 15: streams.default.rollover: must be lines of key: value",
        ),
        (
            f"{DEFAULT}period: decade",
            "line 3, column 13: streams.default.period: must be one of hour, day, week, month, year",
        ),
        (
            f"{DEFAULT}period: [day]",
            "line 3, column 13: streams.default.period: must be one of hour, day, week, month, year",
        ),
        (
            f"{DEFAULT}legal_hold: 1",
            "line 3, column 17: streams.default.legal_hold: must be true or false",
        ),
        (
            f"{DEFAULT}replicas: {{hot: true}}",
            "line 3, column 21: streams.default.replicas.hot: must be a whole number from 0 to 10",
        ),
        (
            f"{DEFAULT}replicas: {{archive: 1}}",
            (
                "line 3, column 16: streams.default.replicas.archive: is not known here; allowed are "
                "hot, warm, cold"
            ),
        ),
        (
            "streams:\n  default:\n  Debug-Logs: {}",
            (
                "line 3, column 15: streams.Debug-Logs: no stream can be named so: lower-case letters, "
                "digits and _, a letter first, at most 63"
            ),
        ),
        (
            "streams:\n  default:\n  default:",
            "line 3, column 3: streams: default is there twice, first in line 2",
        ),
        (
            f"{DEFAULT}warm_after: 1d\n    warm_after: 2d",
            "line 4, column 5: streams.default: warm_after is there twice, first in line 3",
        ),
        (
            "streams:\n  default:\n  3: {}",
            "line 3, column 3: streams: a key must be text; put it in quotes",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(text: str, told: str) -> None:
    assert mistakes(text) == [told]


RULE = "streams: {default: }\nrules:\n  - "


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{level: INFO}", "line 3, column 5: rules[1].stream: is missing"),
        (
            "{stream: audit, level: INFO}",
            "line 3, column 14: rules[1].stream: audit is none of streams: default, imported",
        ),
        (
            "{stream: default}",
            (
                "line 3, column 5: rules[1]: must ask for a service, level, min_level, max_level or "
                "metadata"
            ),
        ),
        (
            "{stream: default, level: loud}",
            "line 3, column 30: rules[1].level: must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
        ),
        (
            "{stream: default, level: []}",
            "line 3, column 30: rules[1].level: must not be an empty list",
        ),
        (
            "{stream: default, level: INFO, min_level: INFO}",
            "line 3, column 30: rules[1].level: must not stand beside min_level or max_level",
        ),
        (
            "{stream: default, min_level: ERROR, max_level: INFO}",
            "line 3, column 52: rules[1].max_level: must not be below min_level",
        ),
        (
            "{stream: default, service: no}",
            "line 3, column 32: rules[1].service: must be a service's name as text; put it in quotes",
        ),
        (
            "{stream: default, service: a*b}",
            (
                "line 3, column 32: rules[1].service: must be a service's name, or the beginning of one "
                "with * behind"
            ),
        ),
        (
            "{stream: default, metadata: {a: {b: 1}}}",
            (
                "line 3, column 37: rules[1].metadata.a: must be a text, a number, true or false, or "
                "a list of these"
            ),
        ),
        (
            "{stream: default, metadata: {a: }}",
            (
                "line 3, column 36: rules[1].metadata.a: must be a text, a number, true or false, or "
                "a list of these"
            ),
        ),
        (
            "{stream: default, metadata: {}}",
            "line 3, column 33: rules[1].metadata: must be lines of key: value, at least one",
        ),
        ("DEBUG", "line 3, column 5: rules[1]: must be lines of key: value"),
        ("", "line 3, column 4: rules[1]: is empty; give it a value or leave it out"),
    ],
)
def test_a_mistake_in_a_rule(rule: str, told: str) -> None:
    assert mistakes(RULE + rule) == [told]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = f"max_bytes: much\n{DEFAULT}period: era\n    warm_after: x\nrules: none"
    assert [told.split(":")[0] for told in mistakes(text)] == [
        "line 1, column 12", "line 4, column 13", "line 5, column 17", "line 6, column 8"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("streams: [", "line 1, column 11: is no YAML"),
        ("streams:\n\tdefault:", "line 2, column 1: is no YAML"),
        ("a: b: c", "line 1, column 5: is no YAML"),
        ("a: 1\n---\nb: 2", "line 2, column 1: is no YAML"),
        ("a: &x [*x]", "line 1, column 8: *x: anchors are not allowed; write it out"),
        ("a: !!python/object:os.system x", "line 1, column 4: 'x' is no value"),
        ("a: !!set {b}", "line 1, column 4: tag:yaml.org,2002:set: tags are not allowed"),
        ("[" * 300, "is nested too deep"),
        ("a: " + "9" * 5_000, "line 1, column 4: '9999"),
        (b"a: \xff", "is no YAML"),
        ("\x00", "is no YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_told_likewise(text: str | bytes, told: str) -> None:
    (only,) = mistakes(text)
    assert told in only


@settings(max_examples=60, deadline=None)
@given(st.text() | st.binary() | st.text("streamdflu:{}[]-*&! \n3d'\"", max_size=60))
def test_no_text_makes_anything_but_policies_or_a_mistake(text: str | bytes) -> None:
    with suppress(PolicyError):
        parse_policies(text)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1_200), st.sampled_from(["", "x", ":", "[", "\t", "- ", "3", "\n", "*a"]))
def test_no_slip_of_the_keys_makes_anything_else_either(at: int, slip: str) -> None:
    text = SHIPPED[SHIPPED.index("streams:") :]
    with suppress(PolicyError):
        parse_policies(text[:at] + slip + text[at + 1 :])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"gone\.yml: cannot be read: No such file"):
        read_policies(tmp_path / "gone.yml")
    with pytest.raises(PolicyError, match="cannot be read: Is a directory"):
        read_policies(tmp_path)
    large = tmp_path / "large.yml"
    large.write_bytes(b"#" * 1_048_577)
    with pytest.raises(PolicyError, match="is larger than 1 MiB"):
        read_policies(large)
