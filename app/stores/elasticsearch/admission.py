"""Which records of a batch may wait: no service takes more than its share of the room."""

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from app.domain.errors import OverloadedError
from app.domain.outcomes import Outcome
from app.domain.ports import Appended
from app.stores.elasticsearch.batch import Batch
from app.stores.elasticsearch.shares import Shares

_TOO_MUCH = "too many records of this service wait to be stored; send it again later"


@dataclass(frozen=True)
class Admitted:
    """What of a batch may wait.

    Attributes:
        then: is told the outcomes of ``batch``, and tells the sender those of all.
        release: is called once with the size of ``batch``, when it waits no more.
    """

    batch: Batch
    then: Appended
    release: Callable[[int], None]


def admit(shares: Shares, batch: Batch, then: Appended) -> Admitted | None:
    """Book the room that ``batch`` needs; None, with ``then`` told, if none of it may wait."""
    wanted = _bytes_of_services(batch)
    refused = shares.book(wanted)
    if not refused:
        return Admitted(batch, then, _release(shares, wanted, len(batch.lines)))
    booked = {service: size for service, size in wanted.items() if service not in refused}
    if not booked:
        then(OverloadedError(_TOO_MUCH))
        return None
    told = _with_refusals(batch, refused, then)
    left = batch.without(refused)
    return Admitted(left, told, _release(shares, booked, len(left.lines)))


def _bytes_of_services(batch: Batch) -> dict[str, int]:
    """About how many bytes of ``batch`` are whose: each record is taken to be of the same size."""
    size, numbers = len(batch.lines), Counter(batch.services)
    if len(numbers) == 1:
        return dict.fromkeys(numbers, size)
    return {service: number * (size // len(batch)) for service, number in numbers.items()}


def _release(shares: Shares, booked: Mapping[str, int], size: int) -> Callable[[int], None]:
    service = next(iter(booked))
    if booked == {service: size}:
        return shares.release_of(service)
    return lambda _: shares.release(booked)


def _with_refusals(batch: Batch, refused: Set[str], then: Appended) -> Appended:
    """``then`` for all of ``batch``, told the outcomes of those whose service is not refused."""

    def merged(result: list[Outcome] | OverloadedError) -> None:
        if isinstance(result, OverloadedError):
            then(result)
            return
        told = iter(result)
        then(
            [
                Outcome.overloaded(_TOO_MUCH, id=name) if service in refused else next(told)
                for name, service in zip(batch.ids, batch.services, strict=True)
            ]
        )

    return merged
