"""How findings say figures and lists."""

from collections.abc import Sequence, Sized

#: Names that one line tells.
_NAMED = 3


def clip(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def several(things: Sized, name: str) -> str:
    """``1 node``, ``3 nodes``."""
    return count(len(things), name)


def count(number: int, name: str) -> str:
    """``1 record``, ``3,000 records``."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Bytes in the unit that suits."""
    amount = float(number)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1_024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1_024
    return f"{amount:.1f} TB"


def lasting(seconds: float) -> str:
    """A length of time in its largest unit."""
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
