"""Every byte of a segment changed, one after the other."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.write_ahead_log.logs import WIDE, crash, damaged, held, open_log

NAME = "segment-00000000000000000001.wal"
HEADER = 32
RECORD = 20
PAYLOADS = {1: b"the first", 2: b"", 3: b"x" * 64, 4: b"the last one"}


@pytest.fixture(params=["closed", "killed"])
def original(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "original"
    log = open_log(folder, WIDE)
    for payload in PAYLOADS.values():
        log.append(payload)
    if request.param == "closed":
        log.close()
    else:
        crash(log)
    return folder


def hit(position: int) -> int:
    """The record that the byte at ``position`` belongs to; 0 for the header of the segment."""
    end = HEADER
    for lsn, payload in PAYLOADS.items():
        if position < end:
            return lsn - 1
        end += RECORD + len(payload)
    return len(PAYLOADS)


def changed(original: Path, copy: Path) -> Iterator[tuple[int, int]]:
    """Change each byte in turn; the caller looks at ``copy`` meanwhile."""
    whole = (original / NAME).read_bytes()
    for position in range(len(whole)):
        for mask in (0x01, 0x80, 0xFF):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(original, copy)
            flipped = bytearray(whole)
            flipped[position] ^= mask
            (copy / NAME).write_bytes(flipped)
            yield position, mask


def test_no_changed_byte_takes_more_than_its_own_record(original: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for position, mask in changed(original, copy):
        case = f"byte {position} ^ {mask:#x}"
        log = open_log(copy, WIDE)
        expected = {lsn: payload for lsn, payload in PAYLOADS.items() if lsn != hit(position)}

        assert held(log) == expected, case
        statistics = log.statistics()
        if statistics.torn_tails:
            # A length that points behind the end, and nothing that knows better.
            assert hit(position) == 4, case
            assert not (copy / "checkpoint").exists(), case
            assert position > RECORD + HEADER, case
        else:
            assert statistics.damaged_records == 1, case
            assert len(damaged(copy)) == 1, case
        log.close()
