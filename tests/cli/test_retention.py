"""``logfeed retention``, ``archives``, ``restore``, ``doctor`` on a real Elasticsearch, without API."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from app.cli import main
from app.cli.plan_view import plan_lines, sizes_of
from app.domain.instants import format_instant
from app.domain.lifecycle import ClusterFacts
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from app.wiring.clock import system_clock
from app.wiring.lifecycle import create_lifecycle
from retention.actions import Action, Kind
from tests.builders import DAY, NOON_NS
from tests.lifecycle_builders import GB, archive, index
from tests.node import free_port

POLICIES = """
streams:
  default: {period: month, delete_after: 30d}
  held: {period: month, delete_after: 30d, legal_hold: true}
"""


class Cli:
    """``logfeed`` against a corner of a real cluster."""

    def __init__(self, url: str, prefix: str, folder: Path) -> None:
        policies = folder / "policies.yml"
        policies.write_text(POLICIES, "utf-8")
        self.environment = {
            "LOGFEED_ELASTICSEARCH_URL": url,
            "LOGFEED_INDEX_PREFIX": prefix,
            "LOGFEED_POLICIES": str(policies),
            "LOGFEED_DATA_DIR": str(folder),
            "LOGFEED_URL": f"http://127.0.0.1:{free_port()}",
        }

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=self.environment)


@pytest.fixture
def cli(es_url: str, es_prefix: str, tmp_path: Path) -> Cli:
    return Cli(es_url, es_prefix, tmp_path)


@pytest.fixture
def old(es_url: str, es_prefix: str) -> str:
    """An index of the default stream and one on hold, of a year ago; the name of the first."""
    then = system_clock() - 365 * DAY
    period = format_instant(then)[:7].replace("-", ".")
    with connect(ClusterAddress((es_url,))) as client:
        indices = Indices(client, es_prefix, IndexTemplates(client, es_prefix))
        for stream in ("default", "held"):
            name = f"{es_prefix}-{stream}-{period}-000001"
            indices.create(name)
            put(client, name, then)
    return f"{es_prefix}-default-{period}-000001"


def put(client: Elasticsearch, index: str, instant: int) -> None:
    document = {
        "timestamp": format_instant(instant),
        "service": "shop",
        "level": "INFO",
        "message": "old",
        "ingest_sequence": instant,
    }
    client.index(index=index, id="1", document=document, refresh=True)


def forget_repository(cli: Cli, name: str) -> None:
    url = cli.environment["LOGFEED_ELASTICSEARCH_URL"]
    # A deletion waits for the snapshots of tests beside.
    with connect(ClusterAddress((url,), timeout=120.0)) as client:
        quiet = client.options(ignore_status=404)
        for snapshot in quiet.snapshot.get(repository=name, snapshot="*").get("snapshots", ()):
            quiet.snapshot.delete(repository=name, snapshot=snapshot["snapshot"])
        quiet.snapshot.delete_repository(name=name)


def kinds(result: Result) -> list[tuple[str, str]]:
    actions: list[dict[str, Any]] = json.loads(result.stdout)["actions"]
    return [(action["kind"], action["target"]) for action in actions]


@pytest.mark.es
def test_what_is_due_is_shown_with_its_size_and_the_reason(cli: Cli, old: str) -> None:
    result = cli("retention", "plan")

    assert result.exit_code == 0
    assert "1 (1 records, " in result.stdout
    assert "are marked, and DELETED by a later run" in result.stdout
    assert f"  {old} " in result.stdout
    assert "and delete_after is 30 d" in result.stdout
    assert "held" not in result.stdout


@pytest.mark.es
def test_the_plan_is_done_when_it_is_applied(cli: Cli, old: str) -> None:
    assert ("mark", old) in kinds(cli("retention", "plan", "--json"))

    applied = cli("retention", "apply", "--json")

    assert applied.exit_code == 0
    done = [json.loads(line) for line in applied.stdout.splitlines()]
    assert [(one["kind"], one["outcome"]) for one in done] == [
        ("close_for_writing", "done"),
        ("mark", "done"),
    ]
    # Marked is not deleted: that is for a later run.
    assert kinds(cli("retention", "plan", "--json")) == []
    assert kinds(cli("retention", "plan", "--json", "--at", "1h")) == [("delete", old)]
    assert cli("retention", "apply").stdout == "nothing is to be done\n"


@pytest.mark.es
def test_a_future_time_shows_what_will_be_due(cli: Cli, es_url: str, es_prefix: str) -> None:
    now = system_clock()
    period = format_instant(now)[:7].replace("-", ".")
    name = f"{es_prefix}-default-{period}-000001"
    with connect(ClusterAddress((es_url,))) as client:
        Indices(client, es_prefix, IndexTemplates(client, es_prefix)).create(name)
        put(client, name, now)

    assert kinds(cli("retention", "plan", "--json")) == []
    for later in ("100d", "2200-01-01"):
        assert ("mark", name) in kinds(cli("retention", "plan", "--json", "--at", later))


@pytest.mark.parametrize("time", ["yesterday", "-1d", "2026-11-31", "99999999999d"])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    result = CliRunner().invoke(main, ["retention", "plan", f"--at={time}"])

    assert result.exit_code == 2
    assert "must be a distance from now, as 7d, a day (2026-12-01), or" in result.stderr


def test_force_without_anybody_to_ask_needs_a_yes() -> None:
    result = CliRunner().invoke(main, ["retention", "apply", "--force"])

    assert result.exit_code == 2
    assert "say --yes" in result.stderr


@pytest.mark.es
def test_an_empty_archive_is_exit_code_1_and_nothing_comes_back(cli: Cli) -> None:
    listed = cli("archives")
    restored = cli("restore", "default", "2026.11")

    assert (listed.exit_code, listed.stderr) == (1, "there is no archive\n")
    assert restored.exit_code == 1
    assert "there is no archive of default 2026.11" in restored.stderr


@pytest.mark.es
def test_an_archived_period_is_listed_and_comes_back(
    cli: Cli, old: str, request: pytest.FixtureRequest
) -> None:
    with closing(create_lifecycle(Settings.from_env(cli.environment))) as lifecycle:
        repository = f"{cli.environment['LOGFEED_INDEX_PREFIX']}-archive"
        request.addfinalizer(lambda: forget_repository(cli, repository))
        (index,) = [one for one in lifecycle.admin.facts().indices if one.name == old]
        lifecycle.admin.archive(index)
        lifecycle.admin.delete(index)
        period = index.partition.period

        (listed,) = [json.loads(line) for line in cli("archives", "--json").stdout.splitlines()]
        assert (listed["stream"], listed["period"]) == ("default", period)
        assert (listed["documents"], listed["restored_until"]) == (1, None)

        restored = cli("restore", "default", period, "--days", "3")

        assert restored.exit_code == 0
        assert f"1 records of default {period} are searchable until " in restored.stdout
        back = [one for one in lifecycle.admin.facts().indices if one.restored_until is not None]
        assert [(one.base, one.documents, one.is_searched) for one in back] == [(old, 1, True)]
    lines = cli("archives").stdout.splitlines()
    assert lines[0].startswith("stream   period   records  in the archive ")
    assert lines[1].startswith(f"default  {period}        1 ")


@pytest.mark.es
def test_the_doctor_names_what_is_wrong_and_ends_with_2(cli: Cli, old: str) -> None:
    result = cli("doctor", "--json")

    findings = [json.loads(line) for line in result.stdout.splitlines()]
    said = {finding["what"] for finding in findings if finding["severity"] == "problem"}
    assert result.exit_code == 2
    assert said >= {
        "no scheduler is at work: no index gets a successor, and nothing is deleted",
        f"the API does not answer: nothing answers at {cli.environment['LOGFEED_URL']}",
    }
    assert not any("could not be looked at" in finding["what"] for finding in findings)


def test_the_doctor_tells_of_a_cluster_that_is_away(tmp_path: Path) -> None:
    cli = Cli(f"http://127.0.0.1:{free_port()}", "logfeed", tmp_path)

    result = cli("doctor")

    assert result.exit_code == 2
    assert result.stdout.startswith("PROBLEM  Elasticsearch does not answer: ")
    assert "do: See that it runs" in result.stdout


@pytest.mark.parametrize("command", [("plan",), ("apply",)])
def test_a_cluster_that_is_away_is_a_sentence(command: tuple[str, ...], tmp_path: Path) -> None:
    cli = Cli(f"http://127.0.0.1:{free_port()}", "logfeed", tmp_path)

    result = cli("retention", *command)

    assert result.exit_code == 2
    assert "Elasticsearch cannot be reached (no connection)" in result.stderr


def test_policies_are_checked_and_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(POLICIES, "utf-8")

    result = CliRunner().invoke(main, ["retention", "check", str(file)])

    assert result.exit_code == 0
    assert "default: deleted after 30 d\n" in result.stdout
    assert "held: deleted after 30 d, on legal hold: nothing is deleted\n" in result.stdout


def test_a_mistake_in_policies_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("streams:\n  default:\n    warm_aftr: 3d\n", "utf-8")

    result = CliRunner().invoke(main, ["retention", "check", str(file)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("mine.yml, line 3, column 5: streams.default.warm_aftr: ")


def test_a_plan_is_grouped_aligned_and_what_loses_records_is_red() -> None:
    gone = index("logfeed-default-2026.10.01-000001", documents=1_234, total_bytes=3 * GB)
    facts = ClusterFacts(NOON_NS, indices=(gone,), archives=(archive("snapshot-1"),))
    actions = [
        Action(Kind.DELETE_ARCHIVE, "snapshot-1", "400 d old"),
        Action(Kind.DELETE, gone.name, "54 d old"),
        Action(Kind.BLOCKED, "stream audit", "over its cap"),
    ]

    lines = plan_lines(actions, sizes_of(facts))

    assert "\n".join(lines).count("\x1b[31m") == 4
    assert [
        line.replace("\x1b[0m", "").rpartition("\x1b[1m")[2] for line in lines if "ED" in line
    ] == [
        "1 (1,234 records, 3.0 GB) are DELETED",
        "1 (100 records, 1000 B) archives that are DELETED",
        "BLOCKED: due, and cannot be done",
    ]
    assert any("1,234   3.0 GB  54 d old" in line for line in lines)


def test_an_empty_plan_says_so() -> None:
    assert plan_lines([], {}) == ["nothing is to be done"]
