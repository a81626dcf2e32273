"""A very small set of register tables, written in any format, for the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import readstat_arrow

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
