"""First step: a record that cannot be stored whole and found again is rejected with the reason.

Every record passes here, so what is usual is asked first: text in ASCII, keys that were seen before.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from app.domain import draft as limits
from app.domain import metadata as meta
from app.domain.draft import Draft
from app.domain.entry import MAX_ID_BYTES
from app.domain.errors import InvalidRecordError
from app.domain.instants import MAX_INSTANT, MIN_INSTANT
from app.domain.metadata import JsonValue
from app.domain.outcomes import Outcome
from app.services.pipeline.chain import StepResult

#: An object or array within metadata, with its path and its depth.
_Inner: TypeAlias = tuple[str, Mapping[str, JsonValue] | Sequence[JsonValue], int]


def validate(draft: Draft) -> StepResult:
    """``draft`` unchanged, or rejected."""
    try:
        _check(draft)
    except InvalidRecordError as error:
        return Outcome.rejected(error.reason, field=error.field, id=draft.id)
    return draft


def _check(draft: Draft) -> None:
    service, message, name, instant = draft.service, draft.message, draft.id, draft.instant
    if service not in _known_services:
        _check_service(service)
    if not message:
        raise InvalidRecordError("message", "must not be empty")
    size = len(message) if message.isascii() else _byte_length("message", message)
    if size > limits.MAX_MESSAGE_BYTES:
        raise InvalidRecordError("message", f"must have at most {limits.MAX_MESSAGE_BYTES} bytes")
    if name is not None:
        size = len(name) if name.isascii() else _byte_length("id", name)
        if not 1 <= size <= MAX_ID_BYTES:
            raise InvalidRecordError("id", f"must have 1 to {MAX_ID_BYTES} bytes")
    if draft.correlation_id is not None:
        _check_reference("correlation_id", draft.correlation_id)
    if draft.trace_id is not None:
        _check_reference("trace_id", draft.trace_id)
    if draft.span_id is not None:
        _check_reference("span_id", draft.span_id)
    if draft.source_ip is not None and "%" in draft.source_ip:
        raise InvalidRecordError("source_ip", "must not carry a zone such as %eth0")
    if instant is not None and not MIN_INSTANT <= instant <= MAX_INSTANT:
        raise InvalidRecordError("timestamp", "must lie between 1970-01-01 and 2262-04-11 (UTC)")
    if draft.metadata:
        _check_metadata(draft.metadata)


def _check_service(service: str) -> None:
    if not 1 <= len(service) <= limits.MAX_SERVICE_LENGTH or service.isspace():
        raise InvalidRecordError(
            "service", f"must have 1 to {limits.MAX_SERVICE_LENGTH} characters"
        )
    _byte_length("service", service)
    if len(_known_services) >= _MOST_KNOWN_SERVICES:
        _known_services.clear()
    _known_services.add(service)


def _check_reference(field: str, text: str) -> None:
    if not text.isascii():
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


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    size = 0
    try:
        for key, value in metadata.items():
            size += _known_keys[key]
            kind = type(value)
            if kind is str and value.isascii():
                size += len(value)
            elif kind is bool or ((kind is int or kind is float) and -_LARGE < value < _LARGE):
                size += 8
            elif value is not None:
                raise KeyError  # noqa: TRY301 - what comes now is the same as for an unknown key
    except KeyError:
        _check_any_metadata(metadata)
    else:
        _check_size(size)


def _check_any_metadata(metadata: Mapping[str, JsonValue]) -> None:
    size = 0
    pending: list[_Inner] = [("", metadata, 0)]
    while pending:
        path, inner, depth = pending.pop()
        if depth >= meta.MAX_DEPTH:
            raise InvalidRecordError("metadata", f"must nest at most {meta.MAX_DEPTH} deep")
        if isinstance(inner, Mapping):
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
        _check_size(size)


def _check_size(size: int) -> None:
    if size > limits.MAX_METADATA_BYTES:
        raise InvalidRecordError("metadata", f"must have at most {limits.MAX_METADATA_BYTES} bytes")


_NUMBERS = (int, float)
#: Numbers below this fit a double beyond doubt; NaN is not below it.
_LARGE = 1e300
_LONG_PATH = f"keys joined by dots must have at most {meta.MAX_PATH_LENGTH} characters"
#: Keys that were found good, with their bytes: the same few come again in every record. No
#: `lru_cache`, as its call would cost more than all else that is done for a key.
_known_keys: dict[str, int] = {}
_MOST_KNOWN_KEYS = 4_096
#: Names of services that were found good.
_known_services: set[str] = set()
_MOST_KNOWN_SERVICES = 4_096


def _key_size(key: str) -> int:
    if not isinstance(key, str):
        raise InvalidRecordError("metadata", "keys must be text")
    # What Elasticsearch's flattened field refuses in a key.
    if not key or "\0" in key:
        raise InvalidRecordError("metadata", "keys must not be empty or hold a NUL character")
    size = _byte_length("metadata", key)
    if len(key) <= meta.MAX_PATH_LENGTH:
        if len(_known_keys) >= _MOST_KNOWN_KEYS:
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
