"""Which file is which, by its content.

A file is known by fingerprints of the kilobyte before some places in its text: the first one, places
four times as far each, and the place up to which it was imported. So it is the same file after it was
renamed, rotated, compressed, or has grown. Two files that start alike are told apart by the other
fingerprints, and the second gets a label of its own: with the same label, records that stand at the
same place in both would get the same id, and one of them would be lost as a duplicate.

The label, which goes into every id, is the fingerprint of the first kilobyte, or of the whole text
while it is shorter. It is kept with the state of the import, so that it stays when the file grows.
Without that state (another machine, a data folder that was deleted), a file that was shorter than a
kilobyte and has grown gets new ids; one of a kilobyte or more gets the same.
"""

import hashlib

from app.cli.importing.sources import WINDOW, Source

#: ``[offset, fingerprint]``, as JSON keeps it.
Probe = tuple[int, str]

_FIRST = WINDOW
_FACTOR = 4


def fingerprint(window: bytes) -> str:
    """32 hexadecimal digits of up to a kilobyte."""
    return hashlib.blake2b(window[-WINDOW:], digest_size=16).hexdigest()


def is_same(source: Source, probes: list[Probe]) -> bool:
    """Whether the text of ``source`` has every fingerprint; it stands at the last one afterwards."""
    for offset, expected in sorted(probes):
        window = source.window_before(offset)
        if window is None or fingerprint(window) != expected:
            return False
    return bool(probes)


class Fingerprints:
    """Collects the fingerprints of a text while it is read.

    Args:
        probes: those that are known.
        offset: where reading starts.
        window: the bytes before that.
    """

    def __init__(self, probes: list[Probe], offset: int = 0, window: bytes = b"") -> None:
        self._probes = list(probes)
        self._recent = bytearray(window)
        self._start = offset - len(window)
        self._next = _FIRST
        while self._next <= offset:
            self._next *= _FACTOR

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the text."""
        self._recent += piece
        end = self._start + len(self._recent)
        while self._next <= end:
            self._probes.append((self._next, self._at(self._next)))
            self._next *= _FACTOR

    def at(self, offset: int) -> list[Probe]:
        """The fingerprints up to ``offset``, and that at ``offset``; what is before is forgotten."""
        probes = [probe for probe in self._probes if probe[0] < offset]
        probes.append((offset, self._at(offset)))
        surplus = offset - WINDOW - self._start
        if surplus > 0:
            del self._recent[:surplus]
            self._start += surplus
        return probes

    def _at(self, offset: int) -> str:
        start = max(0, offset - WINDOW)
        return fingerprint(bytes(self._recent[start - self._start : offset - self._start]))
