"""IP addresses from text and back; version 4, the usual one, without ``ipaddress``'s own parser.

``ipaddress`` takes apart and puts together the text in Python, which costs a record more than any of
its other fields. The socket library does the same in C, but is the system's: what it reads counts only
if it writes it the same again.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, inet_ntoa, inet_pton


def to_address(text: str) -> IPv4Address | IPv6Address:
    """The address that ``text`` spells.

    Raises:
        ValueError: it spells none.
    """
    packed = _pack(text)
    return ip_address(text) if packed is None else IPv4Address(int.from_bytes(packed))


def address_text(text: str) -> str:
    """The address that ``text`` spells, as ``str`` writes an address.

    Raises:
        ValueError: it spells none.
    """
    # What the socket library writes the same again is written so already: no object in between.
    return text if _pack(text) is not None else str(ip_address(text))


def _pack(text: str) -> bytes | None:
    """The four bytes of an address of version 4 in its usual spelling; None for all else."""
    try:
        packed = inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return None
    return packed if inet_ntoa(packed) == text else None
