"""``logfeed import``: from a file to records that the API has."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from app.domain.levels import LogLevel
from app.settings import Settings
from tests.cli.import_support import Server, lines, log, run_import, summary


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_a_file_becomes_records(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "Shop.log"
    file.write_text(
        "2024-01-02 03:04:05,123 ERROR [main] shop.Order: failed\n"
        "\tat shop.Order.pay(Order.java:12)\n"
        "2024-01-02 03:04:06,000 WARN [main] shop.Order: slow\n"
    )

    report = summary(server, tmp_path, file)

    assert report["exit_code"] == 0
    assert (report["format"], report["service"]) == ("log4j", "shop")
    assert (report["sent"], report["created"], report["duplicate"]) == (2, 2, 0)
    first, second = server.records()
    assert first.level is LogLevel.ERROR
    assert first.service == "shop"
    assert first.message == "failed\n\tat shop.Order.pay(Order.java:12)"
    assert first.timestamp.isoformat() == "2024-01-02T03:04:05.123000+00:00"
    assert first.metadata["logger"] == "shop.Order"
    assert second.level is LogLevel.WARNING


def test_a_second_run_stores_nothing_twice_and_says_so(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))
    run_import(server, tmp_path, file)

    again = run_import(server, tmp_path, file)

    assert again.exit_code == 0
    assert f"already imported up to byte {file.stat().st_size}, nothing new since" in again.stdout
    assert server.messages() == lines(0, 10)


def test_a_run_that_does_not_resume_sends_all_and_finds_all_stored(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))
    run_import(server, tmp_path, file)

    report = summary(server, tmp_path, "--no-resume", file)

    assert (report["created"], report["duplicate"]) == (0, 10)
    assert server.messages() == lines(0, 10)


@pytest.mark.parametrize("kind", ["gzip", "gzip in parts", "zstd", "zstd in parts", "utf-16"])
def test_compressed_files_are_known_by_their_content(
    server: Server, tmp_path: Path, kind: str
) -> None:
    head, tail = log(0, 5).encode(), log(5, 10).encode()
    data = {
        "gzip": gzip.compress(head + tail),
        "gzip in parts": gzip.compress(head) + gzip.compress(tail),
        "zstd": zstandard.compress(head + tail),
        "zstd in parts": zstandard.compress(head) + zstandard.compress(tail),
        "utf-16": (head + tail).decode().encode("utf-16"),
    }[kind]
    file = tmp_path / "shop.log"
    file.write_bytes(data)

    report = summary(server, tmp_path, file)

    assert (report["exit_code"], report["created"]) == (0, 10)
    assert server.messages() == lines(0, 10)


def test_a_file_that_was_renamed_or_compressed_is_the_same(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 50))
    run_import(server, tmp_path, file)

    compressed = tmp_path / "shop.log.1.gz"
    compressed.write_bytes(gzip.compress(file.read_bytes()))
    report = summary(server, tmp_path, compressed)

    assert report["sent"] == 0
    assert report["resumed_at"] == file.stat().st_size


def test_a_compressed_file_that_is_cut_off_is_read_as_far_as_it_goes(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "shop.log.gz"
    file.write_bytes(gzip.compress(log(0, 50).encode())[:-20])

    report = summary(server, tmp_path, file)

    assert report["exit_code"] == 1
    assert "damaged, or cut off" in report["error"]
    assert set(server.messages()) <= {*lines(0, 50)} | {""}


def test_standard_input_is_read(server: Server, tmp_path: Path) -> None:
    server_url = server.url

    report = summary(server_url, tmp_path, "--service", "shop", "-", input=log(0, 5))

    assert (report["file"], report["created"]) == ("standard input", 5)
    assert {entry.service for entry in server.records()} == {"shop"}


def test_a_dry_run_shows_what_is_found_and_sends_nothing(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))

    shown = run_import(server, tmp_path, "--dry-run", file)
    as_json = run_import(server, tmp_path, "--dry-run", "--json", file)

    assert "format log4j (100% of the lines looked at)" in shown.stdout
    assert '"message": "line 0"' in shown.stdout
    (found,) = json.loads(as_json.stdout)["files"]
    assert [record["message"] for record in found["records"]] == lines(0, 5)
    assert server.requests == 0


def test_zone_and_year_are_those_of_the_options(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "messages"
    file.write_text("Dec 31 23:30:00 box sshd[1]: a\nJan  1 00:30:00 box sshd[1]: b\n")

    run_import(server, tmp_path, "--timezone", "Europe/Berlin", "--year", "2005", file)

    assert [entry.timestamp.isoformat() for entry in server.records()] == [
        "2005-12-31T22:30:00+00:00",
        "2005-12-31T23:30:00+00:00",
    ]


def test_times_without_a_date_are_counted_back_from_when_the_file_was_written(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "console.log"
    file.write_text(
        "".join(
            f"{hour:02}:00:00.000 [main] INFO shop.Order - {day}\n"
            for day in ("first", "second", "third")
            for hour in (1, 9, 17)
        )
    )
    # The end of the third of January 2024.
    os.utime(file, (1_704_326_399, 1_704_326_399))

    run_import(server, tmp_path, file)

    days = [entry.timestamp.day for entry in server.records()]
    assert days == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--timezone", "Mars/Olympus"], "must look like Europe/Berlin, UTC or +02:00"),
        (["--format", "unheard-of"], "is not one of"),
        (["--service", ""], "must have 1 to 256 characters"),
        (["--service", "a\tb"], "must not hold control characters"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(
    server: Server, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 1))

    result = run_import(server, tmp_path, *arguments, file)

    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
    assert server.requests == 0


def test_a_file_that_is_not_there_does_not_keep_others_from_being_read(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 3))

    result = run_import(server, tmp_path, tmp_path / "missing.log", tmp_path, file)

    assert result.exit_code == 1
    assert "missing.log: No such file or directory" in result.stdout
    assert server.messages() == lines(0, 3)


def test_an_empty_file_is_no_fault(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text("")

    report = summary(server, tmp_path, file)

    assert (report["exit_code"], report["sent"]) == (0, 0)


def test_lines_unlike_the_others_are_kept_and_counted(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 3) + "what is this\n")

    report = summary(server, tmp_path, file)

    assert (report["unrecognised"], report["exit_code"]) == (1, 0)
    assert server.messages()[-1] == "what is this"


def test_a_record_that_is_refused_is_reported_with_its_line_and_kept(tmp_path: Path) -> None:
    long = "2024-01-02 03:00:01,000 INFO [main] shop.Order: " + "x" * 5_000 + "\n"
    file = tmp_path / "shop.log"
    file.write_text(log(0, 1) + long + log(2, 4))

    with Server(Settings(max_body_bytes=2_048)) as server:
        result = run_import(server, tmp_path, file)
        messages = server.messages()

    assert result.exit_code == 1
    assert "3 created, 0 duplicate, 1 rejected" in result.stdout
    assert "line 2:" in result.stdout
    assert messages == ["line 0", "line 2", "line 3"]
    (kept,) = (tmp_path / "data" / "import").glob("rejected-*.ndjson")
    assert str(kept) in result.stdout
    refused = json.loads(kept.read_text())
    assert refused["line"] == 2
    assert refused["record"]["message"] == "x" * 5_000


def test_records_that_a_rule_of_the_server_drops_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 3))

    with Server(Settings(min_level="WARNING")) as server:
        report = summary(server, tmp_path, file)

    assert sum(report["dropped"].values()) == 3
    assert (report["created"], report["exit_code"]) == (0, 0)
