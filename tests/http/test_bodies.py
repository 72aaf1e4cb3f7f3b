"""Encodings and sizes of request bodies."""

import gzip
import json
import zlib

import pytest
import zstandard
from flask.testing import FlaskClient

from app.settings import Settings
from tests.http import site
from tests.http.site import assert_problem, record

ONE = json.dumps(record()).encode()
PACKED = {
    "gzip": gzip.compress(ONE),
    "deflate": zlib.compress(ONE),
    "zstd": zstandard.ZstdCompressor().compress(ONE),
    "identity": ONE,
}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_body_may_be_packed(client: FlaskClient, prefix: str, encoding: str) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}

    one = client.post(f"{prefix}/logs", data=PACKED[encoding], headers=headers)
    headers["Content-Type"] = "application/x-ndjson"
    many = client.post(f"{prefix}/logs/batch", data=PACKED[encoding], headers=headers)

    assert (one.status_code, many.status_code) == (201, 201)


@pytest.mark.parametrize("path", ["/logs", "/logs/batch"])
@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_a_body_beyond_the_limit_is_413_packed_or_not(path: str, encoding: str) -> None:
    client = site.client(Settings(max_body_bytes=2_048))
    large = json.dumps(record(message="x" * 2_048)).encode()
    packed = {
        "gzip": gzip.compress(large),
        "zstd": zstandard.ZstdCompressor().compress(large),
        "identity": large,
    }

    answer = client.post(
        path,
        data=packed[encoding],
        headers={"Content-Encoding": encoding, "Content-Type": "application/json"},
    )

    assert_problem(answer, 413, "more than 2048 bytes")


def test_a_body_up_to_the_limit_is_taken() -> None:
    client = site.client(Settings(max_body_bytes=2_048))
    body = ONE.ljust(2_048)

    assert client.post("/logs", data=body, content_type="application/json").status_code == 201
