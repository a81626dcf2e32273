"""Published files of every generation, made up: the same cells, written with the labels of their time.

The labels are written out here by hand, so that a slip in the declaration that is tested shows.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kansen.release import open_release
from registers import rdata

Cell = tuple[str, str, str, str, str, str, str]
"""Axis, position, sex, origin, household, level, area."""

Figure = tuple[str, str, str, str]
"""n, est, lwr, upr as they are written."""

POSITIONS = {
    "G1": {"all": "all", "low": "low", "mid": "mid", "high": "high"},
    "G2": {"all": "all", "low": "Low", "mid": "Mid", "high": "High"},
    "G3": {
        "all": "all", "very_low": "Very_Low", "low": "Low", "mid": "Mid", "high": "High", "very_high": "Very_High",
    },
}  # fmt: skip
EDUCATION = {
    "G2": {"all": "all", "university": "wo", "hpe": "hbo", "other": "other"},
    "G3": {"all": "all", "university": "University", "hpe": "Higher Professional Education", "other": "Other"},
}
SEX = {
    "G1": {"all": "all", "men": "male", "women": "female"},
    "G2": {"all": "all", "men": "Mannen", "women": "Vrouwen"},
    "G3": {"all": "all", "men": "Men", "women": "Women"},
}
ORIGIN = {
    "G1": {
        "all": "all", "none": "native", "turkey": "turkey", "morocco": "morocco", "suriname": "surinam",
        "dutch_caribbean": "antilles", "other_western": "otherswestern", "other_nonwestern": "othersnonwestern",
        "nonwestern": "totalnonwestern",
    },
    "G2": {
        "all": "all", "none": "Nederland", "turkey": "Turkije", "morocco": "Marokko", "suriname": "Suriname",
        "dutch_caribbean": "Nederlandse Antillen (oud)", "other": "Overig",
    },
    "G3": {
        "all": "all", "none": "No Migration Background", "any": "has_migration", "turkey": "Turkey",
        "morocco": "Morocco", "suriname": "Suriname", "dutch_caribbean": "Dutch Caribbean", "other": "Other",
    },
}  # fmt: skip
HOUSEHOLD = {
    "G1": {"all": ""},
    "G2": {"all": "all", "single": "single parent", "two": "two parents"},
    "G3": {"all": "all", "single": "Single Parent", "two": "Two Parents"},
}
REGION = {
    "G1": {"nl": "all", "municipality": "gemeente_code", "pc4": "postcode4"},
    "G2": {
        "nl": "all", "corop": "corop_code", "municipality": "gemeente_code", "wijk": "wijk_code", "pc3": "postcode3",
        "pc4": "postcode4",
    },
    "G3": {
        "nl": "all", "corop": "corop_code", "municipality": "municipality_code", "wijk": "neighborhood_code",
        "pc3": "postcode3", "pc4": "postcode4",
    },
}  # fmt: skip
AREAS = {
    "nl": ["NL"], "corop": ["CR01", "CR23"], "municipality": ["GM0014", "GM0363", "GM0457"],
    "wijk": ["WK001400", "WK036344", "WK036399"], "pc3": ["101", "106"], "pc4": ["1011", "1061", "1062"],
}  # fmt: skip
"""GM0457 (Weesp) is no municipality any more, WK036399 a wijk of no year that we know."""

GROUPS = {"income": "income_group", "wealth": "wealth_group", "education": "education_group"}
FOLDERS = {"income": "income", "wealth": "wealth", "education": "educ"}
AXES = {"G1": ("income",), "G2": ("income", "education"), "G3": tuple(GROUPS), "G4": tuple(GROUPS)}
OUTCOMES = {"G1": "c30_income", "G2": "c30_income", "G3": "c35_income", "G4": "c35_income"}


@dataclass(frozen=True)
class World:
    """Cells of one outcome as one generation published them."""

    generation: str
    outcome: str
    cells: Mapping[Cell, Figure]
    basis: str = "home"


def table(of: Mapping[str, Mapping[str, str]], generation: str) -> Mapping[str, str]:
    """The labels of a generation; G4 has those of G3, but for one."""
    if generation != "G4":
        return of[generation]
    return {ours: "Turkiye" if label == "Turkey" else label for ours, label in of["G3"].items()}


def number(value: float) -> str:
    """A number as R writes it: at most 15 digits, the shortest text."""
    return f"{value:.15g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.15f}".rstrip("0")


def random_world(
    generation: str, seed: int, cells: int = 60, outcome: str | None = None, axes: Sequence[str] = ()
) -> World:
    """Cells chosen at random; those of everybody are the same on every axis for most seeds, and differ for others."""
    rnd = random.Random(seed)
    differ = rnd.random() < 0.3
    money = rnd.random() < 0.5
    found: dict[Cell, Figure] = {}
    shared: dict[Cell, Figure] = {}
    for _ in range(cells):
        axis = rnd.choice(list(axes or AXES[generation]))
        positions = table(EDUCATION if axis == "education" else POSITIONS, generation)
        level = rnd.choice(list(table(REGION, generation)))
        cell = (
            axis,
            rnd.choice(list(positions)),
            rnd.choice(list(table(SEX, generation))),
            rnd.choice(list(table(ORIGIN, generation))),
            rnd.choice(list(table(HOUSEHOLD, generation))),
            level,
            rnd.choice(AREAS[level]),
        )
        est = rnd.gauss(31000, 9000) if money else rnd.random()
        half = rnd.random() * (3000 if money else 0.1)
        digits = rnd.choice([0, 1, 4, 12])
        low, mid, high = (round(value, digits) + 0.0 for value in (est - half, est, est + half))
        n = "" if generation == "G1" else str(rnd.randrange(1, 9000) * 10)
        limits = ("", "") if rnd.random() < 0.05 else (number(low), number(high))
        figure = (n, number(mid), *limits)
        same = cell[1] == "all" and not (differ and rnd.random() < 0.5)
        found[cell] = shared.setdefault(("all", *cell[1:]), figure) if same else figure
    return World(generation, outcome or OUTCOMES[generation], found)


def header(generation: str, axis: str) -> list[str]:
    """The columns of a file, in their order."""
    if generation == "G1":
        names = ["gender_group", "migration_group", "region_type", "region_id", "est", "lwr", "upr"]
    else:
        names = ["gender_group", "migration_group", "household_group", "region_type", "region_id", "n", "est"]
        names += ["lwr", "upr"]
    first = ["outcome", "binary"] if generation == "G4" else ["outcome"]
    last = ["reason_of_na"] if generation == "G4" else []
    return [*first, GROUPS[axis], *names, *last]


def row(world: World, cell: Cell, figure: Figure, reason: str = "") -> dict[str, str]:
    """A cell as a row."""
    axis, position, sex, origin, household, level, area = cell
    generation = world.generation
    kind = table(REGION, generation)[level]
    positions = table(EDUCATION if axis == "education" else POSITIONS, generation)
    n, est, lwr, upr = figure
    return {
        "outcome": world.outcome,
        "binary": "FALSE",
        GROUPS[axis]: positions[position],
        "gender_group": table(SEX, generation)[sex],
        "migration_group": table(ORIGIN, generation)[origin],
        "household_group": table(HOUSEHOLD, generation)[household],
        "region_type": kind if level == "nl" or world.basis == "home" else f"{kind}_{world.basis}",
        "region_id": "all" if level == "nl" else area.lstrip("GMWKCR"),
        "n": n,
        "est": est,
        "lwr": lwr,
        "upr": upr,
        "reason_of_na": reason,
    }


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, bom: bool = True) -> Path:
    """Write a csv file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(columns), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write(folder: Path, world: World, seed: int = 0) -> Path:
    """The files of a world, rows in an order of chance, as its generation lays them out."""
    rnd = random.Random(seed)
    files: dict[tuple[str, str], list[dict[str, str]]] = {}
    for cell, figure in world.cells.items():
        written = row(world, cell, figure)
        kind = "" if world.generation == "G4" else "_" + written["region_type"]
        files.setdefault((cell[0], kind), []).append(written)
    for (axis, kind), rows in files.items():
        rnd.shuffle(rows)
        inside = folder / FOLDERS[axis] / ("" if world.generation == "G4" else world.outcome)
        write_rows(inside / f"{world.outcome}{kind}.csv", header(world.generation, axis), rows, bom=rnd.random() < 0.8)
    return folder


