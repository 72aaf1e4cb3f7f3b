"""What ``policies.yml`` may say, as marshmallow says it; every message names what is allowed."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates_schema

from app.domain.draft import CONTROL_CHARACTERS, MAX_SERVICE_LENGTH
from app.domain.levels import LogLevel
from app.domain.lifecycle import Tier
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.domain.sharding import is_stream_name
from retention.policy import Life, Policies, Rollover, Rule
from retention.units import parse_count, parse_duration, parse_size

#: Begins every message about a key that is not known, which stands at the key and not at its value.
UNKNOWN = "is not known here; allowed are "
EMPTY = "is empty; give it a value or leave it out"

_AGES = ("warm_after", "cold_after", "archive_after", "delete_after")
_LEVELS = ", ".join(level.name for level in LogLevel)
_PERIODS = ("hour", "day", "week", "month", "year")
_MOST_REPLICAS = 10


class _Strict(Schema):
    """A mapping with these keys and no others."""

    class Meta:
        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        allowed = UNKNOWN + ", ".join(self.fields)
        self.error_messages = {"type": "must be lines of key: value", "unknown": allowed}


def _messages() -> dict[str, Any]:
    return {"null": EMPTY, "required": "is missing"}


class _Parsed(fields.Field[Any]):
    """A value that ``parse`` reads; what its ValueError says is what is told."""

    def __init__(self, parse: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(error_messages=_messages(), **options)
        self._parse = parse

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return self._parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def _one_of(*allowed: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - a value of the file
    return value


def _level(value: object) -> LogLevel:
    if not isinstance(value, str) or value.upper() not in LogLevel.__members__:
        raise ValueError(f"must be one of {_LEVELS}")
    return LogLevel[value.upper()]


def _levels(value: object) -> frozenset[LogLevel]:
    return frozenset(_level(one) for one in _each(value))


def _service(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a service's name as text; put it in quotes")  # noqa: TRY004 - a value of the file
    name = value.removesuffix("*")
    if not name or "*" in name:
        raise ValueError("must be a service's name, or the beginning of one with * behind")
    if len(name) > MAX_SERVICE_LENGTH or CONTROL_CHARACTERS.search(name):
        raise ValueError(f"no service can be named so: at most {MAX_SERVICE_LENGTH} characters")
    return value


def _services(value: object) -> tuple[str, ...]:
    return tuple(_service(one) for one in _each(value))


def _metadata_value(value: object) -> str | int | float | bool:
    is_finite = not isinstance(value, float) or math.isfinite(value)
    if not isinstance(value, str | int | float | bool) or not is_finite:
        raise ValueError("must be a text, a number, true or false, or a list of these")
    return value


def _metadata_values(value: object) -> tuple[str | int | float | bool, ...]:
    return tuple(_metadata_value(one) for one in _each(value))


def _each(value: object) -> list[object]:
    if not isinstance(value, list):
        return [value]
    if not value:
        raise ValueError("must not be an empty list")
    return value


def _replicas(value: object) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= _MOST_REPLICAS:  # type: ignore[operator]
        raise ValueError(f"must be a whole number from 0 to {_MOST_REPLICAS}")
    return value  # type: ignore[return-value]


def _stream(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be the name of a stream")  # noqa: TRY004 - a value of the file
    return value


def _nested(schema: type[_Strict]) -> fields.Nested:
    return fields.Nested(schema, error_messages={"null": EMPTY})


class _Named(fields.Field[Any]):
    """A mapping with keys of its own choice, each value read by ``read``."""

    def __init__(self, read: Callable[[str, Any], Any], **options: Any) -> None:
        super().__init__(error_messages=_messages(), **options)
        self._read = read

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise ValidationError("must be lines of key: value, at least one")
        result: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        for name, given in value.items():
            try:
                result[name] = self._read(name, given)
            except ValidationError as error:
                wrong[name] = error.messages
            except ValueError as error:
                wrong[name] = [str(error)]
        if wrong:
            raise ValidationError(wrong)
        return result


class _RolloverSchema(_Strict):
    age = _Parsed(parse_duration)
    documents = _Parsed(parse_count)
    primary_shard_bytes = _Parsed(parse_size)

    @post_load
    def _made(self, data: dict[str, Any], **kwargs: Any) -> Rollover:
        if not data:
            raise ValidationError(f"must have at least one of {', '.join(self.fields)}")
        return Rollover(**data)


class _ReplicasSchema(_Strict):
    hot = _Parsed(_replicas)
    warm = _Parsed(_replicas)
    cold = _Parsed(_replicas)

    @post_load
    def _made(self, data: dict[str, int], **kwargs: Any) -> dict[Tier, int]:
        return {Tier(name): number for name, number in data.items()}


class _LifeSchema(_Strict):
    period = _Parsed(_one_of(*_PERIODS))
    counts_from = _Parsed(_one_of("records", "arrival"))
    rollover = _nested(_RolloverSchema)
    warm_after = _Parsed(parse_duration)
    cold_after = _Parsed(parse_duration)
    archive_after = _Parsed(parse_duration)
    delete_after = _Parsed(parse_duration)
    replicas = _nested(_ReplicasSchema)
    max_bytes = _Parsed(parse_size)
    legal_hold = _Parsed(_yes_or_no)

    @validates_schema(skip_on_field_errors=True)
    def _ages_rise(self, data: dict[str, Any], **kwargs: Any) -> None:
        given = [name for name in _AGES if name in data]
        for earlier, later in pairwise(given):
            if data[later] <= data[earlier]:
                raise ValidationError(f"must be more than {earlier}", later)


class _RuleSchema(_Strict):
    stream = _Parsed(_stream, required=True)
    service = _Parsed(_services)
    level = _Parsed(_levels)
    min_level = _Parsed(_level)
    max_level = _Parsed(_level)
    metadata = _Named(lambda _, value: _metadata_values(value))

    @validates_schema(skip_on_field_errors=True)
    def _asks_for_something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.keys() == {"stream"}:
            raise ValidationError("must ask for a service, level, min_level, max_level or metadata")
        if "level" in data and data.keys() & {"min_level", "max_level"}:
            raise ValidationError("must not stand beside min_level or max_level", "level")
        if data.get("min_level", 0) > data.get("max_level", LogLevel.CRITICAL):
            raise ValidationError("must not be below min_level", "max_level")

    @post_load
    def _made(self, data: dict[str, Any], **kwargs: Any) -> Rule:
        least, most = data.get("min_level", 0), data.get("max_level", LogLevel.CRITICAL)
        between = frozenset(level for level in LogLevel if least <= level <= most)
        return Rule(
            data["stream"],
            data.get("service", ()),
            data.get("level", between),
            data.get("metadata", {}),
        )


def _life(name: str, value: Any) -> dict[str, Any]:
    if not is_stream_name(name):
        raise ValueError(
            "no stream can be named so: lower-case letters, digits and _, a letter first, at most 63"
        )
    # A stream of which nothing is said but its name.
    loaded: dict[str, Any] = _LifeSchema().load({} if value is None else value)
    return loaded


class PoliciesSchema(_Strict):
    """The whole file; loads as ``Policies``."""

    streams = _Named(_life, required=True)
    rules = fields.List(
        _nested(_RuleSchema), error_messages={"invalid": "must be a list", "null": EMPTY}
    )
    max_bytes = _Parsed(parse_size)

    @validates_schema(skip_on_field_errors=True)
    def _streams_are_there(self, data: dict[str, Any], **kwargs: Any) -> None:
        streams = data["streams"]
        if DEFAULT_STREAM not in streams:
            raise ValidationError(f"must have {DEFAULT_STREAM}", "streams")
        known = {*streams, IMPORTED_STREAM}
        wrong = {
            at: {"stream": [f"{rule.stream} is none of streams: {', '.join(sorted(known))}"]}
            for at, rule in enumerate(data.get("rules", ()))
            if rule.stream not in known
        }
        if wrong:
            raise ValidationError({"rules": wrong})

    @post_load
    def _made(self, data: dict[str, Any], **kwargs: Any) -> Policies:
        lives = {name: Life(**said) for name, said in data["streams"].items()}
        lives[IMPORTED_STREAM] = _imported(data["streams"].get(IMPORTED_STREAM), lives)
        return Policies(lives, tuple(data.get("rules", ())), data.get("max_bytes"))


def _imported(said: dict[str, Any] | None, lives: dict[str, Life]) -> Life:
    # Old files: by their own times they would be due at once, and would make an index a day.
    if said is None:
        return replace(lives[DEFAULT_STREAM], period="year", counts_from="arrival")
    return Life(**{"period": "year", "counts_from": "arrival", **said})
