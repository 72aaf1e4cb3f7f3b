"""One line of each format, and what is read from it: the tables are in samples/."""

import pytest

from app.protocols.lines.formats import PLAIN, format_names
from tests.protocols.lines.reading import Sample, assemble, read, samples

SAMPLES = list(samples())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.line[:60])
def test_a_line_is_read_as_its_table_says(sample: Sample) -> None:
    (record,) = read(sample.line)

    del record["id"]
    assert record == {
        "timestamp": sample.timestamp,
        "level": sample.level,
        "service": sample.service,
        "message": sample.message,
        **sample.more,
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.line[:60])
def test_the_format_of_a_line_is_found(sample: Sample) -> None:
    detection, _ = assemble(sample.line.encode())

    assert detection.name == sample.format


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.line[:60])
def test_a_line_is_read_the_same_where_its_format_is_given(sample: Sample) -> None:
    given = read(sample.line, format=sample.format)

    assert given == read(sample.line)


def test_every_format_has_samples_or_a_test_of_its_own() -> None:
    # W3C lines cannot be read without the line that names their columns.
    assert {sample.format for sample in SAMPLES} == {*format_names()} - {"w3c"}
    assert PLAIN in format_names()
