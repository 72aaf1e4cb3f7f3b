"""Which source addresses lie in a network."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.filters import NetworkFilter
from app.domain.matching import matches
from tests.builders import entry


@pytest.mark.parametrize(
    ("network", "address", "is_match"),
    [
        ("10.0.0.0/8", "10.255.255.255", True),
        ("10.0.0.0/8", "11.0.0.0", False),
        ("10.0.0.7", "10.0.0.7", True),
        ("10.0.0.7", "10.0.0.8", False),
        ("0.0.0.0/0", "255.255.255.255", True),
        ("2001:db8::/32", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("::1", "::1", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("::ffff:10.0.0.0/104", "10.1.2.3", True),
        ("::ffff:10.0.0.0/104", "11.1.2.3", False),
        ("::/0", "10.1.2.3", True),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("0.0.0.0/0", "::1", False),
    ],
)
def test_an_address_lies_in_a_network(network: str, address: str, is_match: bool) -> None:
    assert matches(NetworkFilter.of(network), entry(source_ip=address)) is is_match


def test_a_record_without_an_address_lies_in_no_network() -> None:
    assert not matches(NetworkFilter.of("::/0"), entry())


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_an_ipv4_network_holds_what_the_standard_library_says(
    first: int, second: int, prefix: int
) -> None:
    network = IPv4Network((first, prefix), strict=False)
    near = IPv4Address(first ^ (second >> prefix))

    for address in (near, IPv4Address(second)):
        is_inside = matches(NetworkFilter(network), entry(source_ip=str(address)))
        assert is_inside is (address in network)
