"""YAML that remembers where each of its values stands, so that a mistake can be told with its line."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml

#: The keys and list positions that lead to a value.
Path: TypeAlias = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_DEEPEST = 20
_CONSTRUCT = yaml.constructor.SafeConstructor()


class Mark(NamedTuple):
    """A place in the file, both counted from 1."""

    line: int
    column: int


class YamlError(ValueError):
    """Text that is no YAML of plain values; the text says what, ``mark`` where."""

    def __init__(self, text: str, mark: Mark | None) -> None:
        super().__init__(text)
        self.mark = mark


@dataclass
class Marked:
    """A document's plain value, with the places of all values and keys in it."""

    value: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)

    def place(self, path: Path, *, of_key: bool = False) -> Mark | None:
        """Where the value (or key) of ``path`` stands; of what is missing, where its parent does."""
        marks = self.keys if of_key else self.values
        for length in range(len(path), -1, -1):
            found = marks.get(path[:length]) or self.values.get(path[:length])
            if found:
                return found
        return None


def read_marked(text: str | bytes) -> Marked:
    """The one document in ``text``: mappings with text as keys, lists, and scalars.

    Raises:
        YamlError: a syntax error, a key twice, anchors, tags, or nothing at all.
    """
    marked = Marked()
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is None:
            raise YamlError("holds nothing; it must have streams with default", Mark(1, 1))
        marked.value = _plain(root, (), marked)
    except yaml.MarkedYAMLError as error:
        what = ", ".join(part for part in (error.problem, error.context) if part)
        mark = error.problem_mark or error.context_mark
        raise YamlError(f"is no YAML: {what}", _mark(mark) if mark else None) from None
    except yaml.YAMLError as error:
        raise YamlError(f"is no YAML: {' '.join(str(error).split())}", None) from None
    except UnicodeDecodeError:
        raise YamlError("is no text in UTF-8", None) from None
    return marked


class _Loader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        # Aliases can make a small file an endless one, and hide what a line means.
        if isinstance(event, yaml.AliasEvent):
            text = f"*{event.anchor}: anchors are not allowed; write it out"
            raise YamlError(text, _mark(event.start_mark))
        if self._depth > _DEEPEST:
            raise YamlError("is nested too deep", _mark(event.start_mark))
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _plain(node: yaml.Node, path: Path, marked: Marked) -> Any:
    # For what spans lines, the line that names it is the one to look at.
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    named = marked.keys.get(path) if is_block else None
    marked.values[path] = named or _mark(node.start_mark)
    match node:
        case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
            return _mapping(node, path, marked)
        case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
            return [_plain(item, (*path, at), marked) for at, item in enumerate(node.value)]
        case yaml.ScalarNode():
            return _scalar(node)
        case _:
            raise YamlError(f"{node.tag}: tags are not allowed", _mark(node.start_mark))


def _mapping(node: yaml.MappingNode, path: Path, marked: Marked) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = _mark(key_node.start_mark)
        key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            raise YamlError(f"{_dotted(path)}a key must be text; put it in quotes", mark)
        if key in plain:
            first = marked.keys[*path, key].line
            raise YamlError(f"{_dotted(path)}{key} is there twice, first in line {first}", mark)
        marked.keys[*path, key] = mark
        plain[key] = _plain(value_node, (*path, key), marked)
    return plain


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    kind = node.tag.removeprefix(_TAG)
    try:
        match kind:
            case "str" | "timestamp" | "value" | "merge":
                return str(node.value)
            case "int":
                return int(_CONSTRUCT.construct_yaml_int(node))
            case "float":
                return float(_CONSTRUCT.construct_yaml_float(node))
            case "bool":
                return bool(_CONSTRUCT.construct_yaml_bool(node))
            case "null":
                return None
            case _:
                pass
    except (ValueError, KeyError):
        pass
    raise YamlError(f"{node.value[:40]!r} is no value that can stand here", _mark(node.start_mark))


def _dotted(path: Path) -> str:
    return f"{'.'.join(str(step) for step in path)}: " if path else ""


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)
