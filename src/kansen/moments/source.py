"""The cohort file as columns of numbers, checked: labels, ranks, area codes and outcomes.

A column that is not as it should be stops everything with one `TableError` that names the column, the first row
(counted from one), what was found and what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.cohorts.ready import ReadyCohort, text_in
from kansen.errors import AreaError, EmptyResultError, MissingInputError, TableError
from kansen.geography import Areas


@dataclass(frozen=True)
class CohortSource:
    """A cohort table: a Parquet file (columns are read when asked for), an Arrow table in memory, or both.

    `path` is the file, or None for a table; `where` is how errors call it. `names` gives the file's name of a column
    that is called otherwise there; a column of `table` comes before the file's own.
    """

    where: str
    rows: int
    schema: pa.Schema
    path: Path | None
    table: pa.Table | None
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, source: Path | str | pa.Table | ReadyCohort) -> CohortSource:
        """Open a cohort; refuse one that cannot be read or has nobody in it."""
        if isinstance(source, ReadyCohort):
            return replace(cls.open(source.path), table=source.keys, names=source.names)
        if not isinstance(source, (str, Path)):
            opened = cls("the cohort table", source.num_rows, source.schema, None, source)
        else:
            path = Path(source)
            if not path.is_file():
                raise MissingInputError("The cohort file is not there", where=path, expected="a Parquet file")
            try:
                meta = pq.read_metadata(path)
                opened = cls(str(path), meta.num_rows, meta.schema.to_arrow_schema(), path, None)
            except (pa.ArrowInvalid, OSError) as error:
                raise TableError(
                    "The cohort file cannot be read", where=path, found=str(error), expected="a whole Parquet file"
                ) from error
        if opened.rows == 0:
            raise EmptyResultError(
                "The cohort is empty", where=opened.where, found="0 rows", expected="a row per child"
            )
        return opened

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return self._in_table(name) or self._stored(name) in self.schema.names

    def knows(self, name: str) -> bool:
        """Whether there is a column of that name in which any child has a value; not read where the file tells."""
        if not self.has(name):
            return False
        told = None if self.path is None or self._in_table(name) else _nulls_told(self.path, self._stored(name))
        return (self.column(name).null_count if told is None else told) < self.rows

    def _in_table(self, name: str) -> bool:
        return self.table is not None and name in self.table.column_names

    def _stored(self, name: str) -> str:
        """What a column is called in the file, which is what errors call it too."""
        return name if self._in_table(name) else self.names.get(name, name)

    def column(self, name: str, *, codes: bool = False) -> pa.Array | pa.ChunkedArray:
        """One column, as stored. codes : text is of few different words, and wanted as a dictionary."""
        if not self.has(name):
            raise MissingInputError(
                "The cohort lacks a column",
                where=self.where,
                column=self._stored(name),
                found=", ".join(self.schema.names),
                todo="add the column, or map its name under [columns] in the spec",
            )
        if self.table is not None and self._in_table(name):
            return self.table.column(name)
        words = text_in(self.schema, self._stored(name)) if codes else []
        try:
            with pq.ParquetFile(self.path, read_dictionary=words) as file:
                return file.read(columns=[self._stored(name)]).column(0)
        except (pa.ArrowInvalid, OSError) as error:
            raise TableError(
                "A column cannot be read",
                where=self.where,
                column=self._stored(name),
                found=str(error),
                expected="a whole Parquet file",
            ) from error

    # what the kernels need

    def check_persons(self) -> None:
        """Refuse two rows for one child (where there is a column `person`)."""
        if not self.has("person"):
            return
        column = _whole(self.column("person"))
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        persons = column.dictionary_encode(null_encoding="encode")
        if len(persons.dictionary) == self.rows:
            return
        codes = persons.indices.to_numpy()
        twice = int(np.argmax(np.bincount(codes) > 1))
        rows = np.flatnonzero(codes == twice)
        found = f"{len(rows)} rows" + (" without a person" if persons.dictionary[twice].as_py() is None else "")
        raise TableError(
            "A child has more than one row",
            where=self.where,
            column=self._stored("person"),
            row=int(rows[1]) + 1,
            found=found,
            expected="one row per child",
        )

    def codes(self, column: str, codes: Sequence[str]) -> NDArray[np.int64]:
        """The code of each child in a column, a number into `codes`; len(codes) where it is missing."""
        known = {code: number for number, code in enumerate(codes)}
        return self._looked_up(column, known, missing=len(codes), expected=", ".join(codes) + ", or null")

    def areas(self, level: str, areas: Areas, column: str | None = None) -> NDArray[np.int64]:
        """The area of each child, a position in `areas.ids(level)`; -1 where it is not known.

        column : where the codes are; the column called as the level by default.
        """
        vintage = f" {areas.vintage(level)}" if areas.vintage(level) else ""
        return self._looked_up(
            column or level,
            areas.index(level),
            missing=-1,
            expected=f"a code of {level}{vintage}, or null",
            level=(areas, level),
        )

    def _looked_up(
        self,
        name: str,
        known: Mapping[str, int],
        missing: int,
        expected: str,
        level: tuple[Areas, str] | None = None,
    ) -> NDArray[np.int64]:
        column = self.column(name, codes=True)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_null(kind):
            return np.full(self.rows, missing, dtype=np.int64)
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
            raise TableError(
                "A column of codes is not text",
                where=self.where,
                column=self._stored(name),
                found=f"type {kind}",
                expected=expected,
            )
        encoded = _whole(column if pa.types.is_dictionary(column.type) else column.dictionary_encode())
        labels = encoded.dictionary.to_pylist()
        table = np.array([known.get(label, -2) for label in labels] + [missing], dtype=np.int64)
        if encoded.indices.null_count:
            indices = encoded.indices.cast(pa.int64()).fill_null(len(labels)).to_numpy()
        else:
            indices = encoded.indices.to_numpy()
        out = table[indices]
        if labels and table[:-1].min(initial=0) == -2 and (out == -2).any():
            row = int(np.flatnonzero(out == -2)[0])
            label = labels[int(indices[row])]
            told = level[0].explain_unknown(label, level[1]) if level else None
            raise TableError(
                "Unknown area code" if level else "Unknown label",
                where=self.where,
                column=self._stored(name),
                row=row + 1,
                found=f"{label!r}" + (f" ({told})" if told else ""),
                expected=expected,
                todo=None if level else f"map the labels under [labels.{name}] in the spec",
            )
        return out

    def ranks(self, name: str) -> NDArray[np.float64]:
        """The parental rank of each child, NaN where there is none."""
        values = self._numbers(name)
        self._refuse(name, values, (values < 0) | (values > 1), "a rank from 0 to 1, or null")
        return values

    def amounts(self, name: str) -> NDArray[np.float64]:
        """A column of amounts of each child that is not an outcome, NaN where there is none."""
        return self._numbers(name)

    def outcome(self, outcome: Outcome) -> NDArray[np.float64]:
        """An outcome of each child in its unit, NaN where it is missing."""
        values = self._numbers(outcome.id, infinite=outcome.infinite)
        if outcome.kind == "binary":
            self._refuse(outcome.id, values, ~((values == 0) | (values == 1) | np.isnan(values)), "0, 1 or null")
        elif outcome.kind in ("share", "rank"):
            self._refuse(outcome.id, values, (values < 0) | (values > 1), f"a {outcome.kind} from 0 to 1, or null")
        return values

    def _numbers(self, name: str, infinite: bool = False) -> NDArray[np.float64]:
        column = self.column(name)
        kind = column.type
        if pa.types.is_null(kind):
            return np.full(self.rows, np.nan)
        if not (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_boolean(kind)
            or pa.types.is_decimal(kind)
        ):
            raise TableError(
                "A column of numbers is not numeric",
                where=self.where,
                column=self._stored(name),
                found=f"type {kind}",
                expected="numbers",
            )
        if pa.types.is_boolean(kind):
            column = column.cast(pa.uint8())
        array = _whole(column.cast(pa.float64()))
        values = np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
        good = ~np.isnan(values) if infinite else np.isfinite(values)
        if np.count_nonzero(good) + array.null_count < self.rows:
            wrong = ~good & ~_numpy(array.is_null())
            self._refuse(name, values, wrong, "a finite number, or null where it is missing")
        return values

    def _refuse(self, name: str, values: NDArray[np.float64], wrong: NDArray[np.bool_], expected: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise TableError(
                f"{int(wrong.sum())} values cannot be used" if wrong.sum() > 1 else "A value cannot be used",
                where=self.where,
                column=self._stored(name),
                row=row + 1,
                found=f"{values[row]:g}",
                expected=expected,
            )


def area_column(source: CohortSource, areas: Areas, level: str, basis: str) -> str:
    """The column with the areas of a level: `LEVEL_birth` for the mother's home at birth, where the cohort has any."""
    if basis == "home" or not any(source.has(f"{one}_{basis}") for one in areas.levels):
        return level
    return f"{level}_{basis}"


