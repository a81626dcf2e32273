"""What protection costs a reader: how much is told, how far it is off, and how often it says something else.

Worked out with the vault, beside the audit. It counts cells of the vault, so it stays there: it is printed, or written
to a file that is named, and never put into a release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import ndtri

from kansen.geography import Areas
from kansen.measures import load_measure
from kansen.protection.audit.lattice import Ints, Lattice, read_lattice
from kansen.protection.audit.material import Figures, read_figures, read_outcome
from kansen.protection.audit.regions import Regions
from kansen.protection.audit.truth import ReadTruth, Truth, read_truth

ENOUGH = 10
"""Cells of the vault with fewer children are no loss to a reader."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """Cells of one level and number of attributes, over all outcomes.

    `cells` have enough children in the vault; `exact` and `noise` are the shares of them that are told so. `error` is
    the root mean square of told less true in standard errors of the figure, over figures with noise. `changed` is the
    share of told figures of which a reader concludes something else about the country's figure (above, below, or not
    clear) than from the true one, `reversed` above for below or the other way.
    """

    level: str
    attributes: int
    cells: int
    exact: float
    noise: float
    error: float | None
    changed: float | None
    reversed: float | None


@dataclass(frozen=True)
class Off:
    """How far the figures with noise of one outcome are off: root mean square in its unit, and in standard errors."""

    outcome: str
    figures: int
    rmse: float
    error: float


@dataclass(frozen=True)
class Utility:
    """What remains for a reader, per level and number of attributes, and per outcome."""

    told: tuple[Told, ...]
    off: tuple[Off, ...]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """A line per level and number of attributes."""
        lines = ["what is told, of cells with at least ten children:"]
        for row in self.told:
            off = "" if row.error is None else f"; off by {row.error:.2f} standard errors"
            changed = "" if row.changed is None else f"; {100 * row.changed:.1f} % conclude otherwise"
            lines.append(
                f"  {row.level}, {row.attributes} attributes: {100 * row.exact:.0f} % exact, "
                f"{100 * row.noise:.0f} % with noise of {row.cells:,}{off}{changed}"
            )
        return lines


@dataclass
class _Sums:
    cells: int = 0
    exact: int = 0
    noise: int = 0
    compared: int = 0
    squares: float = 0.0
    off: int = 0
    changed: int = 0
    reversed: int = 0


def utility(
    *,
    outcomes: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Any],
    areas: Areas,
    levels: Sequence[str],
    estimates: Callable[[str], pa.Table],
    truth: ReadTruth,
) -> Utility:
    """Compare a release with its vault; the arguments are those of `audit`."""
    lattice, regions = read_lattice(groups), Regions(areas, levels)
    attributes = attributes_of(lattice)
    sums: dict[tuple[str, int], _Sums] = {}
    off: list[Off] = []
    for content in outcomes:
        outcome = read_outcome(content)
        figures = read_figures(estimates(outcome.id), outcome, lattice, regions, {})
        true = read_truth(truth, outcome, groups, lattice, regions)
        _count_cells(true, regions, lattice, attributes, sums)
        _compare(figures, true, regions, lattice, attributes, sums, off)
    told = [_row(level, number, of) for (level, number), of in sums.items() if of.cells]
    order = {level: place for place, level in enumerate(regions.levels)}
    told.sort(key=lambda row: (order[row.level], row.attributes))
    return Utility(tuple(told), tuple(off))


def attributes_of(lattice: Lattice) -> Ints:
    """How many of position, sex, origin and household a group says something about, int64 [groups].

    >>> from kansen.moments import load_grid
    >>> attributes_of(read_lattice(load_grid().public()))[:4].tolist()
    [0, 1, 1, 1]
    """
    found = np.zeros(lattice.size, dtype=np.int64)
    for cube, number in zip(lattice.cubes, lattice.number, strict=True):
        count = np.zeros(1, dtype=np.int64)
        for told in (~np.array(cube.whole), *(~table.all(axis=1) for table in cube.codes)):
            count = np.add.outer(count, told.astype(np.int64)).ravel()
        found[number] = count
    return found


def _count_cells(
    true: Truth, regions: Regions, lattice: Lattice, attributes: Ints, sums: dict[tuple[str, int], _Sums]
) -> None:
    cells = true.cell[(true.n >= ENOUGH) & np.isfinite(true.est)]
    for level, number, own in _by_kind(cells, regions, lattice, attributes):
        sums.setdefault((level, number), _Sums()).cells += int(own.sum())


def _by_kind(
    cells: Ints, regions: Regions, lattice: Lattice, attributes: Ints
) -> list[tuple[str, int, NDArray[np.bool_]]]:
    area, count = cells // lattice.size, attributes[cells % lattice.size]
    found = []
    for level, of in regions.range.items():
        inside = (area >= of.start) & (area < of.stop)
        found += [(level, number, inside & (count == number)) for number in np.unique(count[inside]).tolist()]
    return found


def _compare(
    figures: Figures,
    true: Truth,
    regions: Regions,
    lattice: Lattice,
    attributes: Ints,
    sums: dict[tuple[str, int], _Sums],
    off: list[Off],
) -> None:
    cells = figures.area * lattice.size + figures.group
    est, lwr, upr = true.figures(cells)
    known = np.isfinite(est)
    error = (upr - lwr) / (2 * float(ndtri(0.5 + load_measure("expectation").confidence / 2)))
    away = figures.est - est
    scaled = np.divide(away, error, out=np.full(len(away), np.nan), where=error > 0)
    measured = ~figures.exact & np.isfinite(scaled)
    if measured.any():
        rmse, squares = (float(np.sqrt(np.mean(values[measured] ** 2))) for values in (away, scaled))
        off.append(Off(figures.id, int(measured.sum()), float(f"{rmse:.4g}"), round(squares, 4)))
    country = np.flatnonzero(cells == 0)
    told, real = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    compared = np.zeros(len(cells), dtype=bool)
    if len(country):
        told = _conclusion(figures.lwr, figures.upr, float(figures.est[country[0]]))
        real = _conclusion(lwr, upr, float(est[country[0]]))
        compared = known & np.isfinite(lwr) & np.isfinite(figures.lwr) & (cells != 0)
    large = true.children(cells) >= ENOUGH
    for level, number, own in _by_kind(cells, regions, lattice, attributes):
        of = sums.setdefault((level, number), _Sums())
        of.exact += int((own & large & figures.exact).sum())
        of.noise += int((own & large & ~figures.exact).sum())
        of.squares += float((scaled[own & measured] ** 2).sum())
        of.off += int((own & measured).sum())
        of.compared += int((own & compared).sum())
        of.changed += int((own & compared & (told != real)).sum())
        of.reversed += int((own & compared & (told * real < 0)).sum())


def _conclusion(lwr: Floats, upr: Floats, country: float) -> Ints:
    """1 above the country's figure, -1 below it, 0 when that is not clear."""
    return (lwr > country).astype(np.int64) - (upr < country).astype(np.int64)


def _row(level: str, attributes: int, of: _Sums) -> Told:
    def share(count: int, whole: int) -> float:
        return round(count / whole, 4)

    return Told(
        level,
        attributes,
        of.cells,
        share(of.exact, of.cells),
        share(of.noise, of.cells),
        round(float(np.sqrt(of.squares / of.off)), 4) if of.off else None,
        share(of.changed, of.compared) if of.compared else None,
        share(of.reversed, of.compared) if of.compared else None,
    )
