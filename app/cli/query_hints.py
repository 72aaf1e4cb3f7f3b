"""What may help somebody who found nothing: WORDS that were meant as a query, above all."""

import re
import shlex
from collections.abc import Mapping

import click
from click.core import ParameterSource

from app.domain.errors import InvalidQueryError
from app.domain.filters import CompositeFilter, KeywordFilter
from app.domain.words import words
from app.protocols.query_language import parse_text
from app.wiring.clock import system_clock

#: As the values of a field begin in a query; not an address such as http://here or C:\here.
_NAMED = re.compile(r"(?:^|[\s(+!-])[A-Za-z_@][\w.@-]+:(?!//)\S")
_PHRASE = re.compile(r'"[^"]*"')
_SMALL_OPERATOR = re.compile(r"(?<![^\s(])(?:and|or|not)(?![^\s)])")


def say_what_may_help(parameters: Mapping[str, str]) -> None:
    """Tell the person who asked for ``parameters`` of the API, and found nothing, what else to ask."""
    text, query = parameters.get("keyword", ""), parameters.get("q", "")
    if hint := _on_words(text, query) if text else _on_query(query):
        click.echo(hint, err=True)


def _on_words(text: str, query: str) -> str | None:
    said = f"{text} was looked for as words of the message"
    try:
        is_query = _means_more(text)
    except InvalidQueryError as error:
        if _NAMED.search(text) is None:
            return None
        return f"{said}; -q takes queries, but as one it has a mistake {error.reason}"
    if not is_query:
        return None
    # What stands side by side in a query binds least, so both hold as they are.
    return f"{said}; as a query: {_command(f'{query} {text}'.strip())}"


def _on_query(query: str) -> str | None:
    if _SMALL_OPERATOR.search(_PHRASE.sub("", query)) is None:
        return None
    return "and, or and not are words of the message; what joins terms is AND, OR, NOT"


def _means_more(text: str) -> bool:
    """Whether ``text`` asks for something else as a query than some words in a row, or anywhere.

    Raises:
        InvalidQueryError: it is no query.
    """
    match parse_text(text, system_clock()):
        case KeywordFilter(phrase):
            return words(phrase) != words(text)
        case CompositeFilter(parts):
            return parts != tuple(map(KeywordFilter, text.split()))
        case _:
            return True


def _command(query: str) -> str:
    """The command that is running, with ``query`` instead of its words."""
    context = click.get_current_context()
    parts = ["-q", query]
    for option in context.command.params:
        name = option.name or ""
        value = context.params.get(name)
        is_given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not isinstance(option, click.Option) or not is_given or value is None or name == "q":
            continue
        parts.append(max(option.opts, key=len))
        if not option.is_flag:
            parts.append(str(value))
    return f"{context.command_path} {shlex.join(parts)}"
