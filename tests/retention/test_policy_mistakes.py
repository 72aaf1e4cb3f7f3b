"""How a mistake in ``policies.yml`` is told: its line, its column, and what is allowed."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.policy import PolicyError
from retention.policy_file import DEFAULT_FILE, parse_policies


def mistakes(text: str | bytes) -> list[str]:
    """What is told about ``text``, without the name of the file."""
    with pytest.raises(PolicyError) as caught:
        parse_policies(text)
    return [told.removeprefix("policies.yml, ") for told in caught.value.mistakes]


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
