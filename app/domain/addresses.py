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
    if inet_ntoa(packed) != text:
        return ip_address(text)
    return IPv4Address(int.from_bytes(packed))


def to_text(address: IPv4Address | IPv6Address) -> str:
    """The text of ``address``."""
    if isinstance(address, IPv4Address):
        return inet_ntoa(int(address).to_bytes(4))
    return str(address)
