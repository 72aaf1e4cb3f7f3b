"""Which stream a record goes to."""

from collections.abc import Mapping
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.filters import FieldFilter
from app.domain.levels import LogLevel
from app.domain.matching import matches
from app.domain.metadata import JsonValue
from retention.policy import Life, Policies, Rule
from retention.policy_file import parse_policies, read_policies
from retention.routing import Router
from tests.builders import DAY, entry

SHIPPED = Router(read_policies())


def naive_stream_of(policies: Policies, record: LogEntry) -> str:
    """The rules, read one by one, as the policies' documentation says it."""
    for rule in policies.rules:
        is_of_service = not rule.services or any(
            record.service == name
            or (name.endswith("*") and record.service.startswith(name.removesuffix("*")))
            for name in rule.services
        )
        has_metadata = all(
            any(matches(FieldFilter(path, "eq", value), record) for value in values)
            for path, values in rule.metadata.items()
        )
        if record.level in rule.levels and is_of_service and has_metadata:
            return rule.stream
    return "default"


KEYS = st.sampled_from(["audit", "a", "b", "a.b", "b.a", "a.b.c", "a.", ".a"])
SCALARS: st.SearchStrategy[str | int | float | bool] = st.sampled_from(
    ["true", "false", "1", "x", "", True, False, 0, 1, 1.0, 2.5]
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), SCALARS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
SERVICES = st.sampled_from(["audit", "audit-log", "shop", "shop-web", "sho", "", "*"])
RULES = st.builds(
    Rule,
    stream=st.sampled_from(["default", "debug", "audit", "third"]),
    services=st.lists(st.sampled_from(["audit", "audit-*", "shop*", "s*"]), max_size=2).map(tuple),
    levels=st.frozensets(st.sampled_from(list(LogLevel)), min_size=1),
    metadata=st.dictionaries(
        KEYS, st.lists(SCALARS, min_size=1, max_size=2).map(tuple), max_size=2
    ),
)


@given(
    st.lists(RULES, max_size=5),
    st.lists(
        st.tuples(
            st.sampled_from(list(LogLevel)), SERVICES, st.dictionaries(KEYS, VALUES, max_size=3)
        ),
        max_size=6,
    ),
)
def test_the_router_reads_the_rules_as_they_are_written(
    rules: list[Rule], records: list[tuple[LogLevel, str, dict[str, JsonValue]]]
) -> None:
    policies = Policies({"default": Life()}, tuple(rules))
    router = Router(policies)
    for level, service, metadata in records:
        record = entry(level=level, service=service, metadata=metadata)
        assert router.stream_of(level, service, metadata) == naive_stream_of(policies, record)


@pytest.mark.parametrize(
    ("level", "service", "metadata", "stream"),
    [
        (LogLevel.INFO, "shop", {}, "default"),
        (LogLevel.DEBUG, "shop", {}, "debug"),
        (LogLevel.DEBUG, "audit", {}, "audit"),
        (LogLevel.INFO, "audit-login", {}, "audit"),
        (LogLevel.INFO, "auditor", {}, "default"),
        (LogLevel.DEBUG, "shop", {"audit": True}, "audit"),
        (LogLevel.DEBUG, "shop", {"audit": "true"}, "audit"),
        (LogLevel.DEBUG, "shop", {"audit": False}, "debug"),
        (LogLevel.INFO, "shop", {"audit": {"by": True}}, "default"),
    ],
)
def test_the_rules_that_come_with_the_product(
    level: LogLevel, service: str, metadata: Mapping[str, JsonValue], stream: str
) -> None:
    assert SHIPPED.stream_of(level, service, metadata) == stream


def test_what_is_remembered_is_bounded_and_stays_right() -> None:
    for number in range(10_000):
        assert SHIPPED.stream_of(LogLevel.DEBUG, f"service-{number}", {}) == "debug"
    assert SHIPPED.stream_of(LogLevel.DEBUG, "service-0", {"audit": True}) == "audit"


def test_how_old_a_record_may_be() -> None:
    assert SHIPPED.oldest_age("debug") == 3 * DAY
    assert SHIPPED.oldest_age("a_stream_that_nobody_named") == 30 * DAY
    assert SHIPPED.oldest_age("imported") is None
    kept = parse_policies("streams: {default: }")
    assert Router(kept).oldest_age("default") is None


def test_a_record_is_routed_in_microseconds() -> None:
    # Wide of what it takes (0.4 µs): it tells a look at the rules from a scan of them.
    metadata: dict[str, JsonValue] = {f"key{n}": n for n in range(20)}
    # The processor's time: what others take of it meanwhile does not count.
    began = thread_time()
    for _ in range(20_000):
        SHIPPED.stream_of(LogLevel.INFO, "shop", metadata)
    assert thread_time() - began < 2
