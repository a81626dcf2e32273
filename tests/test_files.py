"""Files that are written: hashed on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen.files import HashedFile, sha256


def test_a_file_is_hashed_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "columns.bin"
    with HashedFile(path) as file:
        assert file.write(np.arange(3, dtype=np.int32).data) == 12
        file.writelines([b"", np.empty(0).data, memoryview(b"and more")])
    assert path.read_bytes() == np.arange(3, dtype=np.int32).tobytes() + b"and more"
    assert (file.written, file.sha256) == (path.stat().st_size, sha256(path))


def test_a_table_is_hashed_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    table = pa.table({"x": np.arange(100_000.0)})
    with HashedFile(path) as file:
        pq.write_table(table, file)
    assert pq.read_table(path).equals(table)
    assert (file.written, file.sha256) == (path.stat().st_size, sha256(path))


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        HashedFile(path)
    assert path.read_bytes() == b"kept"
