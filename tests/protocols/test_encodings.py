"""Content encodings of request bodies, and the limit on what comes out."""

import gzip
import zlib
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.protocols.encodings import EncodingError, TooLargeError, decompress

PLAIN = b'{"level": "INFO", "service": "api", "message": "started"}\n' * 50
BIG = 1_000_000


def bare_deflate(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-zlib.MAX_WBITS)


def zstd(body: bytes, **options: bool) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(body)  # type: ignore[arg-type]


ENCODED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(PLAIN)),
    "x-gzip": ("x-gzip", gzip.compress(PLAIN)),
    "deflate": ("deflate", zlib.compress(PLAIN)),
    "deflate without a header": ("deflate", bare_deflate(PLAIN)),
    "zstd": ("zstd", zstd(PLAIN)),
    "zstd without its size": ("zstd", zstd(PLAIN, write_content_size=False)),
    "zstd with a checksum": ("zstd", zstd(PLAIN, write_checksum=True)),
}
encoded = pytest.mark.parametrize(("encoding", "body"), ENCODED.values(), ids=ENCODED)


@encoded
def test_a_body_is_unpacked(encoding: str, body: bytes) -> None:
    assert decompress(body, encoding, BIG) == PLAIN
    assert decompress(body, f" {encoding.upper()} ", BIG) == PLAIN


@pytest.mark.parametrize("encoding", ["", "identity", " Identity"])
def test_a_body_without_an_encoding_stays_as_it_is(encoding: str) -> None:
    assert decompress(PLAIN, encoding, BIG) == PLAIN


@encoded
def test_two_parts_one_after_the_other_are_one_body(encoding: str, body: bytes) -> None:
    assert decompress(body + body, encoding, BIG) == PLAIN + PLAIN


@encoded
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(encoding: str, body: bytes) -> None:
    assert decompress(body, encoding, len(PLAIN)) == PLAIN

    with pytest.raises(TooLargeError, match=f"more than {len(PLAIN) - 1} bytes"):
        decompress(body, encoding, len(PLAIN) - 1)


def test_a_plain_body_has_the_same_limit() -> None:
    assert decompress(b"12345", "", 5) == b"12345"
    with pytest.raises(TooLargeError):
        decompress(b"12345", "", 4)


@encoded
def test_a_body_that_is_torn_anywhere_is_refused(encoding: str, body: bytes) -> None:
    for length in range(1, len(body)):
        with pytest.raises(EncodingError, match=r"damaged|in the middle"):
            decompress(body[:length], encoding, BIG)


@encoded
def test_rubbish_behind_the_body_is_refused(encoding: str, body: bytes) -> None:
    with pytest.raises(EncodingError):
        decompress(body + b"rubbish", encoding, BIG)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_what_is_not_encoded_as_it_says_is_refused(encoding: str) -> None:
    with pytest.raises(EncodingError, match=r"damaged|in the middle"):
        decompress(PLAIN, encoding, BIG)


@pytest.mark.parametrize("encoding", ["br", "compress", "gzip, zstd", "utf-8", "*"])
def test_an_unknown_encoding_is_refused_with_those_allowed(encoding: str) -> None:
    with pytest.raises(EncodingError, match="allowed are gzip, deflate, zstd, identity"):
        decompress(PLAIN, encoding, BIG)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(50_000_000), 9)),
        ("deflate", zlib.compress(bytes(50_000_000), 9)),
        ("zstd", zstd(bytes(50_000_000))),
        ("gzip", gzip.compress(bytes(600), 9) * 2_000),
    ],
    ids=["gzip", "deflate", "zstd", "many members"],
)
def test_a_bomb_is_refused(encoding: str, bomb: bytes) -> None:
    with pytest.raises(TooLargeError):
        decompress(bomb, encoding, BIG)


def test_a_bomb_is_not_unpacked_beyond_the_limit() -> None:
    # What lies behind the limit is never read: here it is damaged.
    body = bytearray(gzip.compress(bytes(50_000_000), 9))
    body[-1_000:] = b"\xff" * 1_000

    with pytest.raises(TooLargeError):
        decompress(bytes(body), "gzip", BIG)


def test_a_body_of_endless_empty_parts_is_refused() -> None:
    with pytest.raises(EncodingError, match="more than 4096 compressed parts"):
        decompress(gzip.compress(b"") * 5_000, "gzip", BIG)


def test_a_window_that_would_take_too_much_memory_is_refused() -> None:
    # A frame of one raw byte; the byte after the flags is the exponent of its window beyond 1 KiB.
    frame = b"\x28\xb5\x2f\xfd\x00%b\x09\x00\x00x"

    assert decompress(frame % bytes([17 << 3]), "zstd", BIG) == b"x"
    with pytest.raises(EncodingError, match="damaged"):
        decompress(frame % bytes([18 << 3]), "zstd", BIG)


@pytest.mark.parametrize("size", [1, 200_000, 500_000])
def test_a_body_of_one_byte_over_and_over_is_unpacked(size: int) -> None:
    assert decompress(zstd(bytes(size)), "zstd", BIG) == bytes(size)


def test_a_skippable_frame_is_skipped() -> None:
    skippable = b"\x5f\x2a\x4d\x18\x04\x00\x00\x00abcd"

    assert decompress(skippable + zstd(PLAIN) + skippable, "zstd", BIG) == PLAIN
    with pytest.raises(EncodingError):
        decompress(zstd(PLAIN) + skippable[:-1], "zstd", BIG)


@given(st.binary(max_size=300_000), st.booleans(), st.booleans())
def test_zstd_of_any_content_is_unpacked(plain: bytes, sized: bool, summed: bool) -> None:
    body = zstd(plain, write_content_size=sized, write_checksum=summed)

    assert decompress(body, "zstd", BIG) == plain


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "zstd"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str) -> None:
    with suppress(EncodingError, TooLargeError):
        assert len(decompress(body, encoding, 10_000)) <= 10_000
