"""What a recipe may ask of the registers: a value per child with a name, read together with others of its batch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol, Self

import narwhals.stable.v2 as nw

from kansen.cohorts.context import Context
from kansen.cohorts.declarations import CohortDeclaration
from kansen.registers import Requirement, load_catalogue


class Value(Protocol):
    """A value per child. Values of one type and one `batch` are read together by `read`."""

    @property
    def name(self) -> str:
        """Its column in the wide frame; equal names mean equal values."""
        ...

    @property
    def batch(self) -> Hashable:
        """What values have to share to be read together."""
        ...

    def requires(self, declaration: CohortDeclaration) -> list[Requirement]:
        """The tables it is made of."""
        ...

    @classmethod
    def read(cls, context: Context, children: nw.LazyFrame, values: Sequence[Self]) -> nw.LazyFrame:
        """`person` and a column per value, at most one row per child; a child without a row has no value.

        `children` has one row per child that is still followed: person, birth_year, year (the outcome year), and the
        other columns of the last stage.
        """
        ...


class ReadAlone:
    """A value that follows from all its fields and is read by itself."""

    @property
    def name(self) -> str:
        """All fields in words."""
        return column_name(self)

    @property
    def batch(self) -> Hashable:
        """Itself, so that only an equal value is read with it."""
        return self


def in_batches(values: Sequence[Value]) -> list[list[Value]]:
    """The values grouped by type and batch; each name once, in a fixed order."""
    unique = {value.name: value for value in values}
    batches: dict[tuple[str, str], list[Value]] = {}
    for name in sorted(unique):
        value = unique[name]
        batches.setdefault((type(value).__name__, repr(value.batch)), []).append(value)
    return [batches[key] for key in sorted(batches)]


def shifted(years: range, offset: int) -> tuple[int, ...]:
    """The years, `offset` later."""
    return tuple(year + offset for year in years)


def is_yearly(table: str) -> bool:
    """Whether a table has one file per calendar year."""
    return load_catalogue().table(table).kind == "yearly"


def column_name(value: object) -> str:
    """A column name from all fields of a value (a dataclass), so that equal names mean equal values."""
    fields = ", ".join(f"{name}={item}" for name, item in vars(value).items())
    # A dot in a name would mean a field of a structure in some engines.
    return f"{type(value).__name__}({fields})".translate(str.maketrans(".", ":", "\"'"))
