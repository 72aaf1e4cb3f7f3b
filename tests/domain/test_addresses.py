"""Addresses: what ``ipaddress`` reads and writes, only sooner."""

from collections.abc import Callable
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import address_text, to_address

UGLY = [
    *[
        "",
        " ",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.-4",
        "010.0.0.1",
        "00.0.0.0",
        "0x1.1.1.1",
    ],
    *[
        " 1.2.3.4",
        "1.2.3.4 ",
        "1.2.3.4\n",
        "1.2.3.4\0",
        "1.2.3.4/32",
        "1.2.3.4:80",
        "\u0661.1.1.1",
        "1\u30022.3.4",
    ],
    *["\ud800", "::", "::ffff:1.2.3.4", "fe80::1%eth0", "::g", "2001:DB8::1", "localhost"],
]


def outcome(read: Callable[[str], object], text: str) -> str:
    try:
        return repr(read(text))
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("text", UGLY, ids=repr)
def test_an_ugly_address_is_read_or_refused_as_ever(text: str) -> None:
    assert outcome(to_address, text) == outcome(ip_address, text)


@given(st.text("0123456789.:abf", max_size=16) | st.ip_addresses().map(str))
def test_any_text_is_read_or_refused_as_ever(text: str) -> None:
    assert outcome(to_address, text) == outcome(ip_address, text)


@pytest.mark.parametrize("text", UGLY, ids=repr)
def test_the_text_of_an_ugly_address_is_that_of_its_object_or_it_is_refused(text: str) -> None:
    assert outcome(address_text, text) == outcome(lambda it: str(ip_address(it)), text)


@given(st.text("0123456789.:abf", max_size=16) | st.ip_addresses().map(str))
def test_the_text_of_an_address_is_that_of_its_object(text: str) -> None:
    assert outcome(address_text, text) == outcome(lambda it: str(ip_address(it)), text)
