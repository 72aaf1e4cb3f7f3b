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
    try:
        packed = inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return ip_address(text)
    return IPv4Address(int.from_bytes(packed)) if inet_ntoa(packed) == text else ip_address(text)


def address_text(text: str) -> str:
    """The address that ``text`` spells, as ``str`` writes it; no object is made of a usual one.

    Raises:
        ValueError: it spells none.
    """
    try:
        if inet_ntoa(inet_pton(AF_INET, text)) == text:
            return text
    except (OSError, ValueError):
        pass
    return str(ip_address(text))
