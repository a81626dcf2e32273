"""Wrong content gives one message that names file, column and row, and leaves nothing in the vault."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import readstat_arrow

from kansen.errors import MissingInputError, TableError
from kansen.registers import ingest
from kansen.registers.convert import OPEN_END
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


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_overlapping_spells_are_told_and_kept(root: Path, vault: Path, kind: str) -> None:
    rows = {
        "RINPERSOONS": ["R"] * 5,
        "RINPERSOON": ["000000012", "000000012", "000000345", "000000012", "000000345"],
        "GBADATUMAANVANGADRESHOUDING": ["19951001", "20000301", "19960229", "20000229", "20200101"],
        "GBADATUMEINDEADRESHOUDING": ["20000229", "88888888", "99991231", "20000301", "88888888"],
    }
    world.write(root, world.ADDRESS_FILE, rows, kind)
    columns = ["person", "gbadatumaanvangadreshouding", "gbadatumeindeadreshouding"]
    table = ingest(world.one(root, "gbaadresobject"), columns, vault)
    assert table.rows == 5
    (note,) = table.notes
    assert "3 spells begin before the one before has ended (2 of person in all)" in note


def test_spells_that_follow_each_other_do_not_overlap(root: Path, vault: Path) -> None:
    world.write(root, world.ADDRESS_FILE, world.ADDRESSES)
    assert ingest(world.one(root, "gbaadresobject"), world.ADDRESS_COLUMNS, vault).notes == ()


def test_words_that_mean_missing_are_counted(root: Path, vault: Path) -> None:
    rows = world.changed(world.INCOMES, INPPERSPRIM=["24000", "onbekend huishouden", "----"])
    world.write(root, world.INCOME_FILE, rows)
    table = ingest(world.one(root, "inpa", 2016), ["inppersprim"], vault)
    assert world.read(table)["inppersprim"] == [24000.0, None, None]
    assert table.notes == ("INPA2016TABV1.parquet: 1 row of INPPERSPRIM hold words, taken as missing",)


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_labels_where_codes_belong(root: Path, vault: Path, kind: str) -> None:
    rows = world.changed(
        world.PERSONS,
        GBAGESLACHT=["Mannen", "vrouwen", "-", "2"],
        GBAHERKOMSTGROEPERING=["Nederland", "Turkije", "6030", "----"],
    )
    columns = ["gbageslacht", "gbaherkomstgroepering"]
    found = world.convert(root, vault, rows, columns, stem=world.PERSON_FILE, kind=kind)
    assert found["gbageslacht"] == ["1", "2", None, "2"]
    assert found["gbaherkomstgroepering"] == ["6030", "6043", "6030", None]


@pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
def test_a_label_that_nobody_knows(root: Path, vault: Path, kind: str) -> None:
    rows = world.changed(world.PERSONS, GBAGESLACHT=["Mannen", "Heren", "Vrouwen", "1"])
    error = world.refused(root, vault, rows, ["gbageslacht"], stem=world.PERSON_FILE, kind=kind)
    assert (error.row, error.found) == (2, "'Heren' (once)")


JOBS = {
    "RINPERSOONS": ["R"] * 4,
    "RINPERSOON": ["000000012", "000000012", "000000345", "100000678"],
    "SBASISLOON": [1500.5, -20.0, 2000.0, 999999999.0],
    "SBASISUREN": [80.5, 0.0, 160.0, 12.0],
}
CONTRACTS = ["Onbepaalde tijd", "Bepaalde tijd", "Onbepaalde tijd", None]


@pytest.mark.parametrize("kind", ["parquet", "csv", "sav"])
@pytest.mark.parametrize(
    "delivered", [["Onbepaalde tijd", "bepaalde tijd", "Onbepaalde tijd", "-"], ["O", "B", "O", ""]]
)
def test_contracts_by_label_or_letter(root: Path, vault: Path, kind: str, delivered: list[str]) -> None:
    rows = {**JOBS, "SCONTRACTSOORT": delivered}
    columns = ["person", "sbasisloon", "sbasisuren", "scontractsoort"]
    found = world.convert(root, vault, rows, columns, stem="SPOLISBUS2016V1", kind=kind)
    assert found["scontractsoort"] == CONTRACTS
    assert found["person"] == ["R000000012", "R000000012", "R000000345", "R100000678"]
    assert (found["sbasisloon"], found["sbasisuren"]) == ([1500.5, -20.0, 2000.0, None], [80.5, 0.0, 160.0, 12.0])


@pytest.mark.parametrize(("codes", "values"), [([1.0, 2.0, 1.0, 9.0], (1.0, 2.0, 9.0)), (["a", "b", "a", "z"], "abz")])
def test_contracts_by_the_labels_of_the_file(
    root: Path, vault: Path, codes: list[object], values: tuple[object, ...]
) -> None:
    named = zip(values, ["Onbepaalde tijd", "Bepaalde tijd", "Onbekend"], strict=True)
    labels = [{"value": value, "label": label} for value, label in named]
    metadata = readstat_arrow.Metadata(value_labels={"SCONTRACTSOORT": labels})
    rows = {**JOBS, "SCONTRACTSOORT": codes}
    found = world.convert(root, vault, rows, ["scontractsoort"], stem="SPOLISBUS2016V1", kind="sav", metadata=metadata)
    assert found["scontractsoort"] == CONTRACTS


@pytest.mark.parametrize("kind", ["parquet", "csv", "sav"])
def test_floor_area_is_a_number_delivered_as_text(root: Path, vault: Path, kind: str) -> None:
    rows = {
        "SOORTOBJECTNUMMER": ["D"] * 4,
        "RINOBJECTNUMMER": ["A1", "A2", "A3", "A4"],
        "AANVLEVCYCLWOONNIETWOON": ["19900101"] * 4,
        "EINDLEVCYCLWOONNIETWOON": ["88888888", "20101231", "88888888", "88888888"],
        "VBOOPPERVLAKTE": ["000085", "120   ", "------", "999999"],
    }
    columns = ["dwelling", "aanvlevcyclwoonnietwoon", "eindlevcyclwoonnietwoon", "vbooppervlakte"]
    found = world.convert(root, vault, rows, columns, stem="LEVCYCLWOONNIETWOONBUSV2024122", kind=kind)
    assert found["vbooppervlakte"] == [85, 120, None, None]
    assert found["eindlevcyclwoonnietwoon"][0] == OPEN_END


@pytest.mark.parametrize("kind", ["parquet", "csv", "sav"])
def test_pupils_schools_and_padded_text(root: Path, vault: Path, kind: str) -> None:
    rows = {
        "RINPERSOONS": ["R"] * 4,
        "RINPERSOON": ["000000012", "000000012", "000000345", "100000678"],
        "WPOBRIN_crypt": ["x9/a=", "x9/a=", "---------", "q"],
        "WPOBRINVEST": ["00", "01", "00", "--"],
        "WPOLEERJAAR": ["  8", "8 ", "08", "-"],
        "WPOADVIESVO": ["60", "1", "80", "00"],
        "WPOREKENEN": ["4", "", "1", "0"],
    }
    columns = ["person", "school", "wpoleerjaar", "wpoadviesvo", "wporekenen"]
    found = world.convert(root, vault, rows, columns, stem="INSCHRWPOTAB2014V2", kind=kind)
    assert found["school"] == ["x9/a=00", "x9/a=01", None, None]
    assert found["wpoleerjaar"] == ["8", "8", "8", None]
    assert found["wpoadviesvo"] == ["60", "1", "80", None]


@pytest.mark.parametrize("kind", ["parquet", "csv", "sav"])
def test_wealth_may_be_negative_and_large(root: Path, vault: Path, kind: str) -> None:
    rows = {
        "RINPERSOONSHKW": ["R"] * 3,
        "RINPERSOONHKW": ["000000012", "000000345", "100000678"],
        "VEHW1000VERH": [-125000.0, 2.5e9, 99999999999.0],
        "VEHWVEREXEWH": [0.0, 1.0, 99999999999.0],
    }
    found = world.convert(root, vault, rows, ["household", "vehw1000verh"], stem="VEH2015TABV1", kind=kind)
    assert found["vehw1000verh"] == [-125000.0, 2.5e9, None]


def test_rows_without_a_key_are_no_doubles(root: Path, vault: Path) -> None:
    rows = {
        "rinpersoons": ["R", None, None],
        "rinpersoon": ["000000012", None, "---------"],
        "ovljr": ["2012"] * 3,
        "ovlmnd": ["01", "02", "00"],
        "ovldag": ["31", "28", "--"],
    }
    found = world.convert(root, vault, rows, ["person", "ovljr", "ovlmnd", "ovldag"], stem="DO 2012V1")
    assert found["person"] == ["R000000012", None, None]
    assert (found["ovlmnd"], found["ovldag"]) == ([1, 2, None], [31, 28, None])


def test_two_dwellings_with_one_owner_row_each(root: Path, vault: Path) -> None:
    rows = {
        "SOORTOBJECTNUMMER": ["D", "D", "D"],
        "RINOBJECTNUMMER": ["A1", "A2", "A1"],
        "TypeEigenaar": ["E", "V", "E"],
        "AantalBewoners": [2, 0, 2],
    }
    stem = "EIGENDOM2019TABV1"
    error = world.refused(root, vault, rows, ["dwelling", "typeeigenaar", "aantalbewoners"], stem=stem)
    assert "1 of 2 keys more than once; the first has 2 rows, such as 1 and 3" in str(error.found)
    found = world.convert(root / "x", vault, rows, ["typeeigenaar", "aantalbewoners"], stem=stem)
    assert found["aantalbewoners"] == [2, None, 2]


@pytest.mark.parametrize("text", ["2000-02-29", "2000-02-29 00:00:00", "2000-02-29T00:00:00", "20000229"])
def test_days_as_text(root: Path, vault: Path, text: str) -> None:
    rows = {"RINPERSOONS": ["R"], "RINPERSOON": ["000000012"], "GBADatumOverlijden": [text]}
    found = world.convert(root, vault, rows, ["person", "gbadatumoverlijden"], stem="GBAOVERLIJDEN2013TABV1")
    assert found["gbadatumoverlijden"] == [world.day(2000, 2, 29)]


@pytest.mark.parametrize("text", ["2000-02-30", "2000-2-29", "29-02-2000", "2000/02/29"])
def test_days_that_are_none(root: Path, vault: Path, text: str) -> None:
    rows = {"RINPERSOONS": ["R"], "RINPERSOON": ["000000012"], "GBADatumOverlijden": [text]}
    error = world.refused(root, vault, rows, ["person", "gbadatumoverlijden"], stem="GBAOVERLIJDEN2013TABV1")
    assert (error.column, error.row) == ("GBADatumOverlijden", 1)


@pytest.mark.parametrize("number", ["99999999999", "3000000000", "-3000000000"])
def test_a_number_beyond_whole_numbers(root: Path, vault: Path, number: str) -> None:
    rows = world.changed(world.PERSONS, GBAGEBOORTEJAAR=["1981", number, "1985", "1984"])
    error = world.refused(root, vault, rows, ["gbageboortejaar"], stem=world.PERSON_FILE)
    assert (error.row, error.found) == (2, f"'{number}' (once)")
