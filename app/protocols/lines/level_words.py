"""The words and letters by which log lines state a level."""

from functools import lru_cache

from app.domain.levels import LogLevel
from app.protocols.levels import parse_level

#: Spellings of lines only, each with the one that every door understands.
_OF_LINES = {
    "inf": "info",
    "ftl": "fatal",
    "vrb": "verbose",
    "trc": "trace",
    "ntc": "notice",
    "note": "notice",
    "eror": "error",
    "warni": "warning",
    "infor": "info",
    "crtcl": "critical",
    "catastrophic": "critical",
    "a": "fatal",
    **{f"debug{number}": "debug" for number in range(1, 6)},
    **{f"d{number}": "debug" for number in range(1, 6)},
    **{f"trace{number}": "trace" for number in range(1, 9)},
}
#: Spellings that say no more than the name of the level.
_SAME = frozenset(
    [
        "debug",
        "dbg",
        "info",
        "inf",
        "i",
        "warning",
        "warn",
        "wrn",
        "w",
        "error",
        "err",
        "e",
        "critical",
        "crit",
        "d",
    ]
)

_LONG = (
    "TRACE|TRC|DEBUG[1-5]?|DBG|VERBOSE|VRB|FINEST|FINER|FINE|CONFIG|INFORMATION|INFO|INF|NOTICE|NOTE"
    "|WARNING|WARN|WRN|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|FTL|ALERT|EMERGENCY|EMERG|PANIC|DPANIC"
)
#: A level in capitals, which is one wherever it stands alone.
CAPITALS = rf"(?:{_LONG})"
#: A level in any case; in free text these are mere words.
ANY_CASE = rf"(?i:{_LONG})"
#: One letter, as Android, glog and MongoDB write it.
LETTER = "[VDIWEFCTN]"


@lru_cache(512)
def read_level(word: str) -> LogLevel | None:
    """The level that ``word`` states in a log line, or None."""
    name = word.strip().lower()
    return parse_level(_OF_LINES.get(name, name))


def is_plain_spelling(word: str) -> bool:
    """Whether the level's own name says all that ``word`` said."""
    return word.strip().lower() in _SAME


def status_level(status: int) -> LogLevel:
    """The level of an HTTP status: 5xx is an error of ours, 4xx one of the client's."""
    if status >= 500:
        return LogLevel.ERROR
    return LogLevel.WARNING if status >= 400 else LogLevel.INFO