def shown(release: Path, outcome: str) -> dict[Cell, tuple[float | None, ...]]:
    """Every figure of an outcome in a release; everybody with the axis `all`."""
    with open_release(release) as opened:
        rows = opened.estimates(outcome).to_pylist()
    found = {}
    for one in rows:
        axis = "all" if one["position"] == "all" else one["axis"]
        cell = (axis, *(one[name] for name in ("position", "sex", "origin", "household", "level", "area")))
        found[cell] = tuple(one[name] for name in ("n", "est", "lwr", "upr"))
    return found


def expected(world: World) -> dict[Cell, tuple[float | None, ...]]:
    """The same of a world: of everybody, what the first axis has."""
    found: dict[Cell, tuple[float | None, ...]] = {}
    for cell, figure in sorted(world.cells.items(), key=lambda item: list(GROUPS).index(item[0][0])):
        key = ("all" if cell[1] == "all" else cell[0], *cell[1:])
        found.setdefault(key, tuple(None if text == "" else float(text) for text in figure))
    return found


def read_rows(folder: Path) -> list[tuple[str, ...]]:
    """All rows of all csv files below a folder, sorted."""
    found = []
    for path in folder.rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.DictReader(handle)
            found += [(path.parent.name, *rows.fieldnames[:2], *one.values()) for one in rows]  # type: ignore[index]
    return sorted(found)


KLOOF = ("geografie", "geslacht", "migratieachtergrond", "huishouden", "parent_income_wealth_bins", "uitkomst", "N",
         "mean", "parents_income", "opleiding_ouders", "type")  # fmt: skip


def write_kloof(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """A table of Kansenkloof Nederland: rows in the order of `KLOOF`."""
    columns = {name: rdata.vector([one[i] for one in rows]) for i, name in enumerate(KLOOF)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rdata.frame(columns, len(rows)))
    return path
