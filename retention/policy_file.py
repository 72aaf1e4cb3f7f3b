"""Reads ``policies.yml``."""

from pathlib import Path
from typing import Any, NamedTuple

from marshmallow import ValidationError

from retention.policy import Policies, PolicyError
from retention.policy_schema import EMPTY, UNKNOWN, PoliciesSchema
from retention.yaml_marks import Mark, Marked, YamlError, read_marked
from retention.yaml_marks import Path as Place

#: The policies that the product comes with.
DEFAULT_FILE = Path(__file__).with_name("policies.yml")

_MOST_BYTES = 1_048_576


class _Mistake(NamedTuple):
    mark: Mark
    text: str


def read_policies(file: Path = DEFAULT_FILE) -> Policies:
    """The policies in ``file``.

    Raises:
        PolicyError: it cannot be read or used; says the line of each mistake and what is allowed.
    """
    try:
        with file.open("rb") as source:
            text = source.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{file}: cannot be read: {error.strerror or error}") from None
    if len(text) > _MOST_BYTES:
        raise PolicyError(f"{file}: is larger than 1 MiB")
    return parse_policies(text, file.name)


def parse_policies(text: str | bytes, name: str = "policies.yml") -> Policies:
    """The policies in ``text``, which messages call ``name``.

    Raises:
        PolicyError: as above.
    """
    try:
        marked = read_marked(text)
    except YamlError as error:
        raise PolicyError(_said(name, error.mark, str(error))) from None
    try:
        loaded: Policies = PoliciesSchema().load(marked.value)
    except ValidationError as error:
        mistakes = sorted(_mistakes(error.messages, (), marked))
        raise PolicyError(*(_said(name, mark, text) for mark, text in mistakes)) from None
    return loaded


def _mistakes(messages: Any, path: Place, marked: Marked) -> list[_Mistake]:
    if isinstance(messages, dict):
        return [
            mistake
            for step, inner in messages.items()
            for mistake in _mistakes(inner, path if step == "_schema" else (*path, step), marked)
        ]
    texts = messages if isinstance(messages, list) else [messages]
    return [_mistake(str(text), path, marked) for text in texts]


def _mistake(text: str, path: Place, marked: Marked) -> _Mistake:
    # What is empty has its value nowhere, or where the next thing begins.
    is_of_key = text.startswith(UNKNOWN) or text == EMPTY
    mark = marked.place(path, of_key=is_of_key) or Mark(1, 1)
    return _Mistake(mark, f"{_dotted(path)}: {text}" if path else text)


def _dotted(path: Place) -> str:
    dotted = ""
    for step in path:
        # People count from 1.
        dotted += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return dotted.removeprefix(".")


def _said(name: str, mark: Mark | None, text: str) -> str:
    where = f", line {mark.line}, column {mark.column}" if mark else ""
    return f"{name}{where}: {text}"
