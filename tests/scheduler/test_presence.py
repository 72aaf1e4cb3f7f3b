"""Whether a scheduler is at work over a data folder."""

from pathlib import Path

from app.scheduler.presence import is_present, presence_file, present


def test_it_is_seen_while_it_is_at_work(tmp_path: Path) -> None:
    path = presence_file(tmp_path)
    assert not is_present(path)

    with present(path):
        assert is_present(path)
        # Whoever looks disturbs nobody.
        assert is_present(path)

    assert not is_present(path)


def test_two_may_be_at_work_over_one_folder(tmp_path: Path) -> None:
    path = presence_file(tmp_path)

    with present(path):
        with present(path):
            assert is_present(path)
        assert is_present(path)


def test_a_folder_that_cannot_be_written_stops_no_work(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    path = presence_file(tmp_path)

    with present(path):
        assert not is_present(path)
