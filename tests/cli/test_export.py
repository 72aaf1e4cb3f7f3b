"""``logfeed export`` against the real server, which breaks off now and then."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.export import export
from app.domain.entry import LogEntry
from app.domain.errors import StoreUnavailableError
from app.domain.filters import Filter
from app.domain.reading import Cancellation, Position, RawPage, Stretch
from app.services.search_reader import SearchReader
from tests.builders import HOUR, NOON_NS, entry
from tests.fakes import FlakyDatabase
from tests.http.live import Live, live
from tests.node import ROOT

COUNT = 10_250
FAR = entry("far", at=NOON_NS - 9 * HOUR, message='=1+1,\n"x"', metadata={"cursor": "x", "n": 1})


class Breaking(SearchReader):
    """Fails to read some records, once each.

    Attributes:
        breaks_at: ids of the records that it will fail to read.
        is_away: it reads nothing at all.
    """

    def __init__(self, store: FlakyDatabase) -> None:
        super().__init__(store)
        self.breaks_at: set[str] = set()
        self.is_away = False

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        page = super().read(stretch, cancellation)
        hit = self.breaks_at & {position.id for position in page.positions}
        if hit or self.is_away:
            self.breaks_at -= hit
            raise StoreUnavailableError("the store is away")
        return page

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        return None

    def last_sequence(self, filter: Filter) -> int | None:
        return None


@pytest.fixture(scope="module")
def entries() -> list[LogEntry]:
    return [FAR, *(entry(f"{n:05}", at=NOON_NS - HOUR + n // 10) for n in range(COUNT))]


@pytest.fixture(scope="module")
def records(entries: list[LogEntry]) -> Breaking:
    store = FlakyDatabase()
    store.append(entries)
    return Breaking(store)


@pytest.fixture(scope="module")
def server(records: Breaking) -> Iterator[Live]:
    with live(records=records) as made:
        yield made


def run(server: Live, *arguments: str) -> Result:
    result = CliRunner().invoke(
        export, ["--url", server.url, *arguments], env={}, catch_exceptions=False
    )
    assert result.exit_code == 0, result.stderr
    return result


def test_all_records_come_one_a_line(server: Live, entries: list[LogEntry]) -> None:
    lines = run(server, "--oldest-first").stdout_bytes.splitlines()

    shown: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [record["id"] for record in shown] == [one.id for one in entries]
    assert all("cursor" not in record for record in shown)
    assert shown[0]["metadata"] == {"cursor": "x", "n": 1}


def test_a_connection_that_breaks_is_taken_up_again(
    server: Live, records: Breaking, entries: list[LogEntry], tmp_path: Path
) -> None:
    records.breaks_at = {"03000", "08000"}
    file = tmp_path / "all.ndjson"

    result = run(server, "--oldest-first", "-o", str(file))

    shown = [json.loads(line)["id"] for line in file.read_bytes().splitlines()]
    assert shown == [one.id for one in entries]
    assert not records.breaks_at
    assert "after 2 broken connections" in result.stderr
    assert [left.name for left in tmp_path.iterdir()] == ["all.ndjson"]


def test_one_that_breaks_too_often_is_given_up_and_the_file_is_not_there(
    server: Live, records: Breaking, tmp_path: Path
) -> None:
    records.is_away = True
    try:
        result = CliRunner().invoke(
            export, ["--url", server.url, "--tries", "1", "-o", str(tmp_path / "all")], env={}
        )
    finally:
        records.is_away = False

    assert result.exit_code != 0
    assert "broke off 1 times in a row" in str(result.exception)
    assert [left.name for left in tmp_path.iterdir()] == ["all.part"]


def test_csv_is_made_of_the_columns_that_are_asked_for(server: Live, tmp_path: Path) -> None:
    file = tmp_path / "far.csv.gz"

    run(
        server,
        *("--format", "csv", "--fields", "id,message,metadata.n", "--until", "9h", "--gzip"),
        *("-o", str(file)),
    )

    with gzip.open(file, "rt", newline="") as text:
        assert list(csv.reader(text)) == [
            ["id", "message", "metadata.n"],
            ["far", '\'=1+1,\n"x"', "1"],
        ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--fields", "id"], "--fields is for --format csv"),
        (["--format", "csv", "--fields", "colour"], "allowed are id, timestamp"),
        (["--format", "xml"], "'xml' is not one of"),
    ],
)
def test_what_is_not_allowed_is_refused_before_anything_is_asked(
    arguments: list[str], text: str
) -> None:
    result = CliRunner().invoke(export, arguments, env={})

    assert result.exit_code == 2
    assert text in result.stderr


def test_without_an_api_it_says_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "export", "--url", "http://127.0.0.1:1", "--tries", "1"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"127.0.0.1:1" in done.stderr
