"""Rows of published tables as numbers: what every label and code means, checked, and what is left out counted.

A batch is converted as a whole: each different label is looked up once, and its rows follow by position. What a file is
(its generation, the basis of its areas, which outcomes are binary) shows while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.importing.csvfile import wrong
from kansen.importing.labels import AXES, BIRTH, DIMENSIONS, LabelMap, Word
from kansen.importing.places import NOWHERE, Malformed, Places
from kansen.importing.report import Report
from kansen.importing.sources import Source

ROW = np.dtype(
    [("group", "i4"), ("place", "i4"), ("n", "i4"), ("est", "f8"), ("lwr", "f8"), ("upr", "f8"), ("row", "i8")]
)
"""One published figure: group and place as numbers, n -1 where not told, limits NaN where absent, and its row."""

UNTOLD = -1
SLACK = 1e-9
"""How far outside its interval an estimate may lie, relative to its size: intervals without width are rounded too."""

_OUTCOME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_MOST = 2**31 - 1


class Groups:
    """Numbers for the groups of an import: axis, position, sex, origin, household, the last running fastest."""

    def __init__(self, labels: LabelMap) -> None:
        def ours(dimension: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(word.ours for word in labels.words[dimension].values()))

        self.positions: dict[str, tuple[str, ...]] = {axis: ours(axis) for axis in AXES}
        for bins in labels.bins:
            self.positions[bins.axis] = ("all", *(id for id, _, _ in bins.positions))
        self.axes = tuple(self.positions)
        self.members = {dimension: ours(dimension) for dimension in DIMENSIONS}
        self.width = max(map(len, self.positions.values()))
        self.per_position = int(np.prod([len(of) for of in self.members.values()]))
        self.per_axis = self.width * self.per_position
        self._index = {d: {id: i for i, id in enumerate(of)} for d, of in self.members.items()}

    def start(self, axis: str, position: str) -> int:
        """The number of everybody at a position."""
        return self.axes.index(axis) * self.per_axis + self.positions[axis].index(position) * self.per_position

    def step(self, dimension: str, member: str) -> int:
        """What a member adds to the number of a group."""
        sizes = [len(self.members[name]) for name in DIMENSIONS[DIMENSIONS.index(dimension) + 1 :]]
        return self._index[dimension][member] * int(np.prod(sizes, dtype=np.int64))

    def axis_of(self, group: NDArray[np.int32]) -> NDArray[np.int32]:
        """The axis of each group, as a position in `axes`."""
        return group // self.per_axis

    def is_everybody(self, group: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether a group is of the position `all`, which is the same on every axis."""
        return (group % self.per_axis) < self.per_position

    def canonical(self, group: NDArray[np.int32]) -> NDArray[np.int32]:
        """The same groups, those of the position `all` with the first axis."""
        return np.where(self.is_everybody(group), group % self.per_axis, group).astype(np.int32)

    def name(self, group: int, everybody: str) -> str:
        """The id of a group; groups of the position `all` are given the axis `everybody`."""
        axis, rest = divmod(group, self.per_axis)
        position, rest = divmod(rest, self.per_position)
        parts = []
        for dimension in reversed(DIMENSIONS):
            rest, at = divmod(rest, len(self.members[dimension]))
            parts.append(self.members[dimension][at])
        id = self.positions[self.axes[axis]][position]
        return f"{everybody if id == 'all' else self.axes[axis]}={id};{';'.join(reversed(parts))}"


@dataclass
class Seen:
    """What showed while a file was read.

    generations : those that all its labels allow. rows, figures : read and kept. bases : per outcome the bases of its
    areas (home, birth). binary : per outcome whether the file says that it is. digits : how it writes numbers.
    """

    source: Source
    generations: frozenset[str]
    rows: int = 0
    figures: int = 0
    outcomes: set[str] = field(default_factory=set)
    bases: dict[str, set[str]] = field(default_factory=dict)
    binary: dict[str, bool] = field(default_factory=dict)
    digits: str | int | None = None


