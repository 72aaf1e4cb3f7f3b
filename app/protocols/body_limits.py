"""What one body may hold, asked before anything of it is decoded."""

from typing import NamedTuple

from app.protocols.encodings import TooLargeError

#: Bodies of so many bytes are not counted through: whatever they hold, it takes some 100 MiB.
_SHORT = 4_194_304
_SIGNS_OF_VALUES = b",[{"


class Most(NamedTuple):
    """What one body may hold.

    Attributes:
        records: its records.
        values: its JSON values, in bodies of more than 4 MiB; two bytes may become sixty in memory.
    """

    records: int = 10_000
    values: int = 1_000_000


def check_number(number: int, most: int) -> None:
    """Asked before a record is decoded, so that a body of many bad ones costs no more than it may.

    Raises:
        TooLargeError: a batch of ``number`` records has more than ``most``.
    """
    if number > most:
        raise TooLargeError(f"the batch has more than {most} records (LOGFEED_MAX_BATCH_RECORDS)")


def check_values(body: bytes, most: int, signs: bytes = _SIGNS_OF_VALUES) -> None:
    """Asked before anything is decoded, so that a body costs no more memory than it may.

    Every value but the first of an object or array has a comma before it. Those in text are counted
    too: to tell them apart would cost more than all that is saved.

    Raises:
        TooLargeError: ``body`` may hold more than ``most`` values.
    """
    if len(body) > _SHORT and sum(body.count(sign) for sign in signs) > most:
        raise TooLargeError(
            f"the body has more than {most} JSON values, counted by commas and opening brackets "
            "(LOGFEED_MAX_BODY_VALUES)"
        )


def check_values_of_lines(body: bytes, most: int) -> None:
    """``check_values`` of NDJSON, whose lines count too: blank ones cost time.

    Raises:
        TooLargeError: ``body`` may hold more than ``most`` values.
    """
    check_values(body, most, _SIGNS_OF_VALUES + b"\n")
