"""Lines of OpenTelemetry's file exporter: a whole export of records as one JSON object."""

from typing import Any

import orjson

from app.protocols.lines.context import Context
from app.protocols.lines.named_values import read_named_values
from app.protocols.lines.parsed import ParsedLine


def read_export(value: dict[str, Any], context: Context) -> ParsedLine | None:
    """The records of ``{"resourceLogs": [...]}``, the first with the others in ``more``."""
    records: list[ParsedLine] = []
    for resource_logs in _list(value.get("resourceLogs")):
        resource = _attributes(_dict(resource_logs.get("resource")).get("attributes"))
        for scope_logs in _list(resource_logs.get("scopeLogs")):
            scope = _dict(scope_logs.get("scope")).get("name")
            records.extend(
                _record(record, resource, scope, context)
                for record in _list(scope_logs.get("logRecords"))
            )
    if not records:
        return None
    first, *others = records
    first.more = others
    return first


def _record(
    record: dict[str, Any], resource: dict[str, Any], scope: Any, context: Context
) -> ParsedLine:
    values = dict(record)
    values["body"] = _value(record.get("body"))
    if not isinstance(values["body"], str) and values["body"] is not None:
        values["data"] = values["body"]
        values["body"] = orjson.dumps(values["body"]).decode()
    values["attributes"] = _attributes(record.get("attributes"))
    parsed = read_named_values({**values, "service": resource.get("service.name")}, context)
    parsed.metadata = {
        key: item for key, item in parsed.metadata.items() if item not in (None, "", {}, [])
    }
    if others := {key: item for key, item in resource.items() if key != "service.name"}:
        parsed.metadata["resource"] = others
    if scope:
        parsed.metadata["logger"] = scope
    parsed.message = parsed.message or "-"
    return parsed


def _value(value: Any) -> Any:
    """A value of OpenTelemetry's JSON form, ``{"stringValue": "..."}``, as plain JSON."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((kind, item),) = value.items()
    if kind == "kvlistValue":
        return _attributes(_dict(item).get("values"))
    if kind == "arrayValue":
        return [_value(each) for each in _dict(item).get("values") or []]
    if kind == "intValue" and isinstance(item, str) and item.lstrip("-").isdigit():
        return int(item)
    return item if kind.endswith("Value") else value


def _attributes(pairs: Any) -> dict[str, Any]:
    return {str(pair["key"]): _value(pair.get("value")) for pair in _list(pairs) if "key" in pair}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
