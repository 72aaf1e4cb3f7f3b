"""The tag of a syslog line: who wrote it, as which process, in which module."""

import re
from typing import Any

_NAME = r"[^\s:\[\](){}\"',;=<>]{1,128}"
#: ``name``, ``name(module)``, ``name[pid]``, ``Name With Spaces[pid]``, ``syslogd 1.4.1``,
#: ``name[pid] (other[pid])`` and ``name[pid] <Level>``, each before a colon.
_TAG = re.compile(
    rf"\s*(?P<tag>(?:-- )?(?!\d+:|%){_NAME}(?:(?: {_NAME}){{1,4}}(?=\[\d))?)"
    r"(?:\((?P<module>[^()]{1,64})\))?(?:\[(?P<pid>\d{1,19})\])?"
    r"(?:(?<!\]) (?P<version>\d[\w.]{0,30}))?(?: \(?\[?(?P<sub>[\w.-]{1,128}(?:\[\d{1,10}\])?)\]?\))?"
    r"(?: <(?P<level>\w{1,20})>)?:(?: |$)",
    re.ASCII,
)


def split_tag(text: str) -> tuple[str | None, str, dict[str, Any]]:
    """Service, message and metadata of what follows the host; the service is None without a tag."""
    match = _TAG.match(text)
    if match is None:
        return None, text.strip(), {}
    tag, module, pid, version, sub, level = match.groups()
    metadata: dict[str, Any] = {}
    if module:
        metadata["module"] = module
    if pid:
        metadata["pid"] = int(pid)
    if version:
        metadata["version"] = version
    if sub:
        metadata["component"] = sub
    if level:
        metadata["severity_text"] = level
    tag = tag.removeprefix("-- ")
    if tag.startswith("/") and (name := tag.rpartition("/")[2]):
        metadata["program"], tag = tag, name
    return tag, text[match.end() :].strip() or text.strip(), metadata
