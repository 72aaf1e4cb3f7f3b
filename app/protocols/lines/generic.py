"""Any line with a stamp at or near its start: the level and the component are looked for around it.

The head of such a line is a row of tokens: words, numbers and groups in brackets. A level in
capitals, or in brackets, is one wherever in the head it stands; a level in small letters only
directly after the stamp. What looks like prose ends the head.
"""

import re
from typing import Any

from app.protocols.lines.context import Context
from app.protocols.lines.json_lines import wrap
from app.protocols.lines.layout import compiled, set_level
from app.protocols.lines.level_words import ANY_CASE, CAPITALS, LETTER
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.payloads import read_payload

_MOST_TOKENS = 7
_TOKEN = re.compile(
    r"[\s,;|]*+(?:(?:-{1,3}|:{1,2}|>|=>|\*|--)(?=\s)\s*+)?"
    r"(?:\[(?P<square>(?:[^\[\]]|\[[^\[\]]*+\]){0,200}+)\]|\((?P<round>[^()]{0,200}+)\)"
    r"|<(?P<angle>[^<>]{0,200}+)>|\{(?P<curly>[^{}\"]{0,200}+)\}|(?P<word>[^\s\[\](){}<>|,;]{1,250}+))"
)
_CAPITALS = re.compile(rf"\W*({CAPITALS})\W*", re.ASCII)
_ANY_CASE = re.compile(rf"\W*({ANY_CASE})\W*", re.ASCII)
_LETTER = re.compile(rf"({LETTER}):?", re.ASCII)
#: ``core:error``, ``main/INFO``, ``INFO/Main-1``, ``app.ERROR:``, ``level=info``.
_COMPOUND = re.compile(
    r"(?:(?P<before>[\w.#$ -]{1,100}?)(?:[/:]|(?<=\w)\.(?=[A-Z])))?"
    rf"(?P<level>{ANY_CASE})(?:[/:](?P<after>[\w.#$-]{{1,100}}))?:?",
    re.ASCII,
)
#: Levels that are one even in small letters, without brackets or a colon.
_SMALL = re.compile(
    r"(?:trace|debug|info|notice|warn|warning|error|err|critical|crit|fatal)(?=\s)"
    r"|(?i:trace|debug|info|information|notice|warning|error|critical|fatal|verbose)(?=\s{2,}|\t)"
)
_BEFORE_COLON = re.compile(rf"({ANY_CASE})\s?[:|]", re.ASCII)
_PROSE = re.compile(r"[A-Z]?[a-z']{1,30}[.,!?]?")
_COMPONENT = compiled(
    r"\s*+(?:-{1,3}\s++)?%logger%(?::(?P<line>\d{1,9}))?(?:\((?P<detail>[^()]{0,100}+)\))?(?:\[(?P<pid>\d{1,10})\])?\s?(?::|-|\||\](?=.))(?:\s++|$)"
)
_SEPARATOR = re.compile(r"[\s,;]*+(?:(?:--?|=>|::?|[|*])(?=\s|$)\s*+)?\|?")
#: Levels that are mere words behind another word, as in ``SERVICE ALERT:``.
_RARELY_LEVELS = frozenset({"ALERT", "NOTE", "CONFIG", "FINE"})
#: A process id before a thread, and a thread before a logger.
_NUMBER_BEFORE = re.compile(r"\s*+(\d{1,10})(?= +(?:---|\[))(?: +---)?")
_ROUND_BEFORE = re.compile(r"\s*+\(([\w.-]{1,100})\)(?= +\[)")
_IDENTIFIER = re.compile(r"[A-Za-z_]")
_CLOSING = {"[": "]", "(": ")", "<": ">", "{": "}", '"': '"', "'": "'"}
_OPENING = "[({<\"' \t"


