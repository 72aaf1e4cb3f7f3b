"""The library behind the codec ``best_compression``."""

from pathlib import Path

import pytest

from app.engine.zstd import provide_zstd

INTEL = ("Linux", "x86_64")


@pytest.fixture
def system(tmp_path: Path) -> Path:
    folder = tmp_path / "usr" / "lib"
    folder.mkdir(parents=True)
    (folder / "libzstd.so.1").write_bytes(b"the library")
    return folder


@pytest.mark.parametrize(
    ("machine", "place"), [("x86_64", "linux-x64"), ("aarch64", "linux-aarch64")]
)
def test_the_systems_library_is_put_where_elasticsearch_looks(
    tmp_path: Path, system: Path, machine: str, place: str
) -> None:
    assert provide_zstd(tmp_path / "home", [tmp_path / "nowhere", system], ("Linux", machine))

    copy = tmp_path / "home" / "lib" / "platform" / place / "libzstd.so"
    assert copy.read_bytes() == b"the library"


def test_one_that_is_there_is_kept(tmp_path: Path, system: Path) -> None:
    provide_zstd(tmp_path / "home", [system], INTEL)
    (system / "libzstd.so.1").unlink()

    assert provide_zstd(tmp_path / "home", [system], INTEL)


def test_a_system_without_it_is_told_apart(tmp_path: Path) -> None:
    assert not provide_zstd(tmp_path / "home", [tmp_path], INTEL)
    assert not (tmp_path / "home").exists()


def test_a_machine_without_a_place_for_it_does_without(tmp_path: Path, system: Path) -> None:
    assert not provide_zstd(tmp_path / "home", [system], ("Darwin", "arm64"))
