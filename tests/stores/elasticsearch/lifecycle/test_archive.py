"""Into the archive and back: a snapshot counts only when the index was had back from it."""

from pathlib import Path

import pytest

from app.domain.errors import StoreError
from app.domain.lifecycle import ArchiveFacts, Tier
from app.stores.elasticsearch.lifecycle.admin import LifecycleOptions
from tests.stores.elasticsearch.lifecycle.corner import DAY, Corner, expected
from tests.stores.elasticsearch.lifecycle.wire import watched

pytestmark = pytest.mark.es

LATER = 2_000_000_000_000_000_000


def archives(corner: Corner) -> tuple[ArchiveFacts, ...]:
    return corner.admin().facts().archives


def archived(corner: Corner) -> str:
    """The snapshot of a new index."""
    name = corner.make()
    corner.admin().archive(corner.facts(name))
    return archives(corner)[0].snapshot


def deleted(corner: Corner) -> str:
    """The snapshot of an index that is deleted."""
    snapshot = archived(corner)
    corner.admin().delete(corner.facts(corner.name()))
    return snapshot


@pytest.mark.parametrize("times", [1, 2])
def test_an_archived_index_stays_and_its_snapshot_says_what_is_in_it(
    corner: Corner, times: int
) -> None:
    name = corner.make()
    for _ in range(times):
        corner.admin().archive(corner.facts(name))

    [archive] = archives(corner)
    index = corner.facts(name)
    assert (archive.base, archive.partition, archive.documents) == (name, DAY, 30)
    assert (archive.newest, archive.newest_arrival) == (index.newest, index.newest_arrival)
    assert archive.bytes > 0
    assert index.archived_as == archive.snapshot
    assert corner.names() == {name}
    assert corner.ids() == expected()


def test_an_archive_outlives_its_index(corner: Corner) -> None:
    snapshot = deleted(corner)

    assert [archive.snapshot for archive in archives(corner)] == [snapshot]


def test_an_index_whose_snapshot_was_deleted_by_others_is_not_archived(corner: Corner) -> None:
    snapshot = archived(corner)

    corner.client.snapshot.delete(repository=f"{corner.prefix}-archive", snapshot=snapshot)

    assert corner.facts(corner.name()).archived_as is None


@pytest.mark.parametrize("times", [1, 2])
def test_a_restored_index_is_searched_until_it_is_to_go(corner: Corner, times: int) -> None:
    snapshot = deleted(corner)

    for _ in range(times):
        corner.admin().restore(snapshot, LATER)

    restored = corner.facts(f"{corner.name()}-restored")
    assert (restored.restored_until, restored.tier) == (LATER, Tier.WARM)
    assert (restored.archived_as, restored.base) == (snapshot, corner.name())
    assert restored.is_write_blocked
    assert not restored.is_write_index
    assert corner.ids() == expected()


def test_restored_again_it_stays_longer(corner: Corner) -> None:
    snapshot = deleted(corner)
    corner.admin().restore(snapshot, LATER)

    corner.admin().restore(snapshot, LATER + 1)

    assert corner.facts(f"{corner.name()}-restored").restored_until == LATER + 1


def test_what_is_still_searched_is_not_restored_beside_itself(corner: Corner) -> None:
    snapshot = archived(corner)

    with pytest.raises(StoreError, match="found twice"):
        corner.admin().restore(snapshot, LATER)

    assert corner.ids() == expected()


def test_a_snapshot_that_nobody_took_cannot_be_restored(corner: Corner) -> None:
    archived(corner)

    with pytest.raises(StoreError, match="no archived index"):
        corner.admin().restore("nothing", LATER)


@pytest.mark.parametrize("times", [1, 2])
def test_an_archive_is_marked_and_deleted_by_its_name(corner: Corner, times: int) -> None:
    snapshot = deleted(corner)
    for _ in range(times):
        corner.admin().mark(snapshot, 77)
    assert archives(corner)[0].marked_at == 77

    for _ in range(times):
        corner.admin().delete_archive(snapshot)
    assert archives(corner) == ()


def test_a_mark_of_an_archive_is_taken_back(corner: Corner) -> None:
    snapshot = deleted(corner)
    corner.admin().mark(snapshot, 77)

    corner.admin().mark(snapshot, None)

    assert archives(corner)[0].marked_at is None


def test_a_pattern_deletes_no_archive(corner: Corner) -> None:
    snapshot = deleted(corner)

    corner.admin().delete_archive("*")

    assert [archive.snapshot for archive in archives(corner)] == [snapshot]


def test_a_snapshot_with_a_missing_file_is_not_taken_for_an_archive(
    corner: Corner, es_url: str
) -> None:
    name = corner.make(records=2_000)

    fail_to_archive(corner, es_url, name)

    assert archives(corner) == ()
    assert corner.facts(name).archived_as is None
    assert corner.names() == {name}


def test_after_a_broken_snapshot_the_next_one_is_whole(corner: Corner, es_url: str) -> None:
    name = corner.make(records=2_000)
    fail_to_archive(corner, es_url, name)

    corner.admin().archive(corner.facts(name))

    assert archives(corner)[0].documents == 2_000


def test_a_repository_that_cannot_be_made_says_what_to_do(corner: Corner) -> None:
    name = corner.make()
    admin = corner.admin(options=LifecycleOptions(archive_location="/outside/of/path.repo"))

    with pytest.raises(StoreError, match=r"set path\.repo"):
        admin.archive(corner.facts(name))


def fail_to_archive(corner: Corner, es_url: str, name: str) -> None:
    """Archive an index while somebody deletes the largest file of its snapshot."""

    def before(method: str, target: str) -> None:
        if target.partition("?")[0].endswith("/_restore"):
            max(repository_files(corner), key=lambda path: path.stat().st_size).unlink()

    with (
        watched(es_url, before) as client,
        pytest.raises(StoreError, match="did not stand the proof"),
    ):
        corner.admin(client).archive(corner.facts(name))


def repository_files(corner: Corner) -> list[Path]:
    """The files of the index's records in the archive, which lies on this machine."""
    stats = corner.client.nodes.info(metric="settings", flat_settings=True)
    home = next(iter(stats["nodes"].values()))["settings"]["path.repo"]
    folder = Path(home[0] if isinstance(home, list) else home.strip("[]"))
    if not folder.is_dir():
        pytest.skip("the archive is not on this machine")
    return list((folder / f"{corner.prefix}-archive").glob("indices/*/*/__*"))
