"""The tables of Kansenkloof Nederland (`.rds`): means by bins of parental income, areas by name, percent and thousands.

A percentage becomes a fraction and a thousand euros become euros by moving the decimal point of the published number,
so that no digit changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kansen.cohorts.declarations import Kind
from kansen.errors import TableError
from kansen.importing.labels import LabelMap
from kansen.importing.outcomes import kind_of, known_outcome
from kansen.importing.places import NOWHERE, Places
from kansen.importing.report import Report
from kansen.importing.sources import Source
from kansen.registers.rds import Frame, RdsError, read_rds

GENERATION = "G5"
_POINT: dict[Kind, int] = {"binary": -2, "share": -2, "rank": -2, "money": 3, "count": 0}
"""By how many places the decimal point moves: percent to fraction, thousands to units."""

_EDUCATION = "parents_edu"
_ID = re.compile(r"[^A-Za-z0-9]+")


def kloof_batches(source: Source, labels: LabelMap, places: Places, report: Report) -> Iterator[pa.RecordBatch]:
    """The rows of a table as batches, one per outcome and axis: labels as dictionaries, numbers, and numbers of places.

    Raises `TableError` for a file that cannot be read, a column that is missing, or an unknown type of row.
    """
    try:
        frame = read_rds(source.path)
    except (RdsError, OSError) as error:
        raise TableError(
            "The R file cannot be read", where=source.path, found=error, expected="a data frame as saveRDS writes it"
        ) from error
    table = _Table(source, frame, labels)
    for name in table.extra:
        report.add("dropped", f"column {name!r}: not kept", table.rows, file=source.name)
    place = _placed(table, places, report)
    found = _texts(table.column("outcome"))
    ids = [_id_of(text, source, report) for text in found.dictionary.to_pylist()]
    of = found.indices.to_numpy(zero_copy_only=False)
    is_education = table.is_education()
    for code, id in enumerate(ids):
        cohort = labels.cohort(id, GENERATION)
        known = known_outcome(id, cohort)
        kind = known.outcome.kind if known else kind_of(id, labels, None, (0.0, 1.0))
        if not known:
            report.add("kept", f"outcomes that no declaration knows: taken as a {kind}", file=source.name, example=id)
        for axis in ("income", "education"):
            rows = np.flatnonzero((of == code) & (is_education == (axis == "education")))
            if len(rows):
                yield _batch(table, axis, id, place, rows, _POINT[kind])


class _Table:
    """The columns of a frame under our names."""

    def __init__(self, source: Source, frame: Frame, labels: LabelMap) -> None:
        self.source, self.labels = source, labels
        own = {"area": labels.kloof["area"], "income": labels.kloof["bins"], "est": labels.kloof["mean"]}
        own |= {"education": labels.kloof["education"], "type": labels.kloof["type"]}
        for ours in ("outcome", "sex", "origin", "household", "n"):
            names = [name for name, meaning in labels.columns.items() if meaning == ours]
            own[ours] = next((name for name in names if name in frame.columns), names[-1])
        self.names = own
        for name in own.values():
            if name not in frame.columns:
                raise TableError(
                    "The table lacks a column",
                    where=source.path,
                    column=name,
                    found="the columns " + ", ".join(frame.columns),
                    expected=", ".join(own.values()),
                )
        self._columns = frame.columns
        self.extra = [name for name in frame.columns if name not in own.values()]
        self.rows = frame.rows

    def column(self, ours: str) -> pa.Array:
        return self._columns[self.names[ours]]

    def numbers(self, ours: str) -> NDArray[np.float64]:
        try:
            return self.column(ours).cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowException as error:
            raise TableError(
                "A column of numbers holds text", where=self.source.path, column=self.names[ours], found=error
            ) from error

    def is_education(self) -> NDArray[np.bool_]:
        """Which rows are by the education of the parents; all others are by their income."""
        types = _texts(self.column("type"))
        words = types.dictionary.to_pylist()
        known = {_EDUCATION, "1_income", *(bins.type for bins in self.labels.bins)}
        for code, word in enumerate(words):
            if word not in known:
                row = int(np.argmax(types.indices.to_numpy(zero_copy_only=False) == code)) + 1
                raise TableError(
                    "Unknown type of row", where=self.source.path, column=self.names["type"], row=row,
                    found=repr(word), expected=", ".join(sorted(known)),
                )  # fmt: skip
        flags = np.array([word == _EDUCATION for word in words], dtype=bool)
        return flags[types.indices.to_numpy(zero_copy_only=False)]


def _batch(
    table: _Table, axis: str, outcome: str, place: NDArray[np.int32], rows: NDArray[np.int64], point: int
) -> pa.RecordBatch:
    at = pa.array(rows)
    absent = pa.nulls(len(rows), pa.float64())
    columns = {
        "outcome": pa.array([outcome]).dictionary_encode().take(pa.array(np.zeros(len(rows), dtype=np.int32))),
        **{name: _texts(table.column(name).take(at)) for name in (axis, "sex", "origin", "household")},
        "place": pa.array(place[rows]),
        "n": pa.array(table.numbers("n")[rows], from_pandas=True),
        "est": moved(table.numbers("est")[rows], point),
        "lwr": absent,
        "upr": absent,
        "row": at,
    }
    return pa.RecordBatch.from_pydict(columns)


def moved(values: NDArray[np.float64], point: int) -> pa.Array:
    """Numbers with their decimal point moved: the number whose shortest digits are the same.

    >>> moved(np.array([11.57, 84.659]), -2).to_pylist(), moved(np.array([84.659]), 3).to_pylist()
    ([0.1157, 0.84659], [84659.0])
    """
    if not point:
        return pa.array(values, from_pandas=True)
    different, which = np.unique(values, return_inverse=True)
    # NumPy prints the shortest digits that give a number back; with another exponent they are parsed once more.
    digits = [np.format_float_scientific(value, trim="-").split("e") for value in different]
    shifted = np.array([float(f"{mantissa}e{int(power) + point}") if power else np.nan for mantissa, power in
                        ((*parts, "")[:2] for parts in digits)])  # fmt: skip
    return pa.array(shifted[which], from_pandas=True)


def _placed(table: _Table, places: Places, report: Report) -> NDArray[np.int32]:
    names = _texts(table.column("area"))
    codes = names.indices.to_numpy(zero_copy_only=False)
    numbers = []
    for code, name in enumerate(names.dictionary.to_pylist()):
        number = places.named(name.strip(), table.source.name)
        if number is None:
            count = int((codes == code).sum())
            what = "rows about a place whose name is unknown, or that two places have"
            line = int(np.argmax(codes == code)) + 1
            report.add("note", what, count, file=table.source.name, line=line, example=repr(name))
        numbers.append(NOWHERE if number is None else number)
    return np.array(numbers, dtype=np.int32)[codes]


def _id_of(text: str, source: Source, report: Report) -> str:
    """The id of an outcome; words become one.

    >>> _id_of("c00_sga", None, Report())
    'c00_sga'
    """
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        return text
    id = _ID.sub("_", text).strip("_").lower()
    report.add("mapped", "names of outcomes that are no ids", file=source.name, example=f"{text!r} to {id}")
    return id


def _texts(column: pa.Array) -> pa.DictionaryArray:
    """A column as a dictionary of texts; what is absent is the empty text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return pc.fill_null(column.cast(pa.string()), "").dictionary_encode()
