"""Times far from now through the real API: no index is made at will, and old files keep their times."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.importing import import_files
from app.services.pipeline.time_window import MOVED, ORIGINAL_TIME
from tests.engine.eventually import eventually
from tests.http.served import JSON, Served, served

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("bad input")]

BATCH = "/api/v1/logs/batch"
YEARS = [1970, 1971, 1999, 2000, 2012, 2024]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, es_url: str) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("times") / "data", es_url) as made:
        yield made


@pytest.fixture(scope="module")
def strict_api(tmp_path_factory: pytest.TempPathFactory, es_url: str) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("strict") / "data"
    with served(folder, es_url, LOGFEED_OUTSIDE_WINDOW="reject", LOGFEED_ACCEPTED_AGE="7") as made:
        yield made


def from_now(**distance: float) -> str:
    return (datetime.now(UTC) + timedelta(**distance)).isoformat()


def record(timestamp: str) -> dict[str, Any]:
    sent = {"level": "INFO", "service": "clock", "message": "tick", "metadata": {"order": 17}}
    return sent | {"id": uuid.uuid4().hex, "timestamp": timestamp}


def send(api: Served, *timestamps: str, stream: str = "default") -> tuple[list[str], list[Any]]:
    """The ids that were sent, and what became of each."""
    records = [record(timestamp) for timestamp in timestamps]
    answer = api.post(f"{BATCH}?stream={stream}", json.dumps(records).encode(), Content_Type=JSON)
    return [one["id"] for one in records], json.loads(answer.body)["results"]


def stored(api: Served, log_id: str) -> dict[str, Any]:
    status, body = api.get(f"/api/v1/logs/{log_id}")
    assert status == 200
    log: dict[str, Any] = body["log"]
    return log


OUTSIDE = {
    "the epoch": "1970-01-01T00:00:00.000000001Z",
    "a clock that lost its battery": "2000-01-01T00:00:13.000Z",
    "older than the window": from_now(days=-31),
    "ahead of the window": from_now(hours=20),
    "a year ahead": from_now(days=365),
    "the last instant": "2262-04-11T23:47:16.854775807Z",
}


@pytest.mark.parametrize("timestamp", OUTSIDE.values(), ids=OUTSIDE)
def test_a_time_far_from_now_is_moved_to_the_receipt_and_makes_no_index(
    api: Served, timestamp: str
) -> None:
    before = time.time()
    (name,), (result,) = send(api, timestamp)

    log = stored(api, name)
    assert result["status"] == "created"
    received = datetime.fromisoformat(log["timestamp"]).timestamp()
    assert before - 1 <= received <= time.time() + 1
    assert log["metadata"][MOVED] is True
    assert log["metadata"]["order"] == 17
    own_time = datetime.fromisoformat(log["metadata"][ORIGINAL_TIME])
    assert abs(own_time - datetime.fromisoformat(timestamp)) < timedelta(milliseconds=1)
    days = {from_now(days=ago)[:10].replace("-", ".") for ago in (-1, 0)}
    assert {name[8:18] for name in api.indices() if name.startswith("default-")} <= days


@pytest.mark.parametrize("distance", [{"minutes": 9}, {"days": -29}, {"hours": -1}], ids=repr)
def test_a_time_within_the_window_stays(strict_api: Served, distance: dict[str, float]) -> None:
    if distance.get("days"):
        distance = {"days": -6.9}
    timestamp = from_now(**distance)

    (name,), (result,) = send(strict_api, timestamp)

    log = stored(strict_api, name)
    assert result["status"] == "created"
    assert datetime.fromisoformat(log["timestamp"]) == datetime.fromisoformat(timestamp)
    assert log["metadata"] == {"order": 17}


@pytest.mark.parametrize(
    "timestamp", [*OUTSIDE.values(), from_now(days=-8)], ids=[*OUTSIDE, "8 days"]
)
def test_a_time_far_from_now_is_rejected_by_setting_with_the_rule(
    strict_api: Served, timestamp: str
) -> None:
    ids, results = send(strict_api, from_now(), timestamp, from_now())

    assert [result["status"] for result in results] == ["created", "rejected", "created"]
    assert (results[1]["field"], results[1]["log_id"]) == ("timestamp", ids[1])
    assert "between 7 days ago and 600 seconds ahead" in results[1]["reason"]
    assert "LOGFEED_ACCEPTED_AGE" in results[1]["reason"]


@pytest.mark.parametrize("api_name", ["api", "strict_api"])
def test_imported_records_keep_their_times_however_old_in_an_index_a_year(
    request: pytest.FixtureRequest, api_name: str
) -> None:
    api: Served = request.getfixturevalue(api_name)
    times = [f"{year}-{month}-15T10:00:00.123456789Z" for year in YEARS for month in ("01", "12")]

    ids, results = send(api, *times, stream="imported")

    assert {result["status"] for result in results} == {"created"}
    for name, timestamp in zip(ids, times, strict=True):
        log = stored(api, name)
        assert (log["timestamp"], log["metadata"]) == (timestamp, {"order": 17})
        found = api.found(start_time=timestamp, end_time=timestamp)
        assert name in {one["id"] for one in found}
    years = {name.split("-")[1] for name in api.indices() if name.startswith("imported-")}
    assert {str(year) for year in YEARS} <= {year[:4] for year in years}
    assert len(years) == len({year[:4] for year in years})


def test_the_import_of_an_old_file_keeps_its_times(strict_api: Served, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text("".join(f"{year}-06-01 12:00:00 INFO Shop - old {year}\n" for year in YEARS))

    result = CliRunner().invoke(
        import_files,
        ["--timezone", "UTC", "--service", "old-shop", str(file)],
        env={
            "LOGFEED_URL": strict_api.process.url,
            "LOGFEED_DATA_DIR": str(tmp_path / "progress"),
        },
    )

    assert result.exit_code == 0, result.output
    eventually(lambda: len(strict_api.found(service="old-shop")) >= len(YEARS), "all are visible")
    logs = strict_api.found(service="old-shop", order="asc")
    assert [log["timestamp"] for log in logs] == [f"{year}-06-01T12:00:00.000Z" for year in YEARS]
