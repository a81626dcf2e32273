"""Two releases side by side: which cells appeared, vanished or changed, by how much, and what is defined otherwise.

Works on what releases publish and on nothing else, one outcome at a time. A cell is the same in both when outcome,
level, area and group are; the position `all` is one cell whatever axis it is stored under. A change is measured
absolutely, as a share of the old figure, and in half widths of the old interval: with one half width it leaves that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.errors import UsageError
from kansen.files import atomic_path, guard_storage
from kansen.progress import Progress, Quiet
from kansen.release.definitions import Difference, compare_definitions
from kansen.release.format import GROUP_COLUMNS
from kansen.release.reader import Release

KEY = ("level", "area", *GROUP_COLUMNS)
FIGURES = ("n", "est", "lwr", "upr")
STATES = ("changed", "appeared", "vanished")
QUANTILES = {"median": 0.5, "p90": 0.9, "p99": 0.99, "largest": 1.0}
LARGEST = 10
"""How many of the largest changes are kept per outcome."""

_WORDS = pa.dictionary(pa.int32(), pa.string())
CELLS = pa.schema(
    [
        pa.field("outcome", pa.string()),
        pa.field("state", pa.string()),
        *(pa.field(name, _WORDS) for name in KEY),
        *(pa.field(f"{name}_{of}", pa.int64() if name == "n" else pa.float64()) for name in FIGURES for of in "ab"),
        pa.field("change", pa.float64()),
        pa.field("change_relative", pa.float64()),
        pa.field("change_half_widths", pa.float64()),
    ]
)
"""Columns of the cells that differ: `_a` the first release, `_b` the second, null where it has no such figure."""


@dataclass(frozen=True)
class LevelChanges:
    """What changed in one outcome at one level.

    same, changed, appeared, vanished : cells. n : of how many cells the number of children changed. est : of how many
    the estimate did. beyond : cells whose new estimate lies outside the old interval. size, relative, half_widths :
    quantiles of the absolute change of the estimate among the cells of which it changed, in the unit of the outcome, as
    a share of the old estimate, and in half widths of the old interval; empty where there is none.
    """

    outcome: str
    level: str
    same: int = 0
    changed: int = 0
    appeared: int = 0
    vanished: int = 0
    n: int = 0
    est: int = 0
    beyond: int = 0
    size: dict[str, float] = field(default_factory=dict)
    relative: dict[str, float] = field(default_factory=dict)
    half_widths: dict[str, float] = field(default_factory=dict)


@dataclass
class Differences:
    """Two releases side by side.

    a, b : id, title and moment of making of each. definitions : what is defined otherwise. only_a, only_b : outcomes of
    one only. levels : per outcome and level what changed. largest : the largest changes per outcome.
    """

    a: dict[str, Any]
    b: dict[str, Any]
    definitions: list[Difference]
    only_a: list[str]
    only_b: list[str]
    levels: list[LevelChanges] = field(default_factory=list)
    largest: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def is_same(self) -> bool:
        """Whether all figures and definitions that were compared are the same."""
        figures = all(one.changed + one.appeared + one.vanished == 0 for one in self.levels)
        return figures and not (self.definitions or self.only_a or self.only_b)

    def total(self, state: str) -> int:
        """How many cells are the same, or changed, appeared or vanished."""
        return sum(getattr(one, state) for one in self.levels)


def compare(
    a: Release,
    b: Release,
    *,
    outcomes: Sequence[str] = (),
    levels: Sequence[str] = (),
    out: Path | None = None,
    progress: Progress | None = None,
) -> Differences:
    """Compare release `b` with release `a`, the older one.

    outcomes, levels : only these; all by default. out : a .csv or .parquet file that gets every cell that differs, with
    the columns `CELLS`. Raises `UsageError` for an outcome or level that neither release has, or another kind of file.
    """
    _check("outcome", outcomes, [*a.outcome_ids, *b.outcome_ids])
    _check("level", levels, [*a.levels, *b.levels])
    wanted = [id for id in dict.fromkeys([*a.outcome_ids, *b.outcome_ids]) if not outcomes or id in outcomes]
    found = Differences(
        a=_about(a),
        b=_about(b),
        definitions=compare_definitions(a, b, frozenset(wanted)),
        only_a=[id for id in wanted if id not in b.outcome_ids],
        only_b=[id for id in wanted if id not in a.outcome_ids],
    )
    both = [id for id in wanted if id in a.outcome_ids and id in b.outcome_ids]
    with _cells_file(out) as write, (progress or Quiet()).task("Comparing", len(both), "outcomes") as task:
        for outcome in both:
            write(_compare(a, b, outcome, frozenset(levels), found))
            task.advance()
    return found


@contextmanager
def _cells_file(path: Path | None) -> Iterator[Callable[[pa.Table], None]]:
    """A function that appends cells to a file, which is there when the block ends well; does nothing without one."""
    if path is None:
        yield lambda cells: None
        return
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError("Cells cannot be written to such a file", where=path, expected="FILE.csv or FILE.parquet")
    plain = pa.schema([(field.name, pa.string() if field.type == _WORDS else field.type) for field in CELLS])
    with atomic_path(path) as aside, guard_storage(path):
        if path.suffix == ".parquet":
            with pq.ParquetWriter(aside, plain, compression="zstd") as file:
                yield lambda cells: file.write_table(cells.cast(plain))
        else:
            with pa_csv.CSVWriter(str(aside), plain, write_options=pa_csv.WriteOptions(quoting_style="needed")) as file:
                yield lambda cells: file.write_table(cells.cast(plain))


def _about(release: Release) -> dict[str, Any]:
    manifest = release.manifest
    return {"id": release.id, "title": manifest["title"], "created": manifest["created"], "path": str(release.path)}


def _check(what: str, asked: Sequence[str], known: Sequence[str]) -> None:
    for one in asked:
        if one not in known:
            near = get_close_matches(one, known, 3, 0.5)
            expected = "perhaps " + ", ".join(near) if near else ", ".join(dict.fromkeys(known))
            raise UsageError(f"Neither release has the {what} {one}", found=one, expected=expected)


class _Side:
    """One release's figures of an outcome, with a number per cell that is the same for both."""

    def __init__(self, table: pa.Table, words: dict[str, dict[str, int]], levels: frozenset[str]) -> None:
        self.codes: dict[str, NDArray[np.int64]] = {}
        for name in KEY:
            column = table[name].unify_dictionaries().combine_chunks()
            column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
            own = words[name]
            of = np.array([own.setdefault(word, len(own)) for word in column.dictionary.to_pylist()] or [0])
            self.codes[name] = of[column.indices.to_numpy(zero_copy_only=False)]
        everybody = self.codes["position"] == words["position"].get("all", -1)
        self.codes["axis"] = np.where(
            everybody, words["axis"].setdefault("all", len(words["axis"])), self.codes["axis"]
        )
        self.figures = {name: _numbers(table[name]) for name in FIGURES}
        if levels:
            wanted = np.isin(self.codes["level"], [words["level"][one] for one in levels if one in words["level"]])
            self.codes = {name: codes[wanted] for name, codes in self.codes.items()}
            self.figures = {name: values[wanted] for name, values in self.figures.items()}

    def key(self, words: dict[str, dict[str, int]]) -> NDArray[np.int64]:
        """The number of each cell."""
        number = np.zeros(len(self.figures["est"]), dtype=np.int64)
        for name in KEY:
            number = number * len(words[name]) + self.codes[name]
        return number


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return column.to_numpy(zero_copy_only=False).astype(np.float64)


