"""What often goes wrong in delivered tables, each for every table of the catalogue in which it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansen.errors import KansenError, MissingInputError, TableError
from kansen.registers import Column, Ingested, Table, find, ingest, load_catalogue
from kansen.registers.convert import OPEN_END
from registers import declared, world
from registers.declared import ROWS, Columns, columns, outputs, stem, valid

TABLES = load_catalogue().tables
SPELLS = [name for name, table in TABLES.items() if table.kind == "spells"]


def with_columns(*kinds: str) -> list[tuple[str, str]]:
    """Every table and output column of some kinds."""
    out: list[tuple[str, str]] = []
    for name, table in TABLES.items():
        out += [(name, column.output) for column in columns(table, stem(table)[1], kinds)]
    return out


class Delivered:
    """One table as declared, in which a test spoils something before it is converted."""

    def __init__(self, name: str, folder: Path) -> None:
        self.table: Table = TABLES[name]
        self.title, self.year = stem(self.table)
        self.content: Columns = valid(self.table, self.year)
        self.root, self.vault = folder / "in", folder / "vault"
        self.root.mkdir()

    def column(self, output: str) -> Column:
        return self.table.column(output, self.year)

    def spoil(self, output: str, *values: object) -> str:
        """Put `values` in the first rows of a column; the delivered name. A number among texts makes it all text."""
        (part,) = self.column(output).parts
        whole = [*values, *self.content[part][len(values) :]]
        text = any(isinstance(value, str) for value in whole)
        self.content[part] = [str(value) if text else value for value in whole]
        return part

    def convert(self, kind: str = "parquet") -> dict[str, list[object]]:
        return world.read(self.ingested(kind))

    def ingested(self, kind: str = "parquet") -> Ingested:
        declared.write(self.root / f"{self.title}.{kind}", self.content, kind)
        file = find(self.root).file(self.table.id, self.year)
        return ingest(file, outputs(self.table, self.year), self.vault)

    def refused(self) -> KansenError:
        with pytest.raises(KansenError) as caught:
            self.convert()
        assert caught.value.exit_code == 2
        assert list((self.vault / "registers").glob("*")) == []
        return caught.value


def first_unit(delivered: Delivered) -> None:
    """Give the second row the key of the first."""
    for part in delivered.column(delivered.table.required[0]).parts:
        delivered.content[part][1] = delivered.content[part][0]


@pytest.mark.parametrize("name", SPELLS)
def test_overlapping_spells_are_told_and_every_row_is_kept(name: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    start, end = delivered.table.spell or ("", "")
    first_unit(delivered)
    delivered.spoil(start, "19990101", "19990301")
    delivered.spoil(end, "19990331", "19990630")
    table = delivered.ingested()
    assert table.rows == ROWS
    assert any("1 spell begins before the one before has ended" in note for note in table.notes)


@pytest.mark.parametrize("name", SPELLS)
@pytest.mark.parametrize("open_end", ["88888888", "99991231", 88888888.0, 99991231.0])
def test_open_ended_spells_end_on_the_last_day_of_9999(name: str, open_end: object, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    end = (delivered.table.spell or ("", ""))[1]
    delivered.content[delivered.column(end).parts[0]] = [open_end] * ROWS
    assert set(delivered.convert()[end]) == {OPEN_END}


@pytest.mark.parametrize(("name", "output"), with_columns("code", "int"))
def test_dashes_mean_unknown(name: str, output: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    delivered.spoil(output, "----", "-")
    if output in delivered.table.unique:
        delivered.spoil(output, "----")
    assert delivered.convert()[output][0] is None


@pytest.mark.parametrize(("name", "output"), with_columns("date"))
def test_dashes_are_no_day_of_a_spell(name: str, output: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    part = delivered.spoil(output, "----")
    if output not in delivered.table.required:
        assert delivered.convert()[output][0] is None
        return
    assert part in str(delivered.refused())


@pytest.mark.parametrize(("name", "output"), with_columns("key"))
def test_dashes_in_a_key_mean_nobody(name: str, output: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    for part in delivered.column(output).parts:
        delivered.content[part][0] = "---------"
    if output not in delivered.table.required:
        assert delivered.convert()[output][0] is None
        return
    error = delivered.refused()
    assert (error.row, error.found) == (1, "1 row without it")


@pytest.mark.parametrize(("name", "output"), with_columns("money"))
@pytest.mark.parametrize("kind", ["parquet", "sav"])
def test_nines_are_no_amount(name: str, output: str, kind: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    delivered.spoil(output, 999999999.0, 9999999999.0)
    assert delivered.convert(kind)[output] == [None, None, *[100.5] * (ROWS - 2)]


@pytest.mark.parametrize(("name", "output"), with_columns("money", "number", "int"))
def test_text_where_a_number_belongs(name: str, output: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    part = delivered.spoil(output, *delivered.content[delivered.column(output).parts[0]][:2], "twaalf")
    if delivered.column(output).words_are_missing:
        assert delivered.convert()[output][2] is None
        return
    error = delivered.refused()
    assert (error.column, error.row) == (part, 3)
    assert "twaalf" in str(error.found)


@pytest.mark.parametrize(("name", "output"), with_columns("code"))
def test_a_code_that_is_not_in_the_list(name: str, output: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    part = delivered.spoil(output, *delivered.content[delivered.column(output).parts[0]][:1], "?!", "?!")
    error = delivered.refused()
    assert (error.column, error.row, error.found) == (part, 2, "'?!' (2 times)")
    assert error.expected


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.unique])
def test_a_key_that_occurs_twice_is_named_and_counted(name: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    keys = [part for output in delivered.table.unique for part in delivered.column(output).parts]
    for part in keys:
        delivered.content[part][2:5] = [delivered.content[part][1]] * 3
    error = delivered.refused()
    assert (error.column, error.row) == (" + ".join(keys), 5)
    assert error.found == "1 of 3 keys more than once; the first has 4 rows, such as 2 and 5"


def test_every_table_on_the_one_side_of_a_join_has_a_unique_key() -> None:
    """The others hold several rows per unit, and are counted, added up or narrowed to one row before a join."""
    several = {name for name, table in TABLES.items() if not table.unique}
    assert several == {*SPELLS, "inschrwpo", "onderwijsinschr", "sch", "spolisbus", "jgdbescherm"}


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.kind == "yearly"])
def test_a_year_that_is_absent_between_others(name: str, tmp_path: Path) -> None:
    table = TABLES[name]
    last = min((table.years or (0, 0))[1], 2018)
    for year in (last - 2, last):
        title = stem(table)[0].replace(str(stem(table)[1]), str(year))
        declared.write(tmp_path / f"{title}.parquet", valid(table, year), "parquet")
    with pytest.raises(MissingInputError, match=f"{name} of {last - 1} is not there") as caught:
        find(tmp_path).file(name, last - 1)
    assert f"the years {last - 2}, {last} of this table" in str(caught.value)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_two_different_files_for_one_year(name: str, tmp_path: Path) -> None:
    table = TABLES[name]
    title, year = stem(table)
    for folder, rows in (("a", ROWS), ("b", ROWS - 1)):
        (tmp_path / folder).mkdir()
        content = {part: values[:rows] for part, values in valid(table, year).items()}
        declared.write(tmp_path / folder / f"{title}.parquet", content, "parquet")
    with pytest.raises(TableError, match=f"a/{title}.parquet and b/{title}.parquet"):
        find(tmp_path).file(name, year)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_one_table_in_two_formats_is_one_table(name: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    declared.write(delivered.root / f"{delivered.title}.sav", delivered.content, "sav")
    assert delivered.ingested("parquet").file.format == "parquet"
    assert find(delivered.root).notes[-1] == f"{delivered.title}: delivered as parquet and sav, parquet is read"


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if "{version}" in table.files[0]])
def test_version_10_is_read_and_not_version_9(name: str, tmp_path: Path) -> None:
    table = TABLES[name]
    for version in (9, 10):
        title, year = stem(table, version)
        declared.write(tmp_path / f"{title}.parquet", valid(table, year), "parquet")
    assert find(tmp_path).file(name, stem(table)[1]).version == 10


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("named", [b"CP125", b"x????"])
def test_a_sav_that_names_another_encoding(name: str, named: bytes, tmp_path: Path) -> None:
    """The letters of CBS keys, codes and days are the same in every encoding that SPSS has used on Windows."""
    delivered = Delivered(name, tmp_path)
    path = delivered.root / f"{delivered.title}.sav"
    declared.write(path, {**delivered.content, "OPMERKING": ["één twee drie"] * ROWS}, "sav")
    content = path.read_bytes().replace(b"UTF-8", named).replace("één".encode(), "één  ".encode("cp1252"))
    path.write_bytes(content)
    file = find(delivered.root).file(name, delivered.year)
    assert ingest(file, outputs(delivered.table, delivered.year), delivered.vault).rows == ROWS


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_parquet_whose_names_are_no_text(name: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    path = delivered.root / f"{delivered.title}.parquet"
    declared.write(path, delivered.content, "parquet")
    part = next(iter(delivered.content)).encode()
    path.write_bytes(path.read_bytes().replace(part, b"\xff" + part[1:]))
    file = find(delivered.root).file(name, delivered.year)
    with pytest.raises(TableError, match="cannot be read"):
        ingest(file, outputs(delivered.table, delivered.year), delivered.vault)
    assert list((delivered.vault / "registers").glob("*")) == []


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_csv_that_is_neither_utf_8_nor_windows_1252(name: str, tmp_path: Path) -> None:
    delivered = Delivered(name, tmp_path)
    path = delivered.root / f"{delivered.title}.csv"
    declared.write(path, {**delivered.content, "OPMERKING": ["x"] * ROWS}, "csv")
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"\x81"'))
    file = find(delivered.root).file(name, delivered.year)
    with pytest.raises(TableError, match="text that cannot be decoded"):
        ingest(file, outputs(delivered.table, delivered.year), delivered.vault)
    assert list((delivered.vault / "registers").glob("*")) == []