class Converter:
    """Turns batches into `ROW`s per outcome."""

    def __init__(self, labels: LabelMap, places: Places, report: Report) -> None:
        self.labels, self.places, self.report = labels, places, report
        self.groups = Groups(labels)

    def convert(self, batch: pa.RecordBatch, seen: Seen, first: int) -> Iterator[tuple[str, NDArray[Any]]]:
        """The figures of a batch whose first row is `seen.rows`; `first` numbers the first row of the file."""
        own = _Batch(batch, seen)
        seen.rows += batch.num_rows
        group = self._groups(own)
        outcome_words, outcome = self._outcomes(own)
        if own.has("place"):
            place = own.integers("place").astype(np.int32)
        else:
            types, birth = self._types(own)
            place = self._places(own, types)
            self._bases(own, outcome_words, outcome, types, birth)
        keep = self._kept(own, place)
        rows = np.flatnonzero(keep)
        n, est, lwr, upr = self._figures(own, rows)
        seen.figures += len(rows)
        out = np.empty(len(rows), dtype=ROW)
        out["group"], out["place"], out["n"] = group[rows], place[rows], n
        out["est"], out["lwr"], out["upr"] = est, lwr, upr
        out["row"] = first + own.row(rows)
        yield from by_outcome(outcome_words, outcome[rows], out)

    # labels

    def _groups(self, own: _Batch) -> NDArray[np.int32]:
        axis = next(axis for axis in AXES if own.has(axis))
        words, codes = own.words(axis)
        starts = [self._position(own, axis, word, codes, i) for i, word in enumerate(words)]
        group = np.array(starts, dtype=np.int32)[codes]
        for dimension in DIMENSIONS:
            if own.has(dimension):
                words, codes = own.words(dimension)
                steps = [
                    self.groups.step(dimension, self._word(own, dimension, word, codes, i).ours)
                    for i, word in enumerate(words)
                ]
                group = group + np.array(steps, dtype=np.int32)[codes]
        return group

    def _position(self, own: _Batch, axis: str, label: str, codes: NDArray[Any], code: int) -> int:
        found = self.labels.position(axis, label)
        if found is None:
            raise self._unknown(own, axis, label, codes, code)
        self._narrow(own, axis, label, found[1], codes, code)
        return self.groups.start(found[0], found[1].ours)

    def _word(self, own: _Batch, dimension: str, label: str, codes: NDArray[Any], code: int) -> Word:
        word = self.labels.words[dimension].get(label)
        if word is None:
            raise self._unknown(own, dimension, label, codes, code)
        self._narrow(own, dimension, label, word, codes, code)
        return word

    def _narrow(self, own: _Batch, column: str, label: str, word: Word, codes: NDArray[Any], code: int) -> None:
        """The file is of a generation that uses this label; an error when no generation uses all labels so far."""
        left = own.seen.generations & word.generations
        if not left:
            raise own.wrong(
                codes, code, column, "The file mixes labels of several generations",
                f"{label!r}, a label of {_list(word.generations)}, after labels of {_list(own.seen.generations)}",
                "labels of one generation",
            )  # fmt: skip
        own.seen.generations = left

    def _unknown(self, own: _Batch, column: str, label: str, codes: NDArray[Any], code: int) -> Exception:
        known = list(self.labels.words[column])
        near = get_close_matches(label, known, 1, 0.6)
        what = "Unknown region type" if column == "region_type" else "Unknown label"
        todo = f"is it {near[0]!r}?" if near else None
        return own.wrong(codes, code, column, what, repr(label), ", ".join(known), todo)

    def _outcomes(self, own: _Batch) -> tuple[list[str], NDArray[np.int32]]:
        words, codes = own.words("outcome")
        for code, word in enumerate(words):
            if not _OUTCOME.fullmatch(word):
                expected = "a letter, then letters, digits and _"
                raise own.wrong(codes, code, "outcome", "An outcome has no usable id", repr(word), expected)
        present: list[int] = np.unique(codes).tolist()
        own.seen.outcomes |= {words[code] for code in present}
        if own.has("binary"):
            flags, flag = own.words("binary")
            for code in np.unique(codes * len(flags) + flag).tolist():
                if flags[code % len(flags)]:
                    own.seen.binary[words[code // len(flags)]] = flags[code % len(flags)].upper() in ("TRUE", "1")
        return words, codes

    # areas

    def _types(self, own: _Batch) -> tuple[list[str], list[bool]]:
        words, codes = own.words("region_type")
        birth = [word.endswith(BIRTH) for word in words]
        levels = [
            self._word(own, "region_type", word.removesuffix(BIRTH), codes, i).ours for i, word in enumerate(words)
        ]
        return levels, birth

    def _places(self, own: _Batch, levels: Sequence[str]) -> NDArray[np.int32]:
        _, kind = own.words("region_type")
        words, codes = own.words("region_id")
        both = kind.astype(np.int64) * len(words) + codes
        met = np.zeros(max(len(levels) * len(words), 1), dtype=bool)
        met[both] = True
        numbers = np.full(len(met), NOWHERE, dtype=np.int32)
        for code in np.flatnonzero(met).tolist():
            level, text = levels[code // len(words)], words[code % len(words)]
            try:
                numbers[code] = self.places.number(level, text, own.seen.source.name)
            except Malformed as error:
                raise own.wrong(
                    both, code, "region_id", f"This is no code of the level {level}", repr(text), str(error)
                ) from None
        return numbers[both]

    def _bases(
        self, own: _Batch, words: Sequence[str], outcome: NDArray[Any], levels: Sequence[str], birth: Sequence[bool]
    ) -> None:
        _, kind = own.words("region_type")
        for code in np.unique(outcome.astype(np.int64) * len(levels) + kind).tolist():
            of, at = words[code // len(levels)], code % len(levels)
            if levels[at] != "nl":
                own.seen.bases.setdefault(str(of), set()).add("birth" if birth[at] else "home")

    # figures

    def _kept(self, own: _Batch, place: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Rows with a figure that may be told; the others are counted."""
        keep = np.ones(own.size, dtype=bool)
        if own.has("reason"):
            words, codes = own.words("reason")
            for code, reason in enumerate(words):
                if reason.strip():
                    rows = keep & (codes == code)
                    own.dropped(self.report, f"rows with the reason {reason!r}", rows)
                    keep &= ~rows
        if own.has("protection"):
            words, codes = own.words("protection")
            noisy = np.array([word != "exact" for word in words], dtype=bool)[codes] & keep
            own.dropped(self.report, "figures that carry noise: the layout does not tell how much", noisy)
            keep &= ~noisy
        absent = keep & np.isnan(own.number("est"))
        own.dropped(self.report, "rows without an estimate", absent)
        keep &= ~absent
        nowhere = keep & (place == NOWHERE)
        own.dropped(self.report, "rows about an unknown area (no code)", nowhere)
        return keep & ~nowhere

    def _figures(self, own: _Batch, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        est, lwr, upr = (own.number(name)[rows] for name in ("est", "lwr", "upr"))
        for name, values in (("est", est), ("lwr", lwr), ("upr", upr)):
            own.refuse(rows, np.isinf(values), name, "A number is infinite", values, "a finite number, or nothing")
        one = np.isnan(lwr) != np.isnan(upr)
        own.refuse(rows, one, "lwr", "An interval has one limit only", lwr, "both limits, or none")
        with np.errstate(invalid="ignore"):
            own.refuse(rows, lwr > upr, "lwr", "An interval ends before it starts", lwr, "lwr not above upr", upr)
            slack = SLACK * np.maximum(np.abs(est), np.maximum(np.abs(lwr), np.abs(upr)))
            outside = (est < lwr - slack) | (est > upr + slack)
        own.refuse(rows, outside, "est", "An estimate lies outside its interval", est, "lwr <= est <= upr")
        n = own.number("n")[rows] if own.has("n") else np.full(len(rows), np.nan)
        told = ~np.isnan(n)
        with np.errstate(invalid="ignore"):
            bad = told & ((n < 0) | (n > _MOST) | (n != np.floor(n)))
        own.refuse(rows, bad, "n", "A number of children is wrong", n, "a whole number, 0 or more, or nothing")
        return np.where(told, n, UNTOLD).astype(np.int32), est, lwr, upr


class _Batch:
    """A batch with its columns as words and positions, and numbers."""

    def __init__(self, batch: pa.RecordBatch, seen: Seen) -> None:
        self.seen, self.size, self.first = seen, batch.num_rows, seen.rows
        self._columns: Mapping[str, pa.Array] = dict(zip(batch.schema.names, batch.columns, strict=True))
        self._words: dict[str, tuple[list[str], NDArray[np.int32]]] = {}
        self._numbers: dict[str, NDArray[np.float64]] = {}

    def has(self, name: str) -> bool:
        return name in self._columns

    def words(self, name: str) -> tuple[list[str], NDArray[np.int32]]:
        if name not in self._words:
            column = self._columns[name]
            words = [word.strip() for word in column.dictionary.to_pylist()]
            self._words[name] = words, column.indices.to_numpy(zero_copy_only=False)
        return self._words[name]

    def integers(self, name: str) -> NDArray[np.int64]:
        return self._columns[name].to_numpy(zero_copy_only=False)

    def row(self, at: Any) -> Any:
        """Which rows of the file some rows of the batch are, from 0."""
        return self.integers("row")[at] if self.has("row") else self.first + at

    def number(self, name: str) -> NDArray[np.float64]:
        if name not in self._numbers:
            self._numbers[name] = self._columns[name].to_numpy(zero_copy_only=False)
        return self._numbers[name]

    def wrong(
        self, codes: NDArray[Any], code: int, column: str, what: str, found: object, expected: object,
        todo: str | None = None,
    ) -> Exception:  # fmt: skip
        """The error about the first row of a code."""
        row = int(self.row(int(np.argmax(codes == code))))
        return wrong(self.seen.source, row, column, what, found, expected, todo)

    def refuse(
        self, rows: NDArray[np.int64], bad: NDArray[np.bool_], column: str, what: str, values: NDArray[Any],
        expected: str, others: NDArray[Any] | None = None,
    ) -> None:  # fmt: skip
        """Raise the error about the first row that is bad, if any."""
        if bad.any():
            at = int(np.argmax(bad))
            found = f"{values[at]:.15g}" + ("" if others is None else f" and {others[at]:.15g}")
            raise wrong(self.seen.source, int(self.row(int(rows[at]))), column, what, found, expected)

    def dropped(self, report: Report, what: str, rows: NDArray[np.bool_]) -> None:
        if rows.any():
            line = int(self.row(int(np.argmax(rows)))) + (1 if self.seen.source.is_rds else 2)
            report.add("dropped", what, int(rows.sum()), file=self.seen.source.name, line=line)


def by_outcome(words: Sequence[str], outcome: NDArray[Any], rows: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The rows of each outcome."""
    present: list[int] = np.unique(outcome).tolist()
    for code in present:
        yield words[code], rows if len(present) == 1 else rows[outcome == code]


def _list(generations: frozenset[str]) -> str:
    return " or ".join(sorted(generations)) or "none"
