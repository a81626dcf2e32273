"""A release in formats that others read."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.files import atomic_dir, guard_storage
from kansen.measures.vault import region_id, region_type
from kansen.progress import Progress, Quiet
from kansen.release.area_tables import write_hierarchy
from kansen.release.reader import Release

LAYOUTS = ("kansenkaart",)
_DIMENSIONS = {"sex": "gender_group", "origin": "migration_group", "household": "household_group"}
_CELL = ("level", "area", "sex", "origin", "household")
_FOLDERS = {"education": "educ"}


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote: files, figures, and figures left out because they carry noise."""

    out: Path
    files: int
    figures: int
    left_out: int

    def line(self) -> str:
        """One sentence."""
        text = f"{self.figures:,} figures in {self.files:,} files in {self.out}"
        if self.left_out:
            text += f"; {self.left_out:,} figures that carry noise were left out (--with-noise writes them, marked)"
        return text


def export_csv(
    release: Release,
    out: Path,
    layout: str = "kansenkaart",
    *,
    with_noise: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write the shown figures as csv in the layout of the KansenKaart files of 2025.

    One file per outcome and region type, AXIS/OUTCOME/OUTCOME_REGIONTYPE.csv, UTF-8 with BOM, eleven columns: outcome,
    income_group (or wealth_group, education_group), gender_group, migration_group, household_group, region_type,
    region_id, n, est, lwr, upr; a missing limit is empty. README.txt beside them names the release and its licence, and
    says when people are made up; hierarchy.csv has areas of someone's own. That layout cannot say which figures carry
    noise, so those are left out, or with `with_noise` written with a twelfth column `protection`. A region type without
    figures has no file.

    Raises `UsageError` for an unknown layout and when `out` already holds something.
    """
    if layout not in LAYOUTS:
        raise UsageError("Unknown layout", found=layout, expected=", ".join(LAYOUTS))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "The place for the export is taken",
            where=out,
            found="a folder with content" if out.is_dir() else "a file",
            expected="a new or empty folder",
            todo="choose another folder",
        )
    files = figures = left_out = 0
    outcomes = release.outcome_ids
    bases = {item["id"]: item["basis"] for item in release.outcomes["outcomes"]}
    with atomic_dir(out) as folder, (progress or Quiet()).task("Writing csv", len(outcomes), "outcomes") as task:
        for outcome in outcomes:
            table = release.estimates(outcome)
            if not with_noise:
                exact = _is(table["protection"], ("exact",))
                left_out += int((~exact).sum())
                table = table.filter(pa.array(exact))
            for axis in release.groups["axes"]:
                for level, rows in _by_level(_of_axis(release, outcome, table, axis["id"])):
                    kind = region_type(level, bases[outcome])
                    path = folder / _FOLDERS.get(axis["id"], str(axis["id"])) / outcome / f"{outcome}_{kind}.csv"
                    columns = _columns(release, outcome, axis, level, kind, rows, with_noise)
                    with guard_storage(out):
                        _write(path, columns)
                    files, figures = files + 1, figures + rows.num_rows
            task.advance()
        with guard_storage(out):
            (folder / "README.txt").write_text(_what_this_is(release), encoding="utf-8")
            if not release.areas.shipped:
                write_hierarchy(folder / "hierarchy.csv", release.areas)
    return ExportReport(out, files, figures, left_out)


def _what_this_is(release: Release) -> str:
    """What the layout itself cannot say: which release, that people are made up, how it was protected, the licence."""
    facts = release.manifest
    lines = [facts["title"]["en"], f"Release {release.id}, made on {facts['created']} by {facts['software']['name']}."]
    if facts["synthetic"]:
        lines.append(
            "SYNTHETIC DATA: made up, no real people. Nothing may be concluded from it about any place or group."
        )
    lines += [
        "Places are where people grew up, not where they live now. Figures show association, not cause.",
        f"Protection: {facts['profile']['id']}. A cell without a figure has too few children, or none.",
        f"Licence: {facts['licence']['id']}. Sources: {'; '.join(source['en'] for source in facts['attribution'])}.",
    ]
    return "\n".join(lines) + "\n"


def _of_axis(release: Release, outcome: str, table: pa.Table, axis: str) -> pa.Table:
    """The rows of a grid: its own, and those of everybody, which all grids share.

    Everybody is written with the first grid and with those that the outcome has figures of; of imported figures, with
    the grids and levels that had them when they were published.
    """
    everybody = _is(table["position"], ("all",))
    own = _is(table["axis"], (axis,)) & ~everybody
    if "imported" in release.manifest:
        told = release.manifest["imported"]["outcomes"][outcome]
        everybody &= _is(table["level"], told["everybody"].get(axis, ()))
        others = release.others(outcome)
        others = None if others is None else others.filter(pa.array(_is(others["axis"], (axis,))))
        left_out = {tuple(cell) for cell in told["absent"].get(axis, ())}
        left_out |= set() if others is None else set(_cells(others))
        if left_out:
            everybody &= np.array([cell not in left_out for cell in _cells(table)], dtype=bool)
        if others is not None and len(others):
            exact = {"protection": pa.array(["exact"] * len(others))}
            others = pa.table({**{name: others[name] for name in others.column_names}, **exact})
            shown = table.filter(pa.array(own | everybody)).select(others.column_names)
            return pa.concat_tables([_plain(shown), _plain(others)])
    elif not own.any() and axis != release.groups["axes"][0]["id"]:
        everybody &= False
    return table.filter(pa.array(own | everybody))


def _cells(table: pa.Table) -> Iterator[tuple[str, ...]]:
    return zip(*(table[name].to_pylist() for name in _CELL), strict=True)


def _plain(table: pa.Table) -> pa.Table:
    """The same table with words instead of dictionaries, which differ between tables."""
    fields = [
        pa.field(one.name, pa.string()) if pa.types.is_dictionary(one.type) else pa.field(one.name, one.type)
        for one in table.schema
    ]
    return table.cast(pa.schema(fields))


def _by_level(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    words, codes = _coded(table["level"])
    for code in dict.fromkeys(codes.tolist()):
        yield words[code], table.filter(pa.array(codes == code))


def _coded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """A column of words: the different ones, and which of them each row has."""
    if not len(column):
        return [], np.empty(0, dtype=np.int64)
    whole = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    joined = whole.combine_chunks()
    joined = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    return joined.dictionary.to_pylist(), joined.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _is(column: pa.ChunkedArray, wanted: Collection[str]) -> NDArray[np.bool_]:
    """Which rows have one of the wanted words."""
    words, codes = _coded(column)
    return np.array([word in wanted for word in words] or [False], dtype=bool)[codes]


def _columns(
    release: Release, outcome: str, axis: dict[str, Any], level: str, kind: str, rows: pa.Table, with_noise: bool
) -> dict[str, list[str]]:
    groups = release.groups
    of_axis = {item["id"]: item["kansenkaart"] for item in axis["positions"]}
    columns = {"outcome": [outcome] * rows.num_rows, axis["kansenkaart"]: _named(rows["position"], of_axis.get)}
    for dimension, name in _DIMENSIONS.items():
        labels = {item["id"]: item["kansenkaart"] for item in groups[dimension]}
        columns[name] = _named(rows[dimension], labels.get)
    columns["region_type"] = [kind] * rows.num_rows
    columns["region_id"] = _named(rows["area"], partial(region_id, level))
    digits = release.manifest["imported"]["outcomes"][outcome]["digits"] if "imported" in release.manifest else "plain"
    columns["n"] = _written(rows["n"])
    for name in ("est", "lwr", "upr"):
        columns[name] = _written(rows[name], digits)
    if with_noise:
        columns["protection"] = _named(rows["protection"], str)
    return columns


def _named(column: pa.ChunkedArray, label: Callable[[str], str | None]) -> list[str]:
    """A column of our names as published labels."""
    words, codes = _coded(column)
    labels = np.empty(len(words), dtype=object)
    labels[:] = [label(word) for word in words]
    return labels[codes].tolist()


def _written(column: pa.ChunkedArray, digits: str | int = "plain") -> list[str]:
    """Numbers as text with all digits that they have, nulls empty.

    digits : `plain`, whole numbers without a decimal point; `point`, with one; or how many stand behind the point, as
    the files that were imported had it, where that says all.

    >>> _written(pa.chunked_array([[28592.0, 0.4512, None]]))
    ['28592', '0.4512', '']
    >>> _written(pa.chunked_array([[28592.0, 0.45]]), "point"), _written(pa.chunked_array([[0.45, 0.123]]), 2)
    (['28592.0', '0.45'], ['0.45', '0.123'])
    """
    values = column.to_numpy(zero_copy_only=False).astype(np.float64).tolist()
    if isinstance(digits, int):
        return [_fixed(value, digits) for value in values]
    return [_shortest(value, digits == "point") for value in values]


def _shortest(value: float, point: bool = False) -> str:
    text = repr(value)  # the shortest digits that give the number back
    if "e" in text:
        return np.format_float_positional(value, trim="0" if point else "-")
    return "" if text == "nan" else text if point else text.removesuffix(".0")


def _fixed(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text if float(text) == value else _shortest(value)


def _write(path: Path, columns: dict[str, list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))
