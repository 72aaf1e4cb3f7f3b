"""Exports, over a store in memory."""

import csv
import gzip
import io
import json
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient

from app.domain.entry import LogEntry
from app.domain.query import Page, Query
from tests.builders import HOUR, NOON_NS, entry
from tests.fakes import FlakyDatabase
from tests.http.site import assert_problem

COUNT = 10_003


@pytest.fixture
def many(store: FlakyDatabase) -> Sequence[LogEntry]:
    """More records than two parts of an export hold; always ten share an instant."""
    entries = [
        entry(f"{n:05}", at=NOON_NS - HOUR + n // 10, service=f"s{n % 2}", metadata={"n": n})
        for n in range(COUNT)
    ]
    store.append(entries)
    return entries


def lines(body: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in body.splitlines()]


def test_ndjson_has_every_record_on_a_line_of_its_own(
    client: FlaskClient, many: Sequence[LogEntry], prefix: str
) -> None:
    answer = client.get(f"{prefix}/logs/export?order=asc")

    assert answer.content_type == "application/x-ndjson"
    assert answer.headers["Logfeed-Total"] == str(COUNT)
    shown = lines(answer.data)
    assert [record["id"] for record in shown] == [one.id for one in many]
    assert shown[7] == client.get(f"/logs/{many[7].id}").get_json()["log"]


def test_the_filters_and_the_order_are_those_of_a_search(
    client: FlaskClient, many: Sequence[LogEntry]
) -> None:
    shown = lines(client.get("/logs/export?service=s1").data)

    assert [record["id"] for record in shown] == [one.id for one in reversed(many[1::2])]


def test_it_comes_packed_to_those_who_can_unpack(
    client: FlaskClient, many: Sequence[LogEntry]
) -> None:
    answer = client.get("/logs/export?order=asc", headers={"Accept-Encoding": "br, gzip;q=0.5"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(lines(gzip.decompress(answer.data))) == COUNT
    for refused in ("identity", "gzip;q=0"):
        plain = client.get("/logs/export?service=no", headers={"Accept-Encoding": refused})
        assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_it_goes_on_behind_every_record_that_bears_a_cursor(
    client: FlaskClient, many: Sequence[LogEntry], form: str
) -> None:
    address = f"/logs/export?format={form}&order=asc&with_cursor=true"

    def read(address: str) -> list[dict[str, object]]:
        body = client.get(address).data
        if form == "ndjson":
            return lines(body)
        names = ["id", "timestamp", "level", "service", "message", "metadata", "source_ip"]
        names += ["correlation_id", "trace_id", "span_id", "cursor"]
        rows = [
            dict(zip(names, row, strict=True)) for row in csv.reader(io.StringIO(body.decode()))
        ]
        return [dict(row) for row in rows if row["id"] != "id"]

    whole = read(address)
    marked = [at for at, record in enumerate(whole) if record.get("cursor")]

    # The parts grow up to 5,000 records.
    assert marked == [99, 899, 5_899, COUNT - 1]
    for at in marked[-2:]:
        rest = read(f"{address}&cursor={whole[at]['cursor']}")
        assert [record["id"] for record in rest] == [one.id for one in many[at + 1 :]]


def rows(client: FlaskClient, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.mimetype == "text/csv", answer.get_json()
    return list(csv.reader(io.StringIO(answer.data.decode(), newline=""), strict=True))


def test_csv_has_a_header_and_the_fields_of_a_record(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.append([entry("1", message='He said "no",\nand left', metadata={"a": [1, "ü"]})])

    header, row = rows(client, "/logs/export?format=csv")

    assert header[:6] == ["id", "timestamp", "level", "service", "message", "metadata"]
    assert row[0] == "1"
    assert row[4] == 'He said "no",\nand left'
    assert json.loads(row[5]) == {"a": [1, "ü"]}
    assert row[6:] == ["", "", "", ""]
    body = client.get("/logs/export?format=csv").data
    assert body.count(b"\r\n") == 2


def test_columns_can_be_chosen_also_from_metadata(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.append(
        [
            entry(
                "1", metadata={"user": {"id": 7}, "a.b": "dotted", "a": {"b": "nested"}, "t": True}
            ),
            entry("2", metadata={"user": "nobody", "f": 1.5, "user.id": None}),
        ]
    )
    fields = "message,metadata.user.id,metadata.a.b,metadata.t,metadata.f,id"

    assert rows(client, f"/logs/export?format=csv&order=asc&fields={fields}") == [
        fields.split(","),
        ["payment accepted", "7", "dotted", "true", "", "1"],
        ["payment accepted", "", "", "", "1.5", "2"],
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\uff1d1+1", "\uff201", '=cmd|"/c calc"!A1'],
)
def test_no_text_becomes_a_formula(client: FlaskClient, store: FlakyDatabase, text: str) -> None:
    store.append([entry(text, message=text, service=text, metadata={"k": text, "n": -5})])

    _, row = rows(client, "/logs/export?format=csv&fields=id,message,service,metadata.k,metadata.n")

    assert row == [f"'{text}"] * 4 + ["-5"]


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        ("format=xml", "format", "ndjson or csv"),
        ("order=up", "order", "desc or asc"),
        ("fields=id", "fields", "is for format=csv"),
        ("format=csv&fields=id,colour", "fields", "'colour' is none; allowed are id, timestamp"),
        ("format=csv&fields=metadata.", "fields", "metadata.KEY"),
        ("with_cursor=yes", "with_cursor", "false or true"),
        ("cursor=x", "cursor", "not one that a page before has given"),
        ("limit=5", "limit", "is not known"),
        ("level=LOUD", "level", "DEBUG"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(
    client: FlaskClient, parameters: str, field: str, text: str
) -> None:
    assert_problem(client.get(f"/logs/export?{parameters}"), 400, text, field)


def test_an_export_that_cannot_begin_says_so(client: FlaskClient, store: FlakyDatabase) -> None:
    store.is_away = True

    assert_problem(client.get("/logs/export"), 503, "the store is away")


def test_more_exports_than_may_run_at_a_time_are_refused_until_one_has_ended(
    client: FlaskClient,
) -> None:
    running = [client.get("/logs/export", buffered=False) for _ in range(8)]

    assert_problem(client.get("/logs/export"), 429, "8 exports are running already")

    for answer in running:
        answer.close()
    assert client.get("/logs/export").status_code == 200


def test_records_are_read_as_they_are_sent(
    client: FlaskClient, store: FlakyDatabase, many: Sequence[LogEntry]
) -> None:
    asked: list[Query] = []
    search = store.records.search

    def counted(query: Query) -> Page:
        asked.append(query)
        return search(query)

    store.records.search = counted  # type: ignore[method-assign]
    answer = client.get("/logs/export", buffered=False)
    next(iter(answer.response))
    after_the_first = len(asked)
    for _ in answer.response:
        pass

    assert len(asked) > after_the_first + 3


def test_an_export_of_nothing_is_empty_but_for_the_header(client: FlaskClient) -> None:
    assert client.get("/logs/export").data == b""
    assert len(rows(client, "/logs/export?format=csv")) == 1