def _compare(a: Release, b: Release, outcome: str, levels: frozenset[str], found: Differences) -> pa.Table:
    """Compare one outcome: adds what changed to `found`, and gives the cells that differ."""
    words: dict[str, dict[str, int]] = {name: {} for name in KEY}
    one, other = (_Side(release.estimates(outcome), words, levels) for release in (a, b))
    key_a, key_b = one.key(words), other.key(words)
    order_a, order_b = np.argsort(key_a, kind="stable"), np.argsort(key_b, kind="stable")
    key_a, key_b = key_a[order_a], key_b[order_b]
    at = np.searchsorted(key_b, key_a)
    inside = np.zeros(len(key_a), dtype=bool)
    if len(key_b):
        inside = key_b[np.minimum(at, len(key_b) - 1)] == key_a
    left, right = order_a[inside], order_b[at[inside]]
    gone = order_a[~inside]
    new = np.ones(len(key_b), dtype=bool)
    new[at[inside]] = False
    fresh = order_b[new]
    differs = {name: ~(_same(one.figures[name][left], other.figures[name][right])) for name in FIGURES}
    changed = np.logical_or.reduce(list(differs.values()))
    est_a, est_b = one.figures["est"][left], other.figures["est"][right]
    half = _half(one, left)
    half = np.where(np.isnan(half), _half(other, right), half)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = est_b - est_a
        relative = np.where(est_a != 0, change / np.abs(est_a), np.nan)
        steps = np.where(half > 0, change / half, np.nan)
    names = {name: list(of) for name, of in words.items()}
    for code, level in enumerate(names["level"]):
        if levels and level not in levels:
            continue
        here = one.codes["level"][left] == code
        moved = here & differs["est"]
        with np.errstate(invalid="ignore"):
            beyond = moved & (np.abs(steps) > 1)
        found.levels.append(
            LevelChanges(
                outcome=outcome,
                level=level,
                same=int((here & ~changed).sum()),
                changed=int((here & changed).sum()),
                appeared=int((other.codes["level"][fresh] == code).sum()),
                vanished=int((one.codes["level"][gone] == code).sum()),
                n=int((here & differs["n"]).sum()),
                est=int(moved.sum()),
                beyond=int(beyond.sum()),
                size=_quantiles(change[moved]),
                relative=_quantiles(relative[moved]),
                half_widths=_quantiles(steps[moved]),
            )
        )
    rows = np.flatnonzero(changed)
    changes = {"change": change[rows], "change_relative": relative[rows], "change_half_widths": steps[rows]}
    table = _cells(outcome, one, other, left[rows], right[rows], gone, fresh, names, changes)
    found.largest[outcome] = _largest(table, len(rows))
    return table


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (one == other) | (np.isnan(one) & np.isnan(other))


