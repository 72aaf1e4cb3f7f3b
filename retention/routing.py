"""Which stream a record goes to: the rules of the policies, made ready for the write path."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from app.domain.filters import FieldFilter
from app.domain.levels import LogLevel
from app.domain.matching import leaf_matches
from app.domain.metadata import JsonValue
from app.domain.ports import DEFAULT_STREAM
from retention.policy import Policies, Rule

#: How many services are remembered.
_MOST_KNOWN = 4_096

_Condition: TypeAlias = Callable[[Mapping[str, JsonValue]], bool]


class _Choice(NamedTuple):
    """What is left to decide once level and service are known."""

    undecided: tuple[tuple[_Condition, str], ...]
    otherwise: str


_NOTHING = _Choice((), DEFAULT_STREAM)


class Router:
    """Names streams by the rules of ``policies``. Safe for use from several threads."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._rules = [(rule, _condition(rule)) for rule in policies.rules]
        # By service, then by the number of the level: hashing a level takes long.
        self._known: dict[str, list[_Choice]] = {}

    def stream_of(self, level: LogLevel, service: str, metadata: Mapping[str, JsonValue]) -> str:
        """The stream of a record: that of the first rule that matches, otherwise ``default``."""
        choice = (self._known.get(service) or self._learn(service))[level]
        if metadata:
            for condition, stream in choice.undecided:
                if condition(metadata):
                    return stream
        return choice.otherwise

    def oldest_age(self, stream: str) -> int | None:
        """How old, in nanoseconds, a record of ``stream`` may be by its own time and still be kept.

        None where that has no limit: nothing is deleted, or its life counts from its arrival.
        """
        life = self._policies.life_of(stream)
        return life.delete_after if life.counts_from == "records" else None

    def _learn(self, service: str) -> list[_Choice]:
        choices = [_NOTHING] * (max(LogLevel) + 1)
        for level in LogLevel:
            choices[level] = self._choice(level, service)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[service] = choices
        return choices

    def _choice(self, level: LogLevel, service: str) -> _Choice:
        undecided: list[tuple[_Condition, str]] = []
        for rule, condition in self._rules:
            if level not in rule.levels or not _is_of(service, rule.services):
                continue
            if condition is None:
                # No rule behind it can win.
                return _Choice(tuple(undecided), rule.stream)
            undecided.append((condition, rule.stream))
        return _Choice(tuple(undecided), DEFAULT_STREAM)


def _is_of(service: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(
        service.startswith(pattern[:-1]) if pattern.endswith("*") else service == pattern
        for pattern in patterns
    )


def _condition(rule: Rule) -> _Condition | None:
    """What ``rule`` asks of metadata; None: nothing."""
    parts = [_part(path, values) for path, values in rule.metadata.items()]
    if len(parts) < 2:
        return parts[0] if parts else None
    return lambda metadata: all(part(metadata) for part in parts)


def _part(path: str, values: Sequence[str | int | float | bool]) -> _Condition:
    wanted = [FieldFilter(path, "eq", value) for value in values]
    is_nested = "." in path

    def holds(metadata: Mapping[str, JsonValue]) -> bool:
        if not is_nested and path not in metadata:
            return False
        return any(leaf_matches(leaf, one) for leaf in _leaves_at(metadata, path) for one in wanted)

    return holds


def _leaves_at(value: JsonValue, path: str | None) -> Iterator[str | int | float | bool]:
    """The leaves of ``value`` under the dotted ``path``; None: ``value`` itself, if it is one."""
    if isinstance(value, Mapping):
        if path is None:
            return
        if path in value:
            yield from _leaves_at(value[path], None)
        # A key may have a dot in it: each of them may be where it ends.
        dot = path.find(".")
        while dot >= 0:
            if path[:dot] in value:
                yield from _leaves_at(value[path[:dot]], path[dot + 1 :])
            dot = path.find(".", dot + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _leaves_at(item, path)
    elif value is not None and path is None:
        yield value
