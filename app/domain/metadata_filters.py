"""Filters on the free-form part of a record: each asks of the leaves at one path."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.domain.errors import InvalidQueryError

FieldOperator: TypeAlias = Literal["eq", "lt", "lte", "gt", "gte"]
FieldValue: TypeAlias = str | int | float | bool


@dataclass(frozen=True)
class FieldFilter:
    """Records with a metadata leaf at ``path`` that compares as asked.

    ``eq`` with text matches a text leaf of the same characters, a number leaf of the same numeric
    value, and a boolean leaf by ``true`` or ``false``. A number matches number leaves only, a boolean
    boolean leaves and the texts ``true`` and ``false``. Order comparisons see number leaves only.
    Numbers compare as doubles; but text that spells a whole number in digits alone matches no other
    whole number, as ids of 19 digits share their doubles. Of an array, any element may match.
    """

    path: str
    operator: FieldOperator
    value: FieldValue

    def __post_init__(self) -> None:
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if self.operator != "eq" and not is_number:
            raise InvalidQueryError(self.path, f"{self.operator} compares numbers only")


@dataclass(frozen=True)
class FieldRangeFilter:
    """Records with one metadata leaf at ``path`` between two bounds; None leaves a side open.

    Between numbers lie number leaves, as doubles. Between texts lie leaves by the order of code
    points, numbers and booleans by their JSON text. Of an array, one element must lie in the range.

    Raises:
        InvalidQueryError: no bound at all, or a number and a text.
    """

    path: str
    low: str | int | float | None = None
    high: str | int | float | None = None
    includes_low: bool = True
    includes_high: bool = True

    def __post_init__(self) -> None:
        kinds = {isinstance(bound, str) for bound in (self.low, self.high) if bound is not None}
        if len(kinds) != 1:
            raise InvalidQueryError(self.path, "a range lies between two numbers or two texts")


@dataclass(frozen=True)
class FieldPrefixFilter:
    """Records with a metadata leaf at ``path`` that begins so; case matters.

    A number or boolean begins as its JSON text does.
    """

    path: str
    prefix: str


@dataclass(frozen=True)
class FieldExistsFilter:
    """Records with any metadata leaf at ``path``."""

    path: str


#: What asks of the leaves of the metadata at one path.
MetadataFilter: TypeAlias = FieldFilter | FieldRangeFilter | FieldPrefixFilter | FieldExistsFilter