def _half(side: _Side, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    return (side.figures["upr"][rows] - side.figures["lwr"][rows]) / 2


def _quantiles(values: NDArray[np.float64]) -> dict[str, float]:
    """Quantiles of the sizes of changes; empty when none is known."""
    sizes = np.abs(values[~np.isnan(values)])
    if not len(sizes):
        return {}
    found = np.quantile(sizes, list(QUANTILES.values()))
    return {name: float(f"{value:.6g}") for name, value in zip(QUANTILES, found.tolist(), strict=True)}


def _cells(
    outcome: str,
    one: _Side,
    other: _Side,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    gone: NDArray[np.int64],
    fresh: NDArray[np.int64],
    names: dict[str, list[str]],
    changes: dict[str, NDArray[np.float64]],
) -> pa.Table:
    """The cells that differ: those that changed, then those that appeared, then those that vanished."""
    sizes = (len(left), len(fresh), len(gone))
    total = sum(sizes)
    columns: dict[str, pa.Array] = {
        "outcome": pa.array([outcome] * total, pa.string()),
        "state": pa.array(np.repeat(STATES, sizes).tolist(), pa.string()),
    }
    for name in KEY:
        codes = np.concatenate([one.codes[name][left], other.codes[name][fresh], one.codes[name][gone]])
        columns[name] = pa.DictionaryArray.from_arrays(
            pa.array(codes.astype(np.int32)), pa.array(names[name], pa.string())
        )
    nothing = [np.full(size, np.nan) for size in sizes]
    for name in FIGURES:
        in_a = np.concatenate([one.figures[name][left], nothing[1], one.figures[name][gone]])
        in_b = np.concatenate([other.figures[name][right], other.figures[name][fresh], nothing[2]])
        kind = CELLS.field(f"{name}_a").type
        columns[f"{name}_a"] = pa.array(in_a, pa.float64(), from_pandas=True).cast(kind)
        columns[f"{name}_b"] = pa.array(in_b, pa.float64(), from_pandas=True).cast(kind)
    for name, values in changes.items():
        columns[name] = pa.array(np.concatenate([values, nothing[1], nothing[2]]), pa.float64(), from_pandas=True)
    return pa.table([columns[name] for name in CELLS.names], schema=CELLS)


def _largest(table: pa.Table, changed: int) -> list[dict[str, Any]]:
    """The largest changes of the estimate: in half widths, and where there is no interval as a share."""
    part = table.slice(0, changed)
    size = np.abs(_numbers(part["change_half_widths"]))
    size = np.where(np.isnan(size), np.abs(_numbers(part["change_relative"])), size)
    size = np.where(np.isnan(size), np.abs(_numbers(part["change"])), size)
    some = np.flatnonzero(size > 0)
    chosen = some[np.argsort(-size[some], kind="stable")[:LARGEST]]
    return part.take(pa.array(chosen)).to_pylist()