def resolve_levels(
    source: CohortSource, areas: Areas, chain: Sequence[str], basis: str = "home"
) -> dict[str, NDArray[np.int64]]:
    """The area of every child at each level of a chain that is known, from small to large.

    A level that the cohort has no column for follows from the nearest smaller level of the chain that lies in it;
    the whole holds everybody. Levels that cannot be known are left out.
    """
    found: dict[str, NDArray[np.int64]] = {}
    for level in chain:
        column = area_column(source, areas, level, basis)
        if level == "nl":
            found[level] = np.zeros(source.rows, dtype=np.int64)
        elif source.has(column):
            found[level] = source.areas(level, areas, column)
        else:
            for smaller in reversed(found):
                with suppress(AreaError):
                    parent = np.append(areas.parent_index(smaller, level).astype(np.int64), -1)
                    found[level] = parent[found[smaller]]
                    break
    return found


def _nulls_told(path: Path, column: str) -> int | None:
    """How many rows of a column are null by the file's own statistics; None where it has none."""
    nulls, meta = 0, pq.read_metadata(path)
    paths = [meta.schema.column(number).path for number in range(meta.num_columns)]
    if column not in paths:  # a column of lists or of columns, which is not for us to judge
        return None
    at = paths.index(column)
    for group in range(meta.num_row_groups):
        statistics = meta.row_group(group).column(at).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        nulls += statistics.null_count
    return nulls


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        return column.unify_dictionaries().combine_chunks()
    return column.combine_chunks()


def _numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    return column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
