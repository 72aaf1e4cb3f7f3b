"""Which format a whole file is taken for."""

import pytest

from tests.protocols.lines.reading import assemble, read

LOG4J = "2024-01-02 03:04:{:02},123 INFO [main] shop.Order: number {}\n"
JSON = '{{"time":"2024-01-02T03:04:{:02}Z","level":"warn","msg":"number {}"}}\n'


def lines(pattern: str, number: int) -> str:
    return "".join(pattern.format(index % 60, index) for index in range(number))


def test_the_format_of_most_lines_is_that_of_the_file() -> None:
    detection, found = assemble((lines(LOG4J, 90) + lines(JSON, 10)).encode())

    assert detection.name == "log4j"
    assert [each.format for each in found].count("json") == 10
    assert all(each.is_recognised for each in found)


def test_stack_traces_do_not_count() -> None:
    text = lines(LOG4J, 1) + "\tat shop.Order.pay(Order.java:12)\n" * 400 + lines(LOG4J, 1)

    detection, found = assemble(text.encode())

    assert (detection.name, detection.share, len(found)) == ("log4j", 1.0, 2)


def test_text_without_times_is_plain_and_nothing_of_it_is_unrecognised() -> None:
    detection, found = assemble(b"one\ntwo\nthree\n")

    assert detection.name == "plain"
    assert all(each.is_recognised for each in found)


def test_a_date_within_a_text_is_no_reason_to_take_it_for_the_time() -> None:
    text = (
        "it rained\n" * 20
        + "we met on the 2024-01-02 03:04:05 and then left\n"
        + "it rained\n" * 20
    )

    records = read(text)

    assert {record["timestamp"] for record in records} == {"2026-11-24T12:00:00.000Z"}
    assert {record["level"] for record in records} == {"INFO"}


def test_a_line_of_plain_text_that_starts_with_a_time_has_it() -> None:
    records = read("it rained\n" * 20 + "2024-01-02 03:04:05 it stopped\nand so on\n")

    assert records[-2]["timestamp"] == "2024-01-02T03:04:05.000Z"
    assert records[-1]["timestamp"] == "2024-01-02T03:04:05.000Z"


def test_a_format_that_is_given_is_the_only_one() -> None:
    detection, found = assemble(lines(JSON, 3).encode(), format="log4j")

    assert detection.name == "log4j"
    assert [each.is_recognised for each in found] == [False, False, False]


def test_plain_text_can_be_asked_for() -> None:
    (record,) = read(LOG4J.format(5, 1), format="plain")

    assert record["message"] == LOG4J.format(5, 1).strip()
    assert record["level"] == "INFO"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_ends_of_lines_and_a_mark_at_the_start_make_no_difference(end: str) -> None:
    plain = read(lines(LOG4J, 5))

    marked = read("\ufeff" + lines(LOG4J, 5).replace("\n", end))

    for record in plain + marked:
        del record["id"]
    assert marked == plain


def test_an_empty_file_has_no_records() -> None:
    assert read(b"") == []
    assert read(b"\n \n\0\0\n") == []
