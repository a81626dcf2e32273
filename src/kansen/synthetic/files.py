"""Columns of register tables as Arrow arrays, and the files they are written to (Parquet and SPSS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import readstat_arrow

from kansen.registers import Column, load_catalogue

FORMATS = ("parquet", "sav")
ROWS_PER_GROUP = 250_000
SAV_BATCH = 200_000
SAV_DATE_AT, SAV_DATE = 92, b"31 Dec 2300:00:00"
"""Where a .sav keeps the day and time of writing, and what is put there: the same seed gives the same bytes."""


def text(values: np.ndarray) -> pa.Array:
    """An S-array in which every value has the full width, as Arrow strings without looping over rows."""
    values = np.ascontiguousarray(values)
    width = values.dtype.itemsize
    offsets = np.arange(len(values) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(values))


def coded(positions: np.ndarray, values: Sequence[str]) -> pa.Array:
    """Strings out of a short list, by position in it."""
    return pa.DictionaryArray.from_arrays(pa.array(positions.astype(np.int16)), pa.array(list(values), pa.string()))


def constant(value: str, rows: int) -> pa.Array:
    """The same text in every row."""
    return coded(np.zeros(rows, np.int16), [value])


def codes(values: np.ndarray, width: int | None = None) -> pa.Array:
    """Whole numbers from a short list as text, with leading zeros up to `width`."""
    known, positions = np.unique(values, return_inverse=True)
    return coded(positions, [str(value).zfill(width or 0) for value in known])


def write_parquet(path: Path, columns: Mapping[str, pa.Array]) -> None:
    """One table as Parquet; columns with few different values are stored by dictionary, keys are not."""
    table = pa.table(dict(columns))
    by_dictionary = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(
        table,
        path,
        row_group_size=ROWS_PER_GROUP,
        compression="snappy",
        use_dictionary=by_dictionary,  # pyright: ignore[reportArgumentType] (a list of names is documented)
        write_statistics=True,
        store_schema=False,
    )


def write_sav(path: Path, columns: Mapping[str, pa.Array], declared: Mapping[str, Column]) -> None:
    """The same as SPSS file, with variable labels, and value labels for coded columns."""
    labels, values, widths = {}, {}, {}
    plain: dict[str, pa.Array] = {}
    for name, array in columns.items():
        column = declared.get(name.lower())
        if pa.types.is_dictionary(array.type):
            widths[name] = max(len(value) for value in array.dictionary.to_pylist())
            array = array.cast(pa.string())
        elif pa.types.is_string(array.type):
            widths[name] = len(array[0].as_py()) if len(array) else 1
        plain[name] = array
        if column is None:
            continue
        labels[name] = column.label
        if column.codes is not None and column.codes.values and name.lower() == column.output:
            values[name] = [{"value": code, "label": label} for code, label in column.codes.values.items()]
            widths[name] = max(widths[name], max(len(code) for code in column.codes.values))
    table = pa.table(plain)
    metadata = readstat_arrow.Metadata(
        variable_labels=labels, value_labels=values, storage_widths=widths, file_label="SYNTHETIC DATA"
    )
    with readstat_arrow.SavWriter(str(path), table.schema, table.num_rows, metadata, compression="rows") as writer:
        for batch in table.to_batches(SAV_BATCH):
            writer.write_batch(batch)
    with path.open("r+b") as file:
        file.seek(SAV_DATE_AT)
        file.write(SAV_DATE)


def write_table(root: Path, place: str, table: str, columns: Mapping[str, pa.Array], formats: Sequence[str]) -> None:
    """Write one register table below `root` in every format.

    `place` is folder and file name without extension; `table` its id in the catalogue of registers.
    """
    stem = root / place
    stem.parent.mkdir(parents=True, exist_ok=True)
    if "parquet" in formats:
        write_parquet(stem.with_name(stem.name + ".parquet"), columns)
    if "sav" in formats:
        declared = {template.column.output: template.column for template in load_catalogue().table(table).templates}
        write_sav(stem.with_name(stem.name + ".sav"), columns, declared)
