"""Wrong content gives one message that names file, column and row, and leaves nothing in the vault."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from kansen.errors import MissingInputError, TableError
from kansen.registers import ingest
from registers import world


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_a_missing_column_names_the_nearest(root: Path, vault: Path, kind: str) -> None:
    rows = {name.replace("INPPERSBRUT", "INPPERSBRUTO"): values for name, values in world.INCOMES.items()}
    error = world.refused(root, vault, rows, ["person", "inppersbrut"], kind=kind)
    assert isinstance(error, MissingInputError)
    assert error.column == "INPPERSBRUT"
    assert "INPPERSBRUTO" in str(error.found)


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_text_in_a_column_of_amounts(root: Path, vault: Path, kind: str) -> None:
    rows = world.changed(world.INCOMES, INPPERSBRUT=["25000", "twintig", "veertig"])
    error = world.refused(root, vault, rows, ["person", "inppersbrut"], kind=kind)
    assert isinstance(error, TableError)
    assert (error.column, error.row) == ("INPPERSBRUT", 2)
    assert "'twintig' (2 rows wrong)" in str(error.found)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e12])
@pytest.mark.parametrize("usual", [1.0, 2.0])
def test_amounts_that_are_no_amounts(root: Path, vault: Path, value: float, usual: float) -> None:
    rows = world.changed(world.INCOMES, INPPERSBRUT=pa.array([1.0, usual, value]))
    error = world.refused(root, vault, rows, ["person", "inppersbrut"])
    assert (error.column, error.row) == ("INPPERSBRUT", 3)


def test_dates_in_a_column_of_amounts(root: Path, vault: Path) -> None:
    rows = world.changed(world.INCOMES, INPPERSBRUT=[date(2000, 1, 1)] * 3)
    error = world.refused(root, vault, rows, ["inppersbrut"])
    assert (error.found, error.expected) == ("dates", "amounts in euros")


def test_a_type_that_cannot_be_used(root: Path, vault: Path) -> None:
    rows = world.changed(world.INCOMES, INPPERSBRUT=[True, False, True])
    assert world.refused(root, vault, rows, ["inppersbrut"]).found == "bool"


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_an_unknown_code(root: Path, vault: Path, kind: str) -> None:
    rows = world.changed(world.PERSONS, GBAGESLACHT=["1", "7", "7", "x"])
    error = world.refused(root, vault, rows, ["gbageslacht"], stem=world.PERSON_FILE, kind=kind)
    assert (error.column, error.row) == ("GBAGESLACHT", 2)
    assert error.found == "'7' (2 times), 'x' (once)"
    assert "gbapersoon" in str(error)
    assert "1, 2; missing: -" in str(error.expected)


def test_a_number_that_is_no_code(root: Path, vault: Path) -> None:
    rows = world.changed(world.PERSONS, GBAGESLACHT=[1.0, 1.5, 2.0, 12.0])
    error = world.refused(root, vault, rows, ["gbageslacht"], stem=world.PERSON_FILE)
    assert "1.5 (once)" in str(error.found)


@pytest.mark.parametrize("column", ["GBAGESLACHT", "GBAGEBOORTEJAAR", "GBAHERKOMSTGROEPERING"])
def test_nan_among_codes_and_numbers(root: Path, vault: Path, column: str) -> None:
    usual = 1981.0 if column == "GBAGEBOORTEJAAR" else 1.0
    rows = world.changed(world.PERSONS, **{column: pa.array([usual, float("nan"), usual, usual])})
    error = world.refused(root, vault, rows, [column.lower()], stem=world.PERSON_FILE)
    assert (error.column, error.row, error.found) == (column, 2, "nan (once)")


def test_times_with_a_zone(root: Path, vault: Path) -> None:
    days = pa.array([datetime(1999, 1, 1)] * 3, pa.timestamp("us", tz="Europe/Amsterdam"))
    rows = world.changed(world.ADDRESSES, GBADATUMAANVANGADRESHOUDING=days)
    error = world.refused(root, vault, rows, world.ADDRESS_COLUMNS, stem=world.ADDRESS_FILE)
    assert (error.column, error.found) == ("GBADATUMAANVANGADRESHOUDING", "timestamp[us, tz=Europe/Amsterdam]")


@pytest.mark.parametrize("amounts", [["1.234", "56", "7.890"], ["1,234", "56", "789"], ["1_000", "56", "789"]])
def test_marks_between_thousands(root: Path, vault: Path, amounts: list[str]) -> None:
    error = world.refused(root, vault, world.changed(world.INCOMES, INPPERSBRUT=amounts), ["inppersbrut"])
    assert (error.column, error.row) == ("INPPERSBRUT", 1)


def test_three_decimals_among_others_are_decimals(root: Path, vault: Path) -> None:
    rows = world.changed(world.INCOMES, INPPERSBRUT=["1.234", "0.5", "7"])
    assert world.convert(root, vault, rows, ["inppersbrut"])["inppersbrut"] == [1.234, 0.5, 7]


@pytest.mark.parametrize(
    "wrong", ["20000230", "2000-1-1", "00000000", "00010101", "25000101", "99991231", "88888888", ""]
)
def test_an_invalid_first_day(root: Path, vault: Path, wrong: str) -> None:
    rows = world.changed(world.ADDRESSES, GBADATUMAANVANGADRESHOUDING=["19951001", wrong, "19960229"])
    error = world.refused(root, vault, rows, world.ADDRESS_COLUMNS, stem=world.ADDRESS_FILE)
    assert (error.column, error.row) == ("GBADATUMAANVANGADRESHOUDING", 2)


def test_an_empty_last_day(root: Path, vault: Path) -> None:
    rows = world.changed(world.ADDRESSES, GBADATUMEINDEADRESHOUDING=["20000229", None, "99991231"])
    error = world.refused(root, vault, rows, world.ADDRESS_COLUMNS, stem=world.ADDRESS_FILE)
    assert (error.column, error.row) == ("GBADATUMEINDEADRESHOUDING", 2)


def test_a_spell_that_ends_before_it_starts(root: Path, vault: Path) -> None:
    rows = world.changed(world.ADDRESSES, GBADATUMEINDEADRESHOUDING=["20000229", "20000229", "99991231"])
    error = world.refused(root, vault, rows, world.ADDRESS_COLUMNS, stem=world.ADDRESS_FILE)
    assert error.row == 2
    assert "from 2000-03-01 to 2000-02-29 (in 1 row)" in str(error.found)


def test_a_month_out_of_range(root: Path, vault: Path) -> None:
    rows = world.changed(world.PERSONS, GBAGEBOORTEMAAND=["01", "13", "12", "--"])
    error = world.refused(root, vault, rows, ["gbageboortemaand"], stem=world.PERSON_FILE)
    assert (error.row, error.found) == (2, "'13' (once)")
    assert "from 1 to 12" in str(error.expected)


def test_two_rows_for_one_child(root: Path, vault: Path) -> None:
    rows = {
        "RINPERSOONS": ["R", "R", "R"],
        "RINPERSOON": ["000000012", "000000345", "000000012"],
        "RINPERSOONSMa": ["R", "R", "-"],
        "RINPERSOONMa": ["000000001", "000000002", "---------"],
        "RINPERSOONSpa": ["R", "-", "R"],
        "RINPERSOONpa": ["000000003", "---------", "000000003"],
    }
    stem = "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1"
    error = world.refused(root, vault, rows, ["person", "mother", "father"], stem=stem)
    assert isinstance(error, TableError)
    assert (error.column, error.row) == ("RINPERSOONS + RINPERSOON", 3)
    assert "1 of 2 keys more than once; the first has 2 rows, such as 1 and 3" in str(error.found)


def test_an_unknown_parent_is_empty(root: Path, vault: Path) -> None:
    rows = {
        "RINPERSOONS": ["R"], "RINPERSOON": ["000000012"], "RINPERSOONSMa": ["R"], "RINPERSOONMa": ["000000001"],
        "RINPERSOONSpa": ["-"], "RINPERSOONpa": ["---------"],
    }  # fmt: skip
    stem = "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1"
    found = world.convert(root, vault, rows, ["person", "mother", "father"], stem=stem)
    assert (found["mother"], found["father"]) == (["R000000001"], [None])


@pytest.mark.parametrize(
    ("kind", "number"),
    [("R", "12"), ("R", "00000001x"), ("R", "-00000012"), ("RR", "000000012"), ("r", "000000012"), ("", "000000012")],
)
def test_a_malformed_key(root: Path, vault: Path, kind: str, number: str) -> None:
    rows = world.changed(world.INCOMES, RINPERSOONS=["R", kind, "R"], RINPERSOON=["000000001", number, "000000003"])
    error = world.refused(root, vault, rows, ["person"])
    assert (error.column, error.row) == ("RINPERSOONS + RINPERSOON", 2)


@pytest.mark.parametrize("numbers", [[1.0, 2.0, float("nan")], [1.0, 2.0, 1.5], [1.0, 2.0, -5.0]])
def test_a_number_that_is_no_key(root: Path, vault: Path, numbers: list[float]) -> None:
    error = world.refused(root, vault, world.changed(world.INCOMES, RINPERSOON=pa.array(numbers)), ["person"])
    assert (error.column, error.row) == ("RINPERSOONS + RINPERSOON", 3)


@pytest.mark.parametrize("numbers", [[1, 2, 3], ["A1.0", "B2", "C3"]])
def test_a_dwelling_that_no_other_table_would_know(root: Path, vault: Path, numbers: list[object]) -> None:
    rows = world.changed(world.ADDRESSES, SOORTOBJECTNUMMER=["D", "D", "D"], RINOBJECTNUMMER=numbers)
    error = world.refused(root, vault, rows, world.ADDRESS_COLUMNS, stem=world.ADDRESS_FILE)
    assert (error.column, error.row) == ("SOORTOBJECTNUMMER + RINOBJECTNUMMER", 1)


def test_a_column_twice(root: Path, vault: Path) -> None:
    rows = world.changed(world.INCOMES, inppersbrut=[1.0, 2.0, 3.0])
    error = world.refused(root, vault, rows, ["person", "inppersbrut"])
    assert (error.column, error.found) == ("INPPERSBRUT", "INPPERSBRUT, inppersbrut")


def test_a_link_to_nowhere(root: Path, vault: Path) -> None:
    path = root / f"{world.INCOME_FILE}.parquet"
    path.parent.mkdir(parents=True)
    path.symlink_to(root / "gone.parquet")
    with pytest.raises(TableError, match="No such file"):
        ingest(world.one(root, "inpa", 2016), ["inppersbrut"], vault)


def test_a_row_without_a_person(root: Path, vault: Path) -> None:
    rows = world.changed(world.INCOMES, RINPERSOON=["000000001", "---------", "000000003"])
    error = world.refused(root, vault, rows, ["person", "inppersbrut"])
    assert (error.row, error.found) == (2, "1 row without it")


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_an_empty_table(root: Path, vault: Path, kind: str) -> None:
    text = pa.array([], pa.string())
    rows = {"RINPERSOONS": text, "RINPERSOON": text, "INPPERSBRUT": pa.array([], pa.float64())}
    error = world.refused(root, vault, rows, ["person", "inppersbrut"], kind=kind)
    assert error.found == "0 rows"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_truncated_file_of_another_format(root: Path, vault: Path, kind: str) -> None:
    path = world.write(root, world.INCOME_FILE, world.INCOMES, kind)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match="truncated or damaged"):
        ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_an_empty_file(root: Path, vault: Path, kind: str) -> None:
    (root / f"INPA2016TABV1.{kind}").touch()
    with pytest.raises(TableError, match="truncated or damaged"):
        ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)


@pytest.mark.parametrize(("tail", "row"), [("R,000000012\n", 4), ("R,000000012,1,1,R,000000012,1\n", 4)])
def test_a_line_with_too_few_or_too_many_values(root: Path, vault: Path, tail: str, row: int) -> None:
    path = world.write(root, world.INCOME_FILE, world.INCOMES, "csv")
    path.write_text(path.read_text() + tail)
    with pytest.raises(TableError) as caught:
        ingest(world.one(root, "inpa", 2016), ["inppersbrut"], vault)
    assert caught.value.row == row
    assert "000000012" not in str(caught.value), "a message tells nothing about a person"


def test_a_csv_cut_within_quotation_marks(root: Path, vault: Path) -> None:
    path = world.write(root, world.ADDRESS_FILE, {name: values[:1] for name, values in world.ADDRESSES.items()}, "csv")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(TableError, match="within quotation marks"):
        ingest(world.one(root, "gbaadresobject"), world.ADDRESS_COLUMNS, vault)


def test_a_csv_in_utf_16(root: Path, vault: Path) -> None:
    path = world.write(root, world.INCOME_FILE, world.INCOMES, "csv")
    path.write_bytes(path.read_text().encode("utf-16"))
    with pytest.raises(TableError, match="save it as UTF-8"):
        ingest(world.one(root, "inpa", 2016), ["inppersbrut"], vault)


def test_a_column_that_nobody_declared(root: Path, vault: Path) -> None:
    world.write(root, world.INCOME_FILE, world.INCOMES)
    with pytest.raises(MissingInputError, match="inppersprim"):
        ingest(world.one(root, "inpa", 2016), ["inkomen"], vault)
