"""First step: a record that cannot be stored whole and found again is rejected with the reason.

Every record passes here, so the usual one is recognised first, by cheap signs that leave no doubt: text
in ASCII, names and keys that were found good before. What lacks a sign is checked rule by rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.domain import draft as limits
from app.domain import metadata as meta
from app.domain.draft import Draft
from app.domain.entry import MAX_ID_BYTES
from app.domain.errors import InvalidRecordError
from app.domain.instants import MAX_INSTANT, MIN_INSTANT
from app.domain.metadata import JsonValue
from app.domain.outcomes import Outcome
from app.services.pipeline.chain import Step, StepResult

#: An object or array within metadata, with its path and its depth.
_Inner: TypeAlias = tuple[str, Mapping[str, JsonValue] | Sequence[JsonValue], int]

#: Names of services that were found good, and keys, with their bytes: the same few come again in every
#: record. No `lru_cache`, as its call would cost more than all else that is done for a key.
_known_services: set[str] = set()
_known_keys: dict[str, int] = {}
_MOST_KNOWN = 4_096
_REFERENCE = limits.MAX_REFERENCE_LENGTH
_NUMBERS = (int, float)
_LONG_PATH = f"keys joined by dots must have at most {meta.MAX_PATH_LENGTH} characters"
_LONG_MESSAGE = f"must have at most {limits.MAX_MESSAGE_BYTES} bytes"
_DEEP_METADATA = f"must nest at most {meta.MAX_DEPTH} deep"
_LARGE_METADATA = f"must have at most {limits.MAX_METADATA_BYTES} bytes"
#: Numbers below this fit a double beyond doubt; NaN is not below it.
_LARGE = 1e300


@dataclass(frozen=True, slots=True)
class RecordLimits:
    """What an operator lets one record have.

    Attributes:
        bytes: message and metadata together.
        metadata_fields: keys of the metadata, at every depth.
    """

    bytes: int = limits.MAX_MESSAGE_BYTES + limits.MAX_METADATA_BYTES
    metadata_fields: int = 1_000


def validation(most: RecordLimits) -> Step:
    """The step that lets records of at most ``most`` pass unchanged and rejects all others."""

    def step(draft: Draft) -> StepResult:
        try:
            if not _is_usual(draft, most):
                check(draft, most)
        except InvalidRecordError as error:
            return Outcome.rejected(error.reason, field=error.field, id=draft.id, rule=error.rule)
        return draft

    return step


#: The step with the limits that hold where nothing is set.
validate = validation(RecordLimits())


def check(draft: Draft, most: RecordLimits) -> None:
    """Every rule, one after the other.

    Raises:
        InvalidRecordError: the first that ``draft`` breaks.
    """
    service, message, name, instant = draft.service, draft.message, draft.id, draft.instant
    if not 1 <= len(service) <= limits.MAX_SERVICE_LENGTH or service.isspace():
        raise InvalidRecordError(
            "service", f"must have 1 to {limits.MAX_SERVICE_LENGTH} characters"
        )
    if limits.CONTROL_CHARACTERS.search(service):
        raise InvalidRecordError("service", "must not hold control characters")
    if not message:
        raise InvalidRecordError("message", "must not be empty")
    size = _byte_length("message", message)
    if size > limits.MAX_MESSAGE_BYTES:
        raise InvalidRecordError("message", _LONG_MESSAGE, limits.MAX_RECORD_BYTES)
    if name is not None and not 1 <= _byte_length("id", name) <= MAX_ID_BYTES:
        raise InvalidRecordError("id", f"must have 1 to {MAX_ID_BYTES} bytes")
    _byte_length("service", service)
    _remember_service(service)
    _check_reference("correlation_id", draft.correlation_id)
    _check_reference("trace_id", draft.trace_id)
    _check_reference("span_id", draft.span_id)
    if draft.source_ip is not None and "%" in draft.source_ip:
        raise InvalidRecordError("source_ip", "must not carry a zone such as %eth0")
    if instant is not None and not MIN_INSTANT <= instant <= MAX_INSTANT:
        raise InvalidRecordError("timestamp", "must lie between 1970-01-01 and 2262-04-11 (UTC)")
    _check_metadata(draft.metadata, size, most)


def _is_usual(draft: Draft, most: RecordLimits) -> bool:
    """Whether ``check`` passes beyond doubt; in one piece, as every call costs a tenth of it."""
    message, name, address, instant = draft.message, draft.id, draft.source_ip, draft.instant
    correlation, trace, span = draft.correlation_id, draft.trace_id, draft.span_id
    if not (
        draft.service in _known_services
        and (message.isascii() and 0 < len(message) <= limits.MAX_MESSAGE_BYTES)
        and (name is None or (name.isascii() and 0 < len(name) <= MAX_ID_BYTES))
        and (correlation is None or (correlation.isascii() and 0 < len(correlation) <= _REFERENCE))
        and (trace is None or (trace.isascii() and 0 < len(trace) <= _REFERENCE))
        and (span is None or (span.isascii() and 0 < len(span) <= _REFERENCE))
        and (address is None or "%" not in address)
        and (instant is None or MIN_INSTANT <= instant <= MAX_INSTANT)
    ):
        return False
    size = len(message)
    # Any: what `kind` tells is lost on the type checker.
    metadata: Mapping[str, Any] = draft.metadata
    if len(metadata) > most.metadata_fields:
        return False
    try:
        for key, value in metadata.items():
            kind = type(value)
            if kind is str:
                if not value.isascii():
                    return False
                size += _known_keys[key] + len(value)
            elif kind is bool or ((kind is int or kind is float) and -_LARGE < value < _LARGE):
                size += _known_keys[key] + 8
            elif value is None:
                size += _known_keys[key]
            else:
                return False
    except KeyError:
        return False
    return size <= most.bytes and size - len(message) <= limits.MAX_METADATA_BYTES


def _remember_service(service: str) -> None:
    if len(_known_services) >= _MOST_KNOWN:
        _known_services.clear()
    _known_services.add(service)


def _check_reference(field: str, text: str | None) -> None:
    if text is None:
        return
    _byte_length(field, text)
    if not 1 <= len(text) <= limits.MAX_REFERENCE_LENGTH:
        reason = f"must have 1 to {limits.MAX_REFERENCE_LENGTH} characters"
        raise InvalidRecordError(field, reason)


def _byte_length(field: str, text: str) -> int:
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidRecordError(field, "must be valid Unicode, without lone surrogates") from None


def _check_metadata(
    metadata: Mapping[str, JsonValue], message_bytes: int, most: RecordLimits
) -> None:
    size = fields = 0
    pending: list[_Inner] = [("", metadata, 0)]
    while pending:
        path, inner, depth = pending.pop()
        if depth >= meta.MAX_DEPTH:
            raise InvalidRecordError("metadata", _DEEP_METADATA, limits.MAX_NESTING)
        if isinstance(inner, Mapping):
            fields += len(inner)
            if fields > most.metadata_fields:
                reason = (
                    f"must have at most {most.metadata_fields} keys (LOGFEED_MAX_METADATA_FIELDS)"
                )
                raise InvalidRecordError("metadata", reason, limits.MAX_METADATA_FIELDS)
            for key, value in inner.items():
                size += _key_size(key)
                below = f"{path}.{key}" if path else key
                if len(below) > meta.MAX_PATH_LENGTH:
                    raise InvalidRecordError("metadata", _LONG_PATH)
                size += _value_size(below, value, depth + 1, pending)
        else:
            size += len(inner)
            for value in inner:
                size += _value_size(path, value, depth + 1, pending)
        if size > limits.MAX_METADATA_BYTES:
            raise InvalidRecordError("metadata", _LARGE_METADATA, limits.MAX_RECORD_BYTES)
    if message_bytes + size > most.bytes:
        field = "message" if message_bytes > size else "metadata"
        reason = (
            f"message and metadata must have at most {most.bytes} bytes together "
            "(LOGFEED_MAX_RECORD_BYTES)"
        )
        raise InvalidRecordError(field, reason, limits.MAX_RECORD_BYTES)


def _key_size(key: str) -> int:
    if not isinstance(key, str):
        raise InvalidRecordError("metadata", "keys must be text")
    # What Elasticsearch's flattened field refuses in a key.
    if not key or "\0" in key:
        raise InvalidRecordError("metadata", "keys must not be empty or hold a NUL character")
    size = _byte_length("metadata", key)
    if len(key) <= meta.MAX_PATH_LENGTH:
        if len(_known_keys) >= _MOST_KNOWN:
            _known_keys.clear()
        _known_keys[key] = size
    return size


def _value_size(path: str, value: JsonValue, depth: int, pending: list[_Inner]) -> int:
    """Bytes of a scalar; what is inside of an object or array is left in ``pending``."""
    if isinstance(value, _NUMBERS):
        if meta.to_double(value) is None:
            raise InvalidRecordError(f"metadata.{path}", "numbers must be finite and fit a double")
        return 8
    if isinstance(value, str):
        return _byte_length(f"metadata.{path}", value)
    if isinstance(value, Mapping | Sequence) and not isinstance(value, bytes | bytearray):
        pending.append((path, value, depth))
    elif value is not None:
        raise InvalidRecordError(
            f"metadata.{path}", f"must be JSON, which a {type(value).__name__} is not"
        )
    return 0
