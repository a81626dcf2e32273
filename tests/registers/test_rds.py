"""Data frames that R saved."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansen.errors import TableError
from kansen.registers import ingest
from kansen.registers.rds import RdsError, read_rds
from registers import rdata, world

FROM_R = base64.b64decode(
    "WAoAAAADAAQEAwADBQAAAAAFVVRGLTgAAAMTAAAABQAAAA0AAAAEAAAACgAAABQAAAAegAAAAAAAAA4AAAAEP/GZmZmZmZpAAZmZ"
    "mZmZmkAKZmZmZmZmf/AAAAAAB6IAAAAQAAAABAAEAAkAAAABeAAEAAkAAAABeQAEAAkAAAABegAAAAn/////AAAACgAAAAQAAAAB"
    "AAAAAAAAAAGAAAAAAAAADwAAAARAEAAAAAAAAEAUAAAAAAAAQBgAAAAAAABAHAAAAAAAAEAgAAAAAAAAQCIAAAAAAAB/8AAAAAAH"
    "ogAAAAAAAAAAAAAEAgAAAAEABAAJAAAABW5hbWVzAAAAEAAAAAUABAAJAAAAA2ludAAEAAkAAAAFZmxvYXQABAAJAAAABnN0cmlu"
    "ZwAEAAkAAAAEYm9vbAAEAAkAAAAHY29tcGxleAAABAIAAAABAAQACQAAAAVjbGFzcwAAABAAAAABAAQACQAAAApkYXRhLmZyYW1l"
    "AAAEAgAAAAEABAAJAAAACXJvdy5uYW1lcwAAAA0AAAACgAAAAP////wAAAD+"
)
"""What R 4.4 wrote for data.frame(int = c(10L, 20L, 30L, NA), float = c(1.1, 2.2, 3.3, NA), string = ..., ...)."""

BIRTHS = "PERINED/8151_PERINED"
BIRTH_COLUMNS = ["person", "mother", "ddgeb", "amddd", "geboortegew", "gesl", "sterfte"]


def births(**more: bytes) -> dict[str, bytes]:
    """Three births: text and numbers as R keeps them, the sex labelled, the day with a time."""
    labels = rdata.vector([1.0, 2.0, 3.0], names=rdata.vector(["jongen", "meisje", "onbekend"]))
    return {
        "CBKSoortNr_Kind": rdata.vector(["R", "R", None]),
        "Rinpersoon_Kind": rdata.vector(["000000012", "000000345", None]),
        "CBKSoortNr_Moeder": rdata.vector(["R", "G", "R"]),
        "Rinpersoon_Moeder": rdata.vector(["100000012", "900000001", "100000678"]),
        "ddgeb": rdata.vector(["2011-03-04", "2012-02-29 00:00:00", None]),
        "amddd": rdata.vector([280, 259, None]),
        "geboortegew": rdata.vector([3500.0, 2400.0, None]),
        "gesl": rdata.vector([1.0, 2.0, 3.0], labels=labels, **{"class": rdata.vector(["haven_labelled"])}),
        "sterfte": rdata.vector([0, 3, None]),
        **more,
    }


def put(root: Path, content: bytes, stem: str = BIRTHS) -> Path:
    path = root / f"{stem}.rds"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_what_r_itself_wrote(tmp_path: Path) -> None:
    frame = read_rds(put(tmp_path, FROM_R))
    assert {name: values.to_pylist() for name, values in frame.columns.items() if name != "complex"} == {
        "int": [10, 20, 30, None],
        "float": [1.1, 2.2, 3.3, None],
        "string": ["x", "y", "z", None],
        "bool": [True, False, True, None],
    }
    assert pa.types.is_list(frame.columns["complex"].type)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes], ids=["gz", "bz2", "xz", "plain"])
def test_every_way_to_compress(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert read_rds(put(tmp_path, pack(FROM_R))).rows == 4


def test_classes_of_columns(tmp_path: Path) -> None:
    columns = {
        "factor": rdata.vector([2, 1, None], levels=rdata.vector(["a", "b"]), **{"class": rdata.vector(["factor"])}),
        "date": rdata.vector([0.0, 11016.5, None], **{"class": rdata.vector(["Date"])}),
        "time": rdata.vector([0.0, 86399.9, None], **{"class": rdata.vector(["POSIXct", "POSIXt"])}),
        "latin": rdata.vector(["Curaçao", "België", None], encoding="latin-1"),
        "empty": rdata.vector([None, None, None]),
        "yes": rdata.vector([True, False, None]),
    }
    frame = read_rds(put(tmp_path, rdata.frame(columns, 3)))
    assert frame.columns["factor"].to_pylist() == ["b", "a", None]
    assert [str(day) for day in frame.columns["date"].to_pylist()] == ["1970-01-01", "2000-02-29", "None"]
    assert [str(day)[:10] for day in frame.columns["time"].to_pylist()] == ["1970-01-01", "1970-01-01", "None"]
    assert frame.columns["latin"].to_pylist() == ["Curaçao", "België", None]
    assert frame.columns["empty"].to_pylist() == [None] * 3
    assert frame.columns["yes"].to_pylist() == [True, False, None]


def test_births_become_typed_columns(root: Path, vault: Path) -> None:
    put(root, rdata.frame(births(), 3))
    table = ingest(world.one(root, "perined"), BIRTH_COLUMNS, vault)
    assert world.read(table) == {
        "person": ["R000000012", "R000000345", None],
        "mother": ["R100000012", "G900000001", "R100000678"],
        "ddgeb": [world.day(2011, 3, 4), world.day(2012, 2, 29), None],
        "amddd": [280, 259, None],
        "geboortegew": [3500, 2400, None],
        "gesl": ["1", "2", "3"],
        "sterfte": ["0", "3", None],
        "row": [0, 1, 2],
    }
    assert table.provenance()["format"] == "rds"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends too early"),
        (b"no R at all", "binary format"),
        (b"A\n3\n263171\n", "binary format"),
        (FROM_R[:-3], "ends too early"),
        (gzip.compress(FROM_R, mtime=0)[:-40], "ended before"),
        (FROM_R[:5] + b"\x09" + FROM_R[6:], "version 9"),
        (rdata.frame({"a": rdata.vector([1, 2]), "b": rdata.vector([1])}, 2), "different lengths"),
        (gzip.compress(FROM_R[:23] + rdata.vector([1, 2, 3]), mtime=0), "no data frame"),
        (FROM_R[:23] + struct.pack(">ii", 14, 2**31 - 1), "ends too early"),
        (FROM_R[:23] + struct.pack(">ii", 19, 1) * 200, "too deep"),
    ],
)
def test_what_is_no_data_frame(root: Path, vault: Path, content: bytes, message: str) -> None:
    path = put(root, content)
    with pytest.raises(RdsError, match=message):
        read_rds(path)
    with pytest.raises(TableError, match="cannot be read"):
        ingest(world.one(root, "perined"), ["person"], vault)


def test_a_column_of_lists_is_refused(root: Path, vault: Path) -> None:
    put(root, rdata.frame(births(amddd=struct.pack(">ii", 19, 3) + rdata.vector([1]) * 3), 3))
    with pytest.raises(TableError, match="a type that cannot be used"):
        ingest(world.one(root, "perined"), BIRTH_COLUMNS, vault)


@given(position=st.integers(0, 2**20), value=st.integers(0, 255))
def test_a_damaged_file_gives_one_error_or_a_frame(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    content = bytearray(gzip.decompress(rdata.frame(births(), 3)))
    content[position % len(content)] = value
    path = put(tmp_path_factory.mktemp("damaged"), bytes(content))
    try:
        frame = read_rds(path)
    except RdsError:
        return
    assert all(len(column) == frame.rows for column in frame.columns.values())
