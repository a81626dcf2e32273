"""Low income through working life, from a panel of yearly incomes: streamed, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.errors import TableError, UsageError
from kansen.measures.frailty import Histories
from kansen.measures.spells import (
    HazardTable,
    Risks,
    Spells,
    Trend,
    YearlyHazard,
    hazard_table,
    risks,
    risks_by,
    spells_of,
    trend,
    turned,
    yearly_hazard,
)

BATCH = 500_000
"""People that are read at once."""
SEXES = ("men", "women")
_OLDEST = 120
"""Ages, in years, that people can have at the end of a panel."""

States = NDArray[np.int8]


def states_of(incomes: NDArray[np.float64], line: float) -> States:
    """Which incomes are low: 1 below `line`, 0 at or above it (to a millionth), -1 where there is none (NaN).

    >>> states_of(np.array([[10.0, 20.0, np.nan]]), 15.0).tolist()
    [[1, 0, -1]]
    """
    return np.where(np.isnan(incomes), -1, np.round(incomes, 6) < line).astype(np.int8)


@dataclass(frozen=True)
class LowIncome:
    """What a panel tells of low income; the calendar years are `years`, the columns of every table.

    leaving : risks of spells of low income to end. weighted : the same where people of one sex and year of birth who
    are still seen in the next year stand for those who are not, in every year apart. again : risks of the time outside
    after a spell to end in another one. by_sex : of leaving, men and women. histories : first spells of people who
    were outside when first seen.
    low, known : people with a low and with any income per year.
    """

    years: tuple[int, ...]
    line: float
    leaving: Risks
    weighted: Risks
    again: Risks
    by_sex: dict[str, Risks]
    histories: Histories
    low: NDArray[np.int64]
    known: NDArray[np.int64]

    def hazards(self, longest: int = 10, *, weighted: bool = False) -> HazardTable:
        """The hazard of leaving by length of the spell. weighted : for those who are gone."""
        return hazard_table(self.weighted if weighted else self.leaving, longest=longest)

    def reentry(self, longest: int = 10) -> HazardTable:
        """The hazard of a low income again by years since the last one."""
        return hazard_table(self.again, longest=longest)

    def by_year(self, longest: int = 3, *, weighted: bool = False) -> YearlyHazard:
        """The chance to leave per calendar year, raw and with equal lengths. weighted : for those who are gone."""
        return yearly_hazard(self.weighted if weighted else self.leaving, longest)

    def trend(self, first: int, last: int, longest: int = 3) -> Trend | None:
        """The change per year of the chance to leave with equal lengths, from `first` to `last` (N14: it falls)."""
        yearly = self.by_year(longest)
        years = np.array(self.years)
        chosen = (years >= first) & (years <= last)
        return trend(years[chosen], yearly.hazard[chosen], yearly.se[chosen])


def low_income(
    panel: Path | Sequence[Path],
    years: Sequence[int],
    line: float,
    *,
    gap: int = 0,
    ages: tuple[int, int] | None = None,
) -> LowIncome:
    """Follow spells of low income through a panel (a file or several, as `kansen.cohorts.panel.build_panel` writes).

    Nobody may be in more than one file. line : incomes below it are low, in the euros of the panel. gap : 0, or 1 to
    bridge single years. ages : incomes at other ages are as unknown (N14 is of 30 to 49).

    Raises `TableError` for a file that lacks a year, and `UsageError` for a line that is not above zero.
    """
    if not line > 0:
        raise UsageError("The line of a low income cannot be used", found=line, expected="an amount above zero")
    size = len(years)
    shape = (size, size)
    again = Risks(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    cells = Risks(*np.zeros((3, (len(SEXES) + 1) * _OLDEST, size, size)))
    there = np.zeros(cells.at_risk.shape[:2])
    low, known = np.zeros(size, np.int64), np.zeros(size, np.int64)
    histories: Histories | None = None
    for states, sex, born in _read([panel] if isinstance(panel, Path) else panel, years, line, ages):
        low += (states == 1).sum(axis=0)
        known += (states >= 0).sum(axis=0)
        spells = spells_of(states, gap)
        cell = (sex * _OLDEST + np.clip(years[-1] - born, 0, _OLDEST - 1))[spells.person]
        cells = cells + _of_cells(spells, cell, len(there))
        # As if every spell were seen to its end: all its years, also the last one of who is not seen any more.
        there += _of_cells(replace(spells, ended=np.ones(len(spells), np.bool_)), cell, len(there)).at_risk.sum(axis=2)
        again = again + risks(spells_of(turned(states), gap))
        first = np.argmax(states >= 0, axis=1)
        outside = states[np.arange(len(states)), first] == 0
        here = Histories.of(spells.take(outside[spells.person]))
        histories = here if histories is None else (histories + here).gathered()
    assert histories is not None, "there is at least one batch, perhaps of nobody"
    by_sex = {name: _summed(cells, slice(at * _OLDEST, (at + 1) * _OLDEST)) for at, name in enumerate(SEXES)}
    seen = cells.at_risk.sum(axis=2)
    weight = np.divide(there, seen, out=np.zeros_like(there), where=seen > 0)[:, :, None]
    weighted = Risks(cells.at_risk * weight, cells.ended * weight, cells.squares * weight**2)
    leaving = _summed(cells)
    return LowIncome(tuple(years), line, leaving, _summed(weighted), again, by_sex, histories, low, known)


def _of_cells(spells: Spells, cell: NDArray[np.int64], size: int) -> Risks:
    """The risks per cell of people, arrays of shape (cells, years, lengths)."""
    found = risks_by(spells, cell, size)
    return Risks(*(np.stack([getattr(one, name) for one in found]) for name in ("at_risk", "ended", "squares")))


def _summed(cells: Risks, which: slice = slice(None)) -> Risks:
    """Those of some cells together."""
    return Risks(*(getattr(cells, name)[which].sum(axis=0) for name in ("at_risk", "ended", "squares")))


def _read(
    paths: Sequence[Path], years: Sequence[int], line: float, ages: tuple[int, int] | None
) -> Iterator[tuple[States, NDArray[np.int64], NDArray[np.int64]]]:
    """States, the number of the sex (after those of `SEXES`: not known) and year of birth, some people at a time."""
    columns = [f"income_{year}" for year in years]
    yield np.empty((0, len(years)), np.int8), np.empty(0, np.int64), np.empty(0, np.int64)
    for path in paths:
        file = pq.ParquetFile(path)
        lacking = [name for name in [*columns, "sex", "birth_year"] if name not in file.schema_arrow.names]
        if lacking:
            raise TableError(
                "A panel lacks columns",
                where=str(path),
                column=", ".join(lacking),
                found=", ".join(file.schema_arrow.names),
                expected="sex, birth_year and a column of incomes for every year",
            )
        for batch in file.iter_batches(BATCH, columns=[*columns, "sex", "birth_year"]):
            yield _states(batch, columns, years, line, ages)


def _states(
    batch: pa.RecordBatch, columns: Sequence[str], years: Sequence[int], line: float, ages: tuple[int, int] | None
) -> tuple[States, NDArray[np.int64], NDArray[np.int64]]:
    born = batch.column("birth_year").to_numpy(zero_copy_only=False).astype(np.int64)
    states = np.empty((batch.num_rows, len(columns)), np.int8)
    for at, (name, year) in enumerate(zip(columns, years, strict=True)):
        own = states_of(batch.column(name).to_numpy(zero_copy_only=False).astype(float), line)
        if ages is not None:
            age = year - born
            own = np.where((age >= ages[0]) & (age <= ages[1]), own, -1).astype(np.int8)
        states[:, at] = own
    place = pc.call_function("index_in", [batch.column("sex")], pc.SetLookupOptions(pa.array(SEXES)))
    return states, place.fill_null(len(SEXES)).to_numpy(zero_copy_only=False).astype(np.int64), born
