"""A very small set of register tables, written in any format, for the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import readstat_arrow

from kansen.errors import KansenError
from kansen.registers import FoundFile, Ingested, find, ingest

Rows = Mapping[str, Sequence[object]]

PERSONS: Rows = {
    "RINPERSOONS": ["R", "R", "R", "G"],
    "RINPERSOON": ["000000012", "000000345", "100000678", "900000001"],
    "GBAGEBOORTELAND": ["6030", "6043", "----", "0000"],
    "GBAGESLACHT": ["1", "2", "-", "2"],
    "GBAGEBOORTEJAAR": ["1981", "1982", "1985", "1984"],
    "GBAGEBOORTEMAAND": ["01", "02", "12", "--"],
    "GBAGEBOORTEDAG": ["31", "28", "05", "--"],
    "GBAGENERATIE": ["0", "2", "1", "-"],
    "GBAHERKOMSTGROEPERING": ["6030", "6043", "7028", "6045"],
}

ADDRESSES: Rows = {
    "RINPERSOONS": ["R", "R", "R"],
    "RINPERSOON": ["000000012", "000000012", "000000345"],
    "GBADATUMAANVANGADRESHOUDING": ["19951001", "20000301", "19960229"],
    "GBADATUMEINDEADRESHOUDING": ["20000229", "88888888", "99991231"],
    "SOORTOBJECTNUMMER": ["D", "D", "-"],
    "RINOBJECTNUMMER": ["A0000000000000000000000000000001", "B2", "--------------------------------"],
}

INCOMES: Rows = {
    "RINPERSOONS": ["R", "R", "R"],
    "RINPERSOON": ["000000012", "000000345", "100000678"],
    "INPPERSBRUT": [25000.5, -300.0, 9999999999.0],
    "INPPERSPRIM": [24000.0, 0.0, 9999999999.0],
    "RINPERSOONSHKW": ["R", "R", "-"],
    "RINPERSOONHKW": ["000000012", "000000012", "---------"],
}

PERSON_FILE = "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1"
ADDRESS_FILE = "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1"
INCOME_FILE = "InkomenBestedingen/INPATAB/INPA2016TABV1"


def write(
    root: Path,
    stem: str,
    rows: Rows,
    kind: str = "parquet",
    *,
    delimiter: str = ",",
    metadata: readstat_arrow.Metadata | None = None,
) -> Path:
    """Write `rows` as `root/stem.kind` and return the path."""
    path = root / f"{stem}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(dict(rows))
    if kind == "parquet":
        pyarrow.parquet.write_table(table, path)
    elif kind == "sav":
        readstat_arrow.write_sav(path, table, metadata)
    else:
        options = pyarrow.csv.WriteOptions(delimiter=delimiter)
        pyarrow.csv.write_csv(table, path, options)
    return path


def changed(rows: Rows, **columns: Sequence[object]) -> dict[str, Sequence[object]]:
    """`rows` with some columns replaced or added."""
    return {**rows, **columns}


def day(year: int, month: int, number: int) -> int:
    return (date(year, month, number) - date(1970, 1, 1)).days


def read(table: Ingested) -> dict[str, list[object]]:
    """The converted table as columns of values."""
    return pyarrow.parquet.read_table(table.path).to_pydict()


def one(root: Path, table: str, year: int | None = None) -> FoundFile:
    return find(root).file(table, year)


def convert(
    root: Path,
    vault: Path,
    rows: Rows,
    columns: list[str],
    *,
    stem: str = INCOME_FILE,
    kind: str = "parquet",
    **more: object,
) -> dict[str, list[object]]:
    """Write `rows` as the only table of a delivery and convert it."""
    write(root, stem, rows, kind, **more)  # type: ignore[arg-type]
    ((_, file),) = find(root).files.items()
    return read(ingest(file, columns, vault))


def refused(root: Path, vault: Path, rows: Rows, columns: list[str], **more: object) -> KansenError:
    """The same for wrong content: the error, after checking that nothing was left in the vault."""
    with pytest.raises(KansenError) as caught:
        convert(root, vault, rows, columns, **more)  # type: ignore[arg-type]
    assert caught.value.exit_code == 2
    assert list((vault / "registers").glob("*")) == []
    assert "Traceback" not in str(caught.value)
    return caught.value


PERSON_COLUMNS = [
    "person", "gbageboorteland", "gbageslacht", "gbageboortejaar", "gbageboortemaand", "gbageboortedag",
    "gbageneratie", "gbaherkomstgroepering",
]  # fmt: skip
ADDRESS_COLUMNS = ["person", "gbadatumaanvangadreshouding", "gbadatumeindeadreshouding", "dwelling"]
INCOME_COLUMNS = ["person", "inppersbrut", "inppersprim", "household"]
