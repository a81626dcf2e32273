"""Unprotected estimates for checks inside the enclave: one Parquet file per outcome, with the labels of KansenKaart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.files import atomic_path
from kansen.geography import Areas
from kansen.measures.expectation import Estimates
from kansen.moments import Grid

REGION_TYPES: Mapping[str, tuple[str, str]] = {
    "nl": ("all", "NL"),
    "province": ("province_code", "PV"),
    "corop": ("corop_code", "CR"),
    "municipality": ("municipality_code", "GM"),
    "wijk": ("neighborhood_code", "WK"),
    "pc3": ("postcode3", ""),
    "pc4": ("postcode4", ""),
}
"""Level: what KansenKaart calls it, and the letters that its codes do without."""


def region_type(level: str, basis: str = "home") -> str:
    """What KansenKaart calls the areas of a level; those of the mother's home at birth have a suffix.

    >>> region_type("wijk"), region_type("municipality", "birth"), region_type("nl", "birth")
    ('neighborhood_code', 'municipality_code_birth', 'all')
    """
    name = REGION_TYPES.get(level, (level, ""))[0]
    return name if basis == "home" or level == "nl" else f"{name}_{basis}"


def region_id(level: str, area: str) -> str:
    """An area's code as KansenKaart writes it.

    >>> region_id("municipality", "GM0363"), region_id("nl", "NL"), region_id("pc4", "1061")
    ('0363', 'all', '1061')
    """
    if level == "nl":
        return "all"
    return area.removeprefix(REGION_TYPES.get(level, ("", ""))[1])


def estimates_path(folder: Path, outcome: str, axis: str = "income") -> Path:
    """Where the estimates of an outcome are in a vault: those by other things than income in a folder of their own."""
    return folder / "estimates" / ("" if axis == "income" else axis) / f"{outcome}.parquet"


def write_vault(
    folder: Path,
    outcome: Outcome,
    estimates: Mapping[str, Estimates],
    areas: Areas,
    grid: Grid,
    counted: str = "observed",
) -> Path:
    """Write every occupied cell of one outcome, in full precision, to its place in the vault (`estimates_path`).

    Columns: outcome, income_group (or wealth_group, education_group), gender_group, migration_group, household_group,
    region_type, region_id, n (children with the outcome observed, or all where `counted` is "rows"), est, lwr, upr
    (null where there is none).
    """
    labels = [[member.kansenkaart for member in of] for of in (grid.positions, *(d.members for d in grid.dimensions))]
    codes = np.indices(grid.shape).reshape(4, -1).astype(np.int32)
    names = (grid.kansenkaart, *(dimension.kansenkaart for dimension in grid.dimensions))
    sizes = [len(item) for item in estimates.values()]
    group = np.concatenate([item.group for item in estimates.values()])
    # Cells are sorted by level and group: words are looked up once per stretch of equal ones.
    first = np.flatnonzero(np.diff(group, prepend=-1))
    stretch = np.diff(np.append(first, len(group)))
    columns: dict[str, pa.Array] = {"outcome": _words(np.zeros(len(group), np.int32), [outcome.id])}
    for name, values, code in zip(names, labels, codes, strict=True):
        columns[name] = _words(np.repeat(code[group[first]], stretch), values)
    region_types = [region_type(level, outcome.basis) for level in estimates]
    columns["region_type"] = _words(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes), region_types)
    starts = np.cumsum([0, *(len(areas.ids(level)) for level in estimates)], dtype=np.int32)
    area = np.concatenate([item.area + start for item, start in zip(estimates.values(), starts, strict=False)])
    columns["region_id"] = _words(area, [region_id(level, area) for level in estimates for area in areas.ids(level)])
    counts = [item.rows if counted == "rows" else item.n for item in estimates.values()]
    columns["n"] = pa.array(np.concatenate(counts), pa.int64())
    for name in ("est", "lwr", "upr"):
        values = np.concatenate([getattr(item, name) for item in estimates.values()])
        columns[name] = pa.array(values, mask=np.isnan(values))
    path = estimates_path(folder, outcome.id, grid.axis)
    with atomic_path(path) as aside:
        # Unrounded figures hardly repeat: a dictionary of them costs time and saves nothing. Nor do small pages.
        numbers = ["n", "est", "lwr", "upr"]
        words = [name for name in columns if name not in numbers]
        pq.write_table(
            pa.table(columns), aside, compression="zstd", compression_level=1, row_group_size=1 << 20,
            max_rows_per_page=1 << 20,
            use_dictionary=words,  # pyright: ignore[reportArgumentType]
            use_byte_stream_split=numbers,  # pyright: ignore[reportArgumentType]
            write_statistics=False,
        )  # fmt: skip
    return path


def _words(codes: NDArray[np.int32], words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words, pa.string()))
