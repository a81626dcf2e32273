"""Small worlds to close, and an attacker who sees only what is published: plain linear algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa

from kansen.cohorts.declarations import Kind, Outcome
from kansen.geography import Areas, areas_from_hierarchy
from kansen.moments import Prepared, load_grid
from kansen.moments.compute import prepare_grids
from kansen.protection.closure import Closed, close
from moments.worlds import outcome

PRIME = (1 << 31) - 1

SMALL_GROUPS = """
[axis.income]
label = { nl = "Inkomen", en = "Income" }
column = "income_rank"
kansenkaart = "income_group"
position = [
  { id = "all", kansenkaart = "all", label = { nl = "alle", en = "all" }, phrase = { nl = "", en = "" } },
  { id = "low", range = [0.0, 0.4], at = 0.2, kansenkaart = "Low", label = { nl = "l", en = "l" }, phrase = { nl = "", en = "" } },
  { id = "mid", range = [0.3, 0.6], at = 0.5, kansenkaart = "Mid", label = { nl = "m", en = "m" }, phrase = { nl = "", en = "" } },
]
[axis.education]
label = { nl = "Opleiding", en = "Education" }
column = "parent_education"
codes = ["high", "other"]
kansenkaart = "education_group"
position = [
  { id = "all", kansenkaart = "all", label = { nl = "alle", en = "all" }, phrase = { nl = "", en = "" } },
  { id = "high", of = ["high"], kansenkaart = "High", label = { nl = "h", en = "h" }, phrase = { nl = "", en = "" } },
  { id = "other", of = ["other"], kansenkaart = "Other", label = { nl = "o", en = "o" }, phrase = { nl = "", en = "" } },
]
[sex]
label = { nl = "Geslacht", en = "Sex" }
column = "sex"
kansenkaart = "gender_group"
codes = ["men", "women"]
member = [
  { id = "all", of = ["men", "women"], kansenkaart = "all", label = { nl = "a", en = "a" }, phrase = { nl = "", en = "" } },
  { id = "men", of = ["men"], kansenkaart = "Men", label = { nl = "m", en = "m" }, phrase = { nl = "", en = "" } },
  { id = "women", of = ["women"], kansenkaart = "Women", label = { nl = "w", en = "w" }, phrase = { nl = "", en = "" } },
]
[origin]
label = { nl = "Herkomst", en = "Origin" }
column = "origin"
kansenkaart = "migration_group"
codes = ["none", "turkey", "other"]
member = [
  { id = "all", of = ["none", "turkey", "other"], kansenkaart = "all", label = { nl = "a", en = "a" }, phrase = { nl = "", en = "" } },
  { id = "none", of = ["none"], kansenkaart = "None", label = { nl = "n", en = "n" }, phrase = { nl = "", en = "" } },
  { id = "any", of = ["turkey", "other"], kansenkaart = "Any", label = { nl = "y", en = "y" }, phrase = { nl = "", en = "" } },
  { id = "turkey", of = ["turkey"], kansenkaart = "Turkey", label = { nl = "t", en = "t" }, phrase = { nl = "", en = "" } },
]
[household]
label = { nl = "Gezin", en = "Household" }
column = "household_type"
kansenkaart = "household_group"
codes = ["single", "two", "other"]
member = [
  { id = "all", of = ["single", "two", "other"], kansenkaart = "all", label = { nl = "a", en = "a" }, phrase = { nl = "", en = "" } },
  { id = "single", of = ["single"], kansenkaart = "Single", label = { nl = "s", en = "s" }, phrase = { nl = "", en = "" } },
  { id = "two", of = ["two"], kansenkaart = "Two", label = { nl = "t", en = "t" }, phrase = { nl = "", en = "" } },
]
"""  # noqa: E501

ORIGINS, HOUSEHOLDS = ("none", "turkey", "other"), ("single", "two", "other")


KEYS = ("sex", "origin", "household_type", "income_rank", "parent_education", "municipality", "wijk")

Outcomes = Callable[[np.random.Generator, int], dict[str, np.ndarray]]


@dataclass(frozen=True)
class World:
    """A cohort in municipalities and wijken, and what was published of it."""

    table: pa.Table
    areas: Areas
    prepared: tuple[Prepared, ...]
    outcomes: tuple[Outcome, ...]
    closed: Closed


def small_world(
    folder: Path, seed: int, *, segregated: bool = False, more: Outcomes | None = None, kinds: Mapping[str, Kind] = {}
) -> World:
    """Four municipalities with three to five wijken, some tiny; outcomes within one another and on their own.

    more : gives other outcomes of so many children in their place; kinds : of those that are not binary.
    """
    rng = np.random.default_rng(seed)
    wijken = [(f"M{m}", f"M{m}W{number}") for m in range(4) for number in range(int(rng.integers(3, 6)))]
    columns: dict[str, list[np.ndarray]] = {}
    for municipality, wijk in wijken:
        size = int(rng.choice([20, 60, 150, 400], p=[0.2, 0.3, 0.3, 0.2]))
        mix = rng.dirichlet(np.array([8.0, 1.5, 2.0]) * (0.3 if segregated else 3))
        homes = rng.dirichlet(np.array([2.0, 7.0, 0.5]) * (0.3 if segregated else 3))
        rank = np.clip(rng.beta(2 if segregated else 1, 1, size) ** rng.uniform(0.4, 2), 0, 1)
        havo = (rng.random(size) < np.clip(0.35 + 0.4 * rank, 0, 1)).astype(float)
        part = {
            "sex": rng.choice(["men", "women"], size),
            "origin": rng.choice(ORIGINS, size, p=mix),
            "household_type": rng.choice(HOUSEHOLDS, size, p=homes),
            "income_rank": np.where(rng.random(size) < 0.03, np.nan, rank),
            "parent_education": rng.choice(["high", "other"], size, p=[0.3, 0.7]),
            "municipality": np.full(size, municipality),
            "wijk": np.full(size, wijk),
            "havo": havo,
            "vwo": havo * (rng.random(size) < 0.5),
            "rare": (rng.random(size) < 0.06).astype(float),
        }
        # Wages are known of those who work, and of them only.
        part["work"] = (rng.random(size) < 0.7).astype(float)
        part["wage"] = np.where(part["work"] > 0, 1000.0 + rng.random(size), np.nan)
        for name, values in part.items():
            columns.setdefault(name, []).append(values)
    joined = {name: np.concatenate(values) for name, values in columns.items()}
    if more is None:
        return world_of(folder, wijken, joined, {"wage": "money"})
    plain = {name: values for name, values in joined.items() if name in KEYS}
    return world_of(folder, wijken, plain | more(rng, len(plain["sex"])), kinds)


def world_of(
    folder: Path, wijken: Sequence[tuple[str, str]], columns: Mapping[str, np.ndarray], kinds: Mapping[str, Kind] = {}
) -> World:
    """A cohort, closed. wijken : municipality and wijk. kinds : of the outcomes that are not binary."""
    rows = ["child_type,child_id,parent_type,parent_id", *(f"wijk,{wijk},municipality,{of}" for of, wijk in wijken)]
    (folder / "areas.csv").write_text("\n".join(rows) + "\n")
    (folder / "groups.toml").write_text(SMALL_GROUPS)
    areas = areas_from_hierarchy(folder / "areas.csv")
    size = len(columns["wijk"])
    table = pa.table({"person": np.arange(size), **{name: _null(values) for name, values in columns.items()}})
    prepared = prepare_grids(
        table, areas, [load_grid(axis, folder / "groups.toml") for axis in ("income", "education")]
    )
    outcomes = tuple(outcome(name, kinds.get(name, "binary")) for name in columns if name not in KEYS)
    return World(table, areas, prepared, outcomes, close(prepared, outcomes, threads=1))


def _null(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values)) if values.dtype.kind == "f" else pa.array(values)


class Attacker:
    """Somebody who knows what is published, what every group is, and perhaps which kinds of children live nowhere.

    Kinds of children are combinations of the codes that the groups are made of. Unknown is how many there are of each
    kind in each wijk; `published` are the sums of those that are told.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        grids = [of.grid for of in world.prepared]
        income, education = grids
        frame = world.table.to_pandas()
        rank = frame["income_rank"].to_numpy()
        self.cuts = [*income.slices, None]
        position = np.full(len(rank), len(income.slices))
        for number, (low, low_in, high, high_in) in enumerate(income.slices):
            position[((rank >= low) if low_in else (rank > low)) & ((rank <= high) if high_in else (rank < high))] = (
                number
            )
        dimensions = [
            np.arange(len(of)) for of in (self.cuts, education.codes, *(d.codes for d in income.dimensions))
        ]  # fmt: skip
        self.kinds = np.array(list(product(*dimensions)))
        sizes = [len(of) for of in dimensions]
        place = position
        columns = [("parent_education", education.codes), *((d.column, d.codes) for d in income.dimensions)]
        for size, (column, codes) in zip(sizes[1:], columns, strict=True):
            place = place * size + frame[column].map({code: n for n, code in enumerate(codes)}).to_numpy()
        self.kind = place
        spine = world.closed.people.spine
        self.regions = [(level, area) for level in spine.levels for area in world.areas.ids(level)]
        wijken = list(world.areas.ids("wijk"))
        self.wijk = frame["wijk"].map({wijk: n for n, wijk in enumerate(wijken)}).to_numpy()
        above = world.areas.parent_index("wijk", "municipality")
        municipalities = world.areas.ids("municipality")
        self.leaves = [
            np.ones(len(wijken), bool) if level == "nl"
            else above == municipalities.index(area) if level == "municipality"
            else np.array(wijken) == area
            for level, area in self.regions
        ]  # fmt: skip
        # Every group of the first grid, and those of the others whose position is not everybody: and cells between.
        self.groups, self.cells = [], []
        for number, grid in enumerate(grids):
            for position, *members in product(grid.positions, *(d.members for d in grid.dimensions)):
                inside = self._position(number, position)
                for column, dimension, member in zip((2, 3, 4), grid.dimensions, members, strict=True):
                    inside = inside & np.isin(
                        self.kinds[:, column], [dimension.codes.index(code) for code in member.of]
                    )
                self.groups.append((number, inside))
        self.cells = [inside for _, inside in self.groups]

    def _position(self, grid: int, position) -> np.ndarray:
        if position.everybody:
            return np.ones(len(self.kinds), bool)
        of = self.world.prepared[grid].grid
        if of.codes:
            return np.isin(self.kinds[:, 1], [of.codes.index(code) for code in position.of])
        low, high = position.range
        inside = [cut is not None and low <= cut[0] and cut[2] <= high for cut in self.cuts]
        return np.array(inside)[self.kinds[:, 0]]

    def true(self, chosen: np.ndarray) -> np.ndarray:
        """Children `chosen` of every kind in every wijk, [wijken, kinds]."""
        out = np.zeros((len(self.world.areas.ids("wijk")), len(self.kinds)), int)
        np.add.at(out, (self.wijk[chosen], self.kind[chosen]), 1)
        return out

    def possible(self, there: np.ndarray) -> np.ndarray:
        """Which unknowns somebody has to reckon with who knows every empty atom of every wijk, flat."""
        out = np.ones(there.shape, bool)
        for position in (0, 1):
            rest = np.delete(self.kinds, 1 - position, axis=1)
            _, atom = np.unique(rest, axis=0, return_inverse=True)
            occupied = np.zeros((len(there), atom.max() + 1), bool)
            for number in range(len(self.kinds)):
                occupied[:, atom[number]] |= there[:, number] > 0
            out &= occupied[:, atom.reshape(-1)]
        return out.reshape(-1)

    def sums(self, counts: np.ndarray) -> np.ndarray:
        """Every cell of every region, [regions, cells]."""
        return np.array([counts[leaves].sum(axis=0) for leaves in self.leaves]) @ np.array(self.cells).T.astype(int)

    def flags(self, of) -> np.ndarray:
        """What is published, [regions, groups]: `of` gives it per level and grid."""
        levels = self.world.closed.levels
        return np.vstack([np.hstack([of(level, grid) for grid in range(len(self.world.prepared))]) for level in levels])

    def rows(self, flags: np.ndarray) -> Iterator[np.ndarray]:
        """The published sums, as vectors over wijken and kinds."""
        for region, group in zip(*np.nonzero(flags), strict=True):
            yield np.outer(self.leaves[region], self.cells[group]).reshape(-1)

    def in_span(self, rows: Sequence[np.ndarray], open_: np.ndarray, blocks: int = 1) -> np.ndarray:
        """Which cells follow from the rows, [regions, cells] for each block of unknowns.

        open_ [unknowns] : those that are not known to be nobody. A random vector that all rows are orthogonal to is
        orthogonal to what follows from them, and (almost surely) to nothing else.
        """
        matrix = np.array(rows, dtype=np.int64).reshape(len(rows), -1)[:, open_]
        # Unknowns that are always told together are one.
        compact, merged = np.unique(matrix, axis=1, return_inverse=True)
        merged = merged.reshape(-1)
        z = np.random.default_rng(0).integers(1, PRIME, matrix.shape[1])
        pooled = np.zeros(compact.shape[1], np.int64)
        np.add.at(pooled, merged, z)
        # Moving one unknown of each kind makes the vector orthogonal to all rows.
        first = np.zeros(compact.shape[1], int)
        first[merged] = np.arange(len(merged))
        z[first] += null_vector(compact, pooled % PRIME) - pooled
        full = np.zeros(len(open_), np.int64)
        full[open_] = z % PRIME
        found = []
        for vector in full.reshape(blocks, len(self.leaves[0]), len(self.kinds)):
            found.append(self.sums(vector) % PRIME == 0)
        return np.array(found)


def null_vector(rows: np.ndarray, start: np.ndarray) -> np.ndarray:
    """A vector that all rows are orthogonal to, modulo PRIME, as `start` where no row has its pivot: exact."""
    rows, pivots = rows % PRIME, []
    done = 0
    for column in range(rows.shape[1]):
        found = np.flatnonzero(rows[done:, column])
        if not len(found):
            continue
        rows[[done, done + found[0]]] = rows[[done + found[0], done]]
        rows[done] = rows[done] * pow(int(rows[done, column]), -1, PRIME) % PRIME
        below = done + 1 + np.flatnonzero(rows[done + 1 :, column])
        rows[below] = (rows[below] - rows[below, column][:, None] * rows[done]) % PRIME
        pivots.append(column)
        done += 1
        if done == len(rows):
            break
    out = start.copy()
    out[pivots] = 0
    for row in range(done - 1, -1, -1):
        # Products are below 2**62: they are reduced before they are added.
        out[pivots[row]] = -int((rows[row] * out % PRIME).sum()) % PRIME
    return out
