"""Why Elasticsearch refuses a record, in its own words but without the record's.

Its texts repeat the value that does not fit, however long it is, and sometimes all of the record: what
must not be in a log would be in an answer and in the dead letters once more. The values stand in quotes,
brackets or parentheses, so whatever stands there is cut out, but for the names of fields and types where
the wording leaves no doubt that they are some.
"""

import re
from collections.abc import Mapping
from typing import Any

_CLOSING = {"[": "]", "(": ")", '"': '"', "'": "'"}
_OPENING = re.compile(r"""[\[("]|(?<!\w)'""")
_NAME = r"[\w.@-]{1,200}"
_HARMLESS = re.compile(
    rf"""(?<=failed[ ]to[ ]parse[ ]field[ ])\[{_NAME}\][ ]of[ ]type[ ]\[\w+\]
    | (?<=object[ ]mapping[ ]for[ ])\[{_NAME}\][ ]tried[ ]to[ ]parse[ ]field[ ]\[{_NAME}\]
    | (?<=dynamic[ ]introduction[ ]of[ ])\[{_NAME}\][ ]within[ ]\[{_NAME}\]
    | (?<=^index[ ])\[{_NAME}\][ ]blocked[ ]by:[ ]\[[A-Z_]+/\d+/[^][]+\]
    | (?<=immense[ ]term[ ]in[ ]field=)"{_NAME}"
    | (?:(?<=^)|(?<=_exception:[ ])|(?<=failed[ ]to[ ]parse:[ ]))\[\d+:\d+\]""",
    re.VERBOSE,
)
#: The id and, after it, the value, as long as it is; both stand in quotes, but hold any themselves.
_ID_AND_VALUE = re.compile(r" in document with id .*", re.DOTALL)
_TYPE = re.compile(r"(?:Elasticsearch: )?(?:\d{3} )?(\w+_exception|undecodable_message)\b")


def explain_item(failure: Mapping[str, Any]) -> str:
    """The type and the reasons of a bulk item's ``error``, without values."""
    cause = failure.get("caused_by") or {}
    parts = [failure.get("reason"), cause.get("reason")]
    reasons = ": ".join(without_values(str(part)) for part in parts if part)
    return ": ".join(part for part in (failure.get("type"), reasons) if part) or "no reason given"


def error_type(reason: str) -> str:
    """The type that ``reason``, as ``explain_item`` or a refused request tells it, begins with."""
    match = _TYPE.match(reason)
    return match[1] if match else ""


def without_values(text: str) -> str:
    """``text`` without what it quotes.

    A value may hold brackets and quotes of its own: what is cut reaches to the last of its kind.
    """
    text = _ID_AND_VALUE.sub("", text)
    kept: list[str] = []
    at = 0
    while opening := _OPENING.search(text, at):
        if harmless := _HARMLESS.match(text, opening.start()):
            kept.append(text[at : harmless.end()])
            at = harmless.end()
            continue
        closing = _CLOSING[opening.group()]
        end = text.rfind(closing, opening.end())
        kept += [text[at : opening.end()], "…", closing]
        at = end + 1 if end >= 0 else len(text)
    return "".join([*kept, text[at:]])