class Generic:
    """The fallback for logs whose layout is in no table.

    Args:
        farthest: characters that may stand before the stamp.
    """

    name = "generic"

    def __init__(self, farthest: int = 120) -> None:
        self._farthest = farthest

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where no stamp is near its start."""
        stamp = context.stamp(line)
        if stamp is None or stamp.start > self._farthest:
            return None
        metadata: dict[str, Any] = {}
        parsed = ParsedLine("", stamp.instant, metadata=metadata)
        before = line[: stamp.start].rstrip()
        if (text := before.strip(_OPENING)) and not _read_prefix(text, parsed):
            return None
        closing = _CLOSING.get(before[-1:], "")
        rest = _skip(line, stamp.end, closing)
        if rest > stamp.end and line[stamp.end] == closing:
            closing = ""
        if inner := read_payload(line[rest:], context):
            return wrap(inner, parsed)
        after_level = None if parsed.level is not None else _find_level(line, rest, parsed)
        start = rest if after_level is None else after_level
        parsed.message = _read_component(line, start, closing, parsed)
        if not parsed.message:
            parsed.message = line.strip()
        return parsed


def _read_prefix(text: str, parsed: ParsedLine) -> bool:
    """Take what stands before the stamp; False where it reads like a sentence."""
    words: list[str] = []
    at, prose = 0, 0
    while at < len(text) and (match := _TOKEN.match(text, at)):
        at = match.end()
        kind = match.lastgroup or "word"
        token = match[kind]
        level = _level_of(token, kind) or _small_level(text, match.start(kind))
        if level is None and _LETTER.fullmatch(token) and not words:
            level = token
        if level and parsed.level is None:
            set_level(parsed, level.rstrip(":"))
            continue
        prose += bool(_PROSE.fullmatch(token))
        if kind == "square" and token.strip() and "thread" not in parsed.metadata:
            parsed.metadata["thread"] = token.strip()
        elif token.strip(" -"):
            words.append(token)
    if len(words) > 4 or prose > 2:
        return False
    if words:
        parsed.metadata["prefix"] = " ".join(words)
    return True


def _find_level(line: str, start: int, parsed: ParsedLine) -> int | None:
    """Take the level and what stands before it; where the text after the level starts, if any."""
    at = start
    passed: list[tuple[str, str]] = []
    prose = 0
    for index in range(_MOST_TOKENS):
        match = _TOKEN.match(line, at)
        if match is None:
            return None
        kind = match.lastgroup or "word"
        token = match[kind]
        level = _level_of(token, kind)
        if level is None and kind == "word":
            if index == 0:
                level = _small_level(line, match.start(kind))
            elif before_colon := _BEFORE_COLON.match(line, match.start(kind)):
                level = before_colon[1]
            if (
                index <= 2
                and _LETTER.fullmatch(token)
                and all(text.isdigit() for _, text in passed)
            ):
                level = token
        if level is not None and not (index and kind == "word" and level.upper() in _RARELY_LEVELS):
            set_level(parsed, level.rstrip(":"))
            _keep(passed, token, parsed)
            return match.end()
        prose += kind == "word" and _PROSE.fullmatch(token) is not None
        if prose > 1:
            return None
        passed.append((kind, token))
        at = match.end()
    return None


def _small_level(line: str, at: int) -> str | None:
    match = _SMALL.match(line, at)
    return match[0] if match else None


def _level_of(token: str, kind: str) -> str | None:
    """The word in ``token`` that states a level, if one does."""
    if len(token) > 120:
        return None
    is_set_off = kind != "word" or token.endswith(":")
    match = (_ANY_CASE if is_set_off else _CAPITALS).fullmatch(token)
    if match is not None:
        return match[1]
    if is_set_off or "/" in token or ":" in token:
        compound = _COMPOUND.fullmatch(token)
        if compound is not None and (kind != "word" or compound["level"].isupper()):
            return compound["level"]
    return None


def _keep(passed: list[tuple[str, str]], token: str, parsed: ParsedLine) -> None:
    """Put the tokens before the level, and what is joined to it, into the metadata."""
    metadata = parsed.metadata
    if compound := _COMPOUND.fullmatch(token):
        for part in (compound["before"], compound["after"]):
            if part:
                metadata.setdefault("component", part.strip())
    others = []
    for kind, text in passed:
        word = text.strip().rstrip(":")
        if word.isdigit() and len(word) < 16 and "pid" not in metadata:
            metadata["pid"] = int(word)
        elif kind == "square" and word and "thread" not in metadata:
            metadata["thread"] = word
        elif kind == "word" and "logger" not in metadata and _IDENTIFIER.match(word):
            metadata["logger"] = word
        elif word:
            others.append(word)
    if others:
        metadata["context"] = " ".join(others)


def _read_component(line: str, start: int, closing: str, parsed: ParsedLine) -> str:
    """The message, after the groups in brackets and the component that may come before it."""
    metadata = parsed.metadata
    at = _skip(line, start, closing)
    for name in ("thread", "context", "detail"):
        if number := _NUMBER_BEFORE.match(line, at):
            metadata.setdefault("pid", int(number[1]))
            at = number.end()
        if (thread := _ROUND_BEFORE.match(line, at)) and "thread" not in metadata:
            metadata["thread"] = thread[1]
            at = thread.end()
            continue
        match = _TOKEN.match(line, at)
        if match is None or match.lastgroup not in ("square", "angle"):
            break
        text = match[match.lastgroup].strip()
        if not text or match.end() >= len(line.rstrip()):
            break
        if text.isdigit() and len(text) < 16 and "pid" not in metadata:
            metadata["pid"] = int(text)
        elif name in metadata:
            metadata[name] = f"{metadata[name]} {text}"
        else:
            metadata[name] = text
        at = match.end() + line.startswith(":", match.end())
    component = _COMPONENT.match(line, at)
    if component is not None and component.end() < len(line.rstrip()):
        is_name = parsed.level is not None or not _PROSE.fullmatch(component["logger"])
        if is_name and "logger" not in metadata:
            metadata["logger"] = component["logger"]
            for name in ("pid", "line"):
                if component[name]:
                    metadata.setdefault(name, int(component[name]))
            if component["detail"]:
                metadata.setdefault("detail", component["detail"])
            at = component.end()
    return line[_skip(line, at, closing) :].strip()


def _skip(line: str, at: int, closing: str) -> int:
    """Behind the bracket that the stamp was in, and what separates the parts of the head."""
    if closing and line.startswith(closing, at):
        at += 1
    separator = _SEPARATOR.match(line, at)
    return separator.end() if separator else at
