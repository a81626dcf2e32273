"""Columns of register tables as Arrow arrays, and the files they are written to (Parquet and SPSS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import readstat_arrow

from kansen.registers import load_catalogue

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


class TableFile:
    """One table as Parquet, written part by part: its columns and their types are those of the first part.

    Columns with few different values are stored by dictionary, keys are not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._closed = False

    def append(self, columns: Mapping[str, pa.Array]) -> None:
        """Add rows; a first part without rows still makes the file."""
        table = pa.table(dict(columns))
        if self._writer is not None:
            table = table.select(self._writer.schema.names).cast(self._writer.schema)
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(
                self.path,
                table.schema,
                compression="snappy",
                use_dictionary=[field.name for field in table.schema if pa.types.is_dictionary(field.type)],  # pyright: ignore[reportArgumentType] (a list of names is documented)
                write_statistics=True,
                store_schema=False,
            )
        self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self.rows += table.num_rows

    def close(self) -> None:
        """Finish the file; closing twice does nothing."""
        if self._writer is not None and not self._closed:
            self._writer.close()
        self._closed = True


def parquet_to_sav(source: Path, path: Path, table: str) -> None:
    """A Parquet file as SPSS file, with variable labels, and value labels for coded columns.

    `table` is the id in the catalogue of registers. Rows stream through: memory does not grow with their number.
    """
    declared = {template.column.output: template.column for template in load_catalogue().table(table).templates}
    file = pq.ParquetFile(source)
    schema = file.schema_arrow
    widths = _widths(file)
    labels, values = {}, {}
    for name in schema.names:
        column = declared.get(name.lower())
        if column is None:
            continue
        labels[name] = column.label
        if column.codes is not None and column.codes.values and name.lower() == column.output and name in widths:
            values[name] = [{"value": code, "label": label} for code, label in column.codes.values.items()]
            widths[name] = max(widths[name], max(len(code) for code in column.codes.values))
    metadata = readstat_arrow.Metadata(
        variable_labels=labels, value_labels=values, storage_widths=widths, file_label="SYNTHETIC DATA"
    )
    with readstat_arrow.SavWriter(str(path), schema, file.metadata.num_rows, metadata, compression="rows") as writer:
        for batch in file.iter_batches(SAV_BATCH):
            writer.write_batch(batch)
    with path.open("r+b") as stream:
        stream.seek(SAV_DATE_AT)
        stream.write(SAV_DATE)


def _widths(file: pq.ParquetFile) -> dict[str, int]:
    """The longest value of every text column, at least one."""
    names = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
    widths = dict.fromkeys(names, 1)
    for batch in file.iter_batches(SAV_BATCH, columns=names):
        for name in names:
            widths[name] = max(widths[name], _longest(batch.column(name)))
    return widths


def _longest(texts: pa.StringArray) -> int:
    """Bytes of the longest text of a column, straight from its offsets."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return int(np.diff(offsets).max(initial=0))
