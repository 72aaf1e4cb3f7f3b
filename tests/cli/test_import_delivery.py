"""Batches are sent until they are acknowledged, and whoever waits is told what for."""

from collections.abc import Sequence
from pathlib import Path

from app.domain.entry import LogEntry
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.settings import Settings
from app.stores.memory import InMemoryDatabase
from tests.cli.import_support import Server, lines, log, run_import, summary
from tests.node import free_port


class HalfAway(InMemoryDatabase):
    """A store that, the first time, takes only every other record of a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: list[str] = []

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        self.streams.append(stream)
        if len(self.streams) > 1:
            return super().append(entries, stream)
        return [
            super(HalfAway, self).append([entry], stream)[0]
            if index % 2
            else Outcome.failed("the shard is moving", id=entry.id)
            for index, entry in enumerate(entries)
        ]


def write(folder: Path, text: str) -> Path:
    file = folder / "shop.log"
    file.write_text(text)
    return file


def test_a_server_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    file = write(tmp_path, log(0, 10))

    with Server() as server:
        server.away = 2
        result = run_import(server, tmp_path, file)
        messages = server.messages()

    assert result.exit_code == 0
    assert "the store is away" in result.stderr
    assert result.stderr.count("trying again") == 1
    assert messages == lines(0, 10)


def test_only_the_records_that_failed_are_sent_again(tmp_path: Path) -> None:
    file = write(tmp_path, log(0, 10))
    store = HalfAway()

    with Server(store=store) as server:
        report = summary(server, tmp_path, file)
        messages = server.messages()

    assert (report["created"], report["duplicate"]) == (10, 0)
    assert messages == lines(0, 10)


def test_old_files_go_to_the_stream_of_imports(tmp_path: Path) -> None:
    store = HalfAway()

    with Server(store=store) as server:
        run_import(server, tmp_path, write(tmp_path, log(0, 3)))

    assert set(store.streams) == {IMPORTED_STREAM}


def test_a_server_that_stays_away_is_given_up_with_a_sentence(tmp_path: Path) -> None:
    file = write(tmp_path, log(0, 10))
    url = f"http://127.0.0.1:{free_port()}"

    result = run_import(url, tmp_path, "--give-up-after", "0", file)

    assert result.exit_code == 1
    assert f"nothing answers on {url}" in result.stdout
    assert "run the same command again to go on" in result.stdout


def test_after_giving_up_the_import_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    file = write(tmp_path, log(0, 40))

    with Server() as server:
        server.away = 10**6
        first = summary(server, tmp_path, "--give-up-after", "0", "--batch-size", "10", file)
        server.away = 0
        second = summary(server, tmp_path, "--batch-size", "10", file)
        messages = server.messages()

    assert first["exit_code"] == 1
    assert second["exit_code"] == 0
    assert messages == lines(0, 40)


def test_a_batch_beyond_the_limits_of_the_server_is_divided(tmp_path: Path) -> None:
    file = write(tmp_path, log(0, 50))

    with Server(Settings(max_batch_records=7)) as server:
        report = summary(server, tmp_path, file)
        messages = server.messages()

    assert report["created"] == 50
    assert messages == lines(0, 50)


def test_what_answers_but_is_not_the_api_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, log(0, 3))

    with Server() as server:
        result = run_import(f"{server.url}/elsewhere", tmp_path, file)

    assert result.exit_code == 1
    assert f"{server.url}/elsewhere" in result.stdout
