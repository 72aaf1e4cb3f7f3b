"""Which format a file has, from its first lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.protocols.lines import multiline
from app.protocols.lines.calendars import Calendar
from app.protocols.lines.context import Context, date_order
from app.protocols.lines.formats import GENERIC, PLAIN, all_formats
from app.protocols.lines.generic import Generic
from app.protocols.lines.layout import Format
from app.protocols.lines.level_first import LevelFirst
from app.protocols.lines.w3c import columns_of

#: Lines that are looked at.
SAMPLE_LINES = 500
#: With fewer lines than this, a format that was not seen may still turn up.
_FEW = 50
#: A format of the table is preferred to the fallback from this share of the lines on ...
_ENOUGH = 0.3
#: ... and to another one of the table that comes after it, if it reads this share of its lines.
_AS_GOOD = 0.9


@dataclass(frozen=True, slots=True)
class Detection:
    """What a file was found to be.

    Attributes:
        name: of the format of most lines.
        formats: those to try for a line, the likeliest first; none for plain text.
        share: of the lines looked at that have the format, 0 to 1.
    """

    name: str
    formats: tuple[Format, ...]
    share: float


def detect(lines: Sequence[str], wanted: str | None = None) -> Detection:
    """The format of a file that starts with ``lines``; ``wanted`` names it instead."""
    heads = [line for line in lines[:SAMPLE_LINES] if _is_head(line)]
    formats = all_formats()
    if wanted == PLAIN:
        return Detection(PLAIN, (), 1.0)
    context = sample_context(lines)
    counts: Counter[str] = Counter()
    for line in heads:
        if columns := columns_of(line):
            context.columns = columns
            counts["w3c"] += 1
            continue
        for candidate in formats:
            if candidate.parse(line, context) is not None:
                counts[candidate.name] += 1
    share = {name: count / len(heads) for name, count in counts.items()}
    if wanted is not None:
        # `syslog` is both of its standards.
        chosen = tuple(
            each for each in formats if each.name == wanted or each.name.startswith(f"{wanted}-")
        )
        return Detection(wanted, chosen, share.get(wanted, 0.0))
    name = _choose(formats, share)
    seen = [each for each in formats if each.name != name and each.name in share]
    others = seen + [each for each in formats if each.name != name and each.name not in share]
    if len(heads) >= _FEW:
        others = seen
    if name == PLAIN:
        others = [each for each in others if each.name != GENERIC]
        others.append(Generic(farthest=1))
    first = [each for each in formats if each.name == name]
    return Detection(name, (*first, *others), share.get(name, 1.0))


def sample_context(lines: Sequence[str]) -> Context:
    """A context for a look at ``lines`` that leaves the file's own untouched."""
    return Context(Calendar(year=2024, day=719_163, order=date_order(list(lines))))


def _choose(formats: Sequence[Format], share: dict[str, float]) -> str:
    fallbacks = (GENERIC, LevelFirst.name)
    table = [each.name for each in formats if each.name not in fallbacks]
    best = max((share.get(name, 0.0) for name in table), default=0.0)
    if best >= _ENOUGH and best >= share.get(GENERIC, 0.0) / 2:
        return next(name for name in table if share.get(name, 0.0) >= best * _AS_GOOD)
    return next((name for name in fallbacks if share.get(name, 0.0) >= _ENOUGH), PLAIN)


def _is_head(line: str) -> bool:
    text = line.strip()
    return bool(text) and (not multiline.goes_on(line, "") or multiline.may_start_a_record(line))
