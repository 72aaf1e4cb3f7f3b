"""What a record is, as marshmallow says it: the authority for every door and for the API's document."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_load, validate

from app.domain import draft as limits
from app.domain import metadata as meta
from app.domain.draft import Draft, Malformed
from app.domain.levels import LogLevel
from app.protocols import levels, times


class LevelField(fields.Field[LogLevel]):
    """A severity in any of its usual spellings."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> LogLevel:
        level = levels.parse_level(value)
        if level is None:
            raise ValidationError(f"must be one of {levels.ALLOWED}")
        return level


class InstantField(fields.Field[int]):
    """A point in time, kept to the nanosecond."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str | int | float):
            raise ValidationError(f"must be {times.ALLOWED}")
        try:
            return times.parse_instant(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class AddressField(fields.IP):
    """An IPv4 or IPv6 address, as text, read as the text that ``Draft`` keeps."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("must be an IPv4 or IPv6 address")
        return str(super()._deserialize(value, attr, data, **kwargs))


class MetadataField(fields.Field[dict[str, Any]]):
    """Any JSON object."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("must be a JSON object")
        return value


def _text(longest: int, meaning: str, **options: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(1, longest, error="must have {min} to {max} characters"),
        error_messages={
            "invalid": "must be text",
            "null": "must be text",
            "required": "is missing",
        },
        metadata={"description": meaning},
        **options,
    )


class RecordSchema(Schema):
    """One record as a client sends it; loads into a ``Draft``."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow declares it on the instance
        "unknown": "is no field of a record; put it into metadata"
    }

    level = LevelField(
        required=True,
        error_messages={"required": "is missing", "null": "must not be null"},
        metadata={
            "type": "string",
            "enum": [level.name for level in LogLevel],
            "description": "Severity. Usual spellings (warn, err, fatal) and syslog numbers too.",
        },
    )
    service = _text(
        limits.MAX_SERVICE_LENGTH,
        "Who wrote the record. `service_name` is understood as well.",
        required=True,
    )
    message = _text(limits.MAX_MESSAGE_BYTES, "The text of the record.", required=True)
    id = _text(512, "A name of your own, unique; sending it twice stores once. Default: generated.")
    timestamp = InstantField(
        data_key="timestamp",
        attribute="instant",
        error_messages={"null": f"must be {times.ALLOWED}"},
        metadata={
            "type": ["string", "number"],
            "example": "2026-11-24T10:00:00.123456789Z",
            "description": "When it happened: RFC 3339 with an offset, or seconds, milliseconds, "
            "microseconds or nanoseconds since the epoch. Default: now.",
        },
    )
    metadata = MetadataField(
        error_messages={"null": "must be a JSON object"},
        metadata={
            "type": "object",
            "additionalProperties": True,
            "description": f"Anything else, at most {meta.MAX_DEPTH} levels deep.",
        },
    )
    source_ip = AddressField(
        error_messages={
            "null": "must be an IPv4 or IPv6 address",
            "invalid_ip": "must be an IPv4 or IPv6 address",
        },
        metadata={"description": "The address that the record is about or came from."},
    )
    correlation_id = _text(limits.MAX_REFERENCE_LENGTH, "Joins the records of one request.")
    trace_id = _text(limits.MAX_REFERENCE_LENGTH, "Trace id, as in OpenTelemetry.")
    span_id = _text(limits.MAX_REFERENCE_LENGTH, "Span id, as in OpenTelemetry.")

    @pre_load
    def _one_service_name(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict) or "service_name" not in data:
            return data
        renamed = dict(data)
        name = renamed.pop("service_name")
        if renamed.setdefault("service", name) != name:
            raise ValidationError("differs from service; send one of the two", "service_name")
        return renamed

    @post_load
    def _to_draft(self, data: dict[str, Any], **_: Any) -> Draft:
        return Draft(**data)


_SCHEMA = RecordSchema()


def to_draft(value: Any) -> Draft | Malformed:
    """The record that a decoded JSON value is, or why it is none."""
    if isinstance(value, Malformed):
        return value
    if not isinstance(value, dict):
        return Malformed("a record is a JSON object")
    try:
        draft: Draft = _SCHEMA.load(value)
    except ValidationError as error:
        messages = (
            error.messages if isinstance(error.messages, dict) else {"record": error.messages}
        )
        field, reason = _first(messages)
        own_id = value.get("id")
        told = own_id[: limits.LONGEST_NAME_TOLD] if isinstance(own_id, str) else None
        return Malformed(reason, field[: limits.LONGEST_NAME_TOLD], told, _limit(field, value))
    return draft


def _limit(field: str, record: dict[str, Any]) -> str | None:
    message = record.get("message")
    is_long = isinstance(message, str) and len(message) > limits.MAX_MESSAGE_BYTES
    return limits.MAX_RECORD_BYTES if field == "message" and is_long else None


def _first(messages: dict[str, Any]) -> tuple[str, str]:
    """The fault to name, that of a known field before that of an unknown one."""
    for name in (*RecordSchema._declared_fields, *sorted(messages)):  # noqa: SLF001
        if name in messages:
            reasons = messages[name]
            return name, " ".join(reasons) if isinstance(reasons, list) else str(reasons)
    raise AssertionError("a validation error without a message")
