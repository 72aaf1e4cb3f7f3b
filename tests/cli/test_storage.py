"""``logfeed storage`` against a real API on a real port, whose figures come from memory."""

import json
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from app.cli import main
from app.cli.tables import human_bytes
from app.domain.disks import DataNode
from app.domain.lifecycle import Tier
from app.domain.storage import Spread
from tests.builders import DAY, HOUR, NOON_NS
from tests.http import site
from tests.lifecycle_builders import GB, FakeStorage, archive, index

MIDNIGHT = NOON_NS - 12 * HOUR
NAME = "logfeed-default-2026.11.23-000001"


@pytest.fixture
def storage() -> FakeStorage:
    yesterday = index(
        NAME,
        created_at=MIDNIGHT - DAY,
        documents=1_234_567,
        primary_bytes=GB,
        total_bytes=2 * GB,
        oldest=MIDNIGHT - DAY,
        newest=MIDNIGHT - 1,
        newest_arrival=MIDNIGHT - 1,
        tier=Tier.WARM,
    )
    services = {"cart": Spread(1_000_000, 0, 9), "shop\x1b[2J": Spread(234_567, 0, 9)}
    return FakeStorage(
        [yesterday],
        [archive("a")],
        services={NAME: services},
        nodes=[DataNode("a", 100 * GB, 30 * GB)],
    )


@pytest.fixture
def url(storage: FakeStorage) -> Iterator[str]:
    """The address of an API with this storage."""
    server = make_server("127.0.0.1", 0, site.client(storage=storage).application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(url: str, *arguments: str, color: bool = False) -> Result:
    return CliRunner().invoke(main, ["storage", "--url", url, *arguments], color=color)


def test_streams_are_shown_in_aligned_columns_with_a_total_and_an_outlook(url: str) -> None:
    result = run(url)

    assert result.exit_code == 0
    head, default, total, outlook = result.stdout.splitlines()
    span = "2026-11-23 00:00  2026-11-23 23:59"
    assert head.startswith("stream   indices    records  primaries  on disk  grows a day  ")
    assert default == f"default        1  1,234,567     1.0 GB   2.0 GB       2.0 GB  {span}"
    assert total == f"total          1  1,234,567     1.0 GB   2.0 GB       2.0 GB  {span}"
    assert outlook == (
        "20.0 GB can be written before the disks are too full: 10.0 days by the mean of 1 full days, "
        "if nothing is deleted"
    )


def test_what_is_estimated_says_so(url: str) -> None:
    lines = run(url, "--by", "service").stdout.splitlines()

    assert lines[1].split()[:6] == ["cart", "1", "1,000,000", "~829.4", "MB", "~1.6"]
    assert "~ estimated by the share of records of each index" in lines


def test_a_hostile_service_cannot_move_the_cursor(url: str) -> None:
    assert "shop\\x1b[2J" in run(url, "--by", "service").stdout


def test_tiers_have_their_colours_and_archives_are_told(url: str) -> None:
    lines = run(url, "--by", "tier", color=True).stdout.splitlines()

    assert lines[1].startswith("\x1b[33mwarm")
    assert lines[2].startswith("\x1b[34marchive")


def test_figures_as_json_for_programs(url: str) -> None:
    figures = json.loads(run(url, "--by", "day", "--json").stdout)

    assert figures["by_day"][0]["name"] == "2026-11-23"
    assert figures["days_until_full"] == 10.0


def test_a_cluster_that_is_away_is_a_sentence(url: str, storage: FakeStorage) -> None:
    storage.is_away = True

    result = run(url)

    assert result.exit_code == 2
    assert "the store is away (status 503)" in result.stderr


def test_an_unknown_grouping_is_refused(url: str) -> None:
    result = run(url, "--by", "colour")

    assert result.exit_code == 2
    assert "'stream', 'tier', 'service', 'day'" in result.stderr


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.0 KB"),
        (1_048_570, "1.0 MB"),
        (3 * GB, "3.0 GB"),
        (2_000 * 2**50, "2000.0 PB"),
    ],
)
def test_bytes_are_told_in_the_unit_that_suits(number: int | None, text: str) -> None:
    assert human_bytes(number) == text
