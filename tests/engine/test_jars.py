"""The lock of Elasticsearch's jars."""

from pathlib import Path

import pytest

from app.engine.errors import EngineError
from app.engine.jars import ROOTS, Jar, parse_lock, read_lock

ONE = "org.example:one:1.0"
SHA = "ab" * 32


def test_a_line_is_coordinate_checksum_and_size() -> None:
    text = f"# what this is\n\n{ONE} {SHA} 12\norg.example:two:2.0:linux {SHA} 7  # why\n"

    assert parse_lock(text) == (Jar(ONE, SHA, 12), Jar("org.example:two:2.0:linux", SHA, 7))


@pytest.mark.parametrize(
    "line",
    [
        f"{ONE} {SHA}",
        f"{ONE} {SHA[:-1]} 12",
        f"{ONE} {SHA} many",
        f"org.example:one {SHA} 12",
        f"../../etc:one:1.0 {SHA} 12",
    ],
)
def test_any_other_line_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(EngineError, match=r"^Line 2 of elasticsearch\.jars cannot be read"):
        parse_lock(f"# head\n{line}\n")


def test_a_lock_without_jars_is_refused() -> None:
    with pytest.raises(EngineError, match="names no jar"):
        parse_lock("# nothing\n")


def test_a_missing_lock_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot be read \(No such file or directory\)"):
        read_lock(tmp_path / "lock")


def test_the_lock_of_this_checkout_has_the_server_and_each_file_once() -> None:
    jars = read_lock()

    assert set(ROOTS) <= {jar.coordinate for jar in jars}
    assert len({jar.file_name for jar in jars}) == len(jars)


@pytest.mark.parametrize(
    ("coordinate", "name"),
    [
        ("org.example:one:1.0", "one-1.0.jar"),
        ("org.example:two:2.0:linux", "two-2.0-linux.jar"),
    ],
)
def test_a_jar_is_named_as_the_repository_names_it(coordinate: str, name: str) -> None:
    assert Jar(coordinate, SHA, 1).file_name == name


@pytest.mark.parametrize(
    ("coordinate", "is_transport"),
    [
        ("io.netty:netty-buffer:4.1", True),
        ("org.elasticsearch.plugin:transport-netty4:9.5.3", True),
        ("org.elasticsearch:elasticsearch:9.5.3", False),
    ],
)
def test_netty_belongs_to_the_transport_module(coordinate: str, is_transport: bool) -> None:
    assert Jar(coordinate, SHA, 1).is_transport is is_transport


def test_a_file_matches_by_its_bytes(tmp_path: Path) -> None:
    # The checksum of "abc", as the standard gives it.
    sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    jar = Jar(ONE, sha, 3)
    path = tmp_path / "jar"

    assert not jar.matches(path)
    path.write_bytes(b"abcd")
    assert not jar.matches(path)
    path.write_bytes(b"abd")
    assert not jar.matches(path)
    path.write_bytes(b"abc")
    assert jar.matches(path)
