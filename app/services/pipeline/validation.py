"""First step: a record that cannot be stored whole and found again is rejected with the reason."""

from collections.abc import Mapping, Sequence

from app.domain import draft as limits
from app.domain import metadata as meta
from app.domain.draft import Draft
from app.domain.entry import MAX_ID_BYTES
from app.domain.errors import InvalidRecordError
from app.domain.instants import MAX_INSTANT, MIN_INSTANT
from app.domain.metadata import JsonValue
from app.domain.outcomes import Outcome
from app.services.pipeline.chain import StepResult


def validate(draft: Draft) -> StepResult:
    """``draft`` unchanged, or rejected."""
    try:
        _check_texts(draft)
        _check_instant(draft.instant)
        _check_metadata(draft.metadata)
    except InvalidRecordError as error:
        return Outcome.rejected(error.reason, field=error.field, id=draft.id)
    return draft


def _check_texts(draft: Draft) -> None:
    if not 1 <= len(draft.service) <= limits.MAX_SERVICE_LENGTH or not draft.service.strip():
        raise InvalidRecordError(
            "service", f"must have 1 to {limits.MAX_SERVICE_LENGTH} characters"
        )
    if not draft.message:
        raise InvalidRecordError("message", "must not be empty")
    if _byte_length("message", draft.message) > limits.MAX_MESSAGE_BYTES:
        raise InvalidRecordError("message", f"must have at most {limits.MAX_MESSAGE_BYTES} bytes")
    if draft.id is not None and not 1 <= _byte_length("id", draft.id) <= MAX_ID_BYTES:
        raise InvalidRecordError("id", f"must have 1 to {MAX_ID_BYTES} bytes")
    _byte_length("service", draft.service)
    for name in ("correlation_id", "trace_id", "span_id"):
        value = getattr(draft, name)
        if value is None:
            continue
        _byte_length(name, value)
        if not 1 <= len(value) <= limits.MAX_REFERENCE_LENGTH:
            reason = f"must have 1 to {limits.MAX_REFERENCE_LENGTH} characters"
            raise InvalidRecordError(name, reason)
    if getattr(draft.source_ip, "scope_id", None):
        raise InvalidRecordError("source_ip", "must not carry a zone such as %eth0")


def _byte_length(field: str, text: str) -> int:
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise InvalidRecordError(field, "must be valid Unicode, without lone surrogates") from None


def _check_instant(instant: int | None) -> None:
    if instant is not None and not MIN_INSTANT <= instant <= MAX_INSTANT:
        raise InvalidRecordError("timestamp", "must lie between 1970-01-01 and 2262-04-11 (UTC)")


def _check_metadata(metadata: Mapping[str, JsonValue]) -> None:
    size = 0
    pending: list[tuple[str, JsonValue, int]] = [("", metadata, 0)]
    while pending:
        path, value, depth = pending.pop()
        if isinstance(value, Mapping):
            if depth >= meta.MAX_DEPTH:
                raise InvalidRecordError("metadata", f"must nest at most {meta.MAX_DEPTH} deep")
            for key, item in value.items():
                _check_key(key)
                below = f"{path}.{key}" if path else key
                if len(below) > meta.MAX_PATH_LENGTH:
                    reason = (
                        f"keys joined by dots must have at most {meta.MAX_PATH_LENGTH} characters"
                    )
                    raise InvalidRecordError("metadata", reason)
                size += _byte_length("metadata", key)
                pending.append((below, item, depth + 1))
        elif isinstance(value, str):
            size += _byte_length(f"metadata.{path}", value)
        elif isinstance(value, int | float):
            size += 8
            if meta.to_double(value) is None:
                reason = "numbers must be finite and fit a double"
                raise InvalidRecordError(f"metadata.{path}", reason)
        elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            if depth >= meta.MAX_DEPTH:
                raise InvalidRecordError("metadata", f"must nest at most {meta.MAX_DEPTH} deep")
            size += len(value)
            pending.extend((path, item, depth + 1) for item in value)
        elif value is not None:
            raise InvalidRecordError(
                f"metadata.{path}", f"must be JSON, which a {type(value).__name__} is not"
            )
        if size > limits.MAX_METADATA_BYTES:
            raise InvalidRecordError(
                "metadata", f"must have at most {limits.MAX_METADATA_BYTES} bytes"
            )


def _check_key(key: str) -> None:
    if not isinstance(key, str):
        raise InvalidRecordError("metadata", "keys must be text")
    # What Elasticsearch's flattened field refuses in a key.
    if not key or "\0" in key:
        raise InvalidRecordError("metadata", "keys must not be empty or hold a NUL character")
