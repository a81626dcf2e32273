"""The declarations of the register tables."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from kansen.errors import DeclarationError, MissingInputError, UsageError
from kansen.registers import catalogue as module
from kansen.registers import list_codes, list_columns, list_tables, load_catalogue
from kansen.registers.catalogue import FileName

AGE35 = {
    "gbapersoon", "kindouder", "gbaadresobject", "gbahuishoudens", "vslpostcode", "vslgwb", "persoonink", "inpa",
    "inha", "koppel", "hoogsteopl", "secmbus", "zvwzorgkosten",
}  # fmt: skip


EVERY_TABLE = AGE35 | {
    "gbaoverlijden", "huishbvrink", "koppel_kern", "inharma", "veh", "sch", "spolisbus", "eigendom",
    "levcyclwoonnietwoon", "hoogsteopl_old", "opleidingsnrref", "ctoref", "inschrwpo", "onderwijsinschr", "jgdbescherm",
    "do", "doodoorz", "perined", "mbocohort", "mboenquete",
}  # fmt: skip


def test_every_table_of_the_pipeline_is_declared() -> None:
    assert set(load_catalogue().tables) == EVERY_TABLE


@pytest.mark.parametrize(
    ("stem", "table", "year", "edition", "version"),
    [
        ("GBAPERSOON2023TABV1", "gbapersoon", 2023, 0, 1),
        ("INPA2016TABV10", "inpa", 2016, 0, 10),
        ("inpa2016tabv2", "inpa", 2016, 0, 2),
        ("VSLPOSTCODEBUSV2024031", "vslpostcode", None, 0, 2024031),
        ("VSLGWB2024TAB03V1", "vslgwb", 2024, 3, 1),
        ("KOPPELPERSOONHUISHOUDEN2016", "koppel", 2016, 0, 0),
        ("KOPPELPERSOONHUISHOUDEN2016TABV3", "koppel", 2016, 0, 3),
        ("Koppeltabel_IPI_IHI_IVB2008", "koppel_kern", 2008, 0, 0),
        ("KOPPELTABEL2010", "koppel_kern", 2010, 0, 0),
        ("VEH2015TABV3", "veh", 2015, 0, 3),
        ("SECMBUS2021V1", "secmbus", 2021, 0, 1),
        ("SCH2012TABV2", "sch", 2012, 0, 2),
        ("SPOLISBUS2016V5", "spolisbus", 2016, 0, 5),
        ("HUISHBVRINK2005TABV3", "huishbvrink", 2005, 0, 3),
        ("INHARMA2018TABV2", "inharma", 2018, 0, 2),
        ("EIGENDOM2019TABV4", "eigendom", 2019, 0, 4),
        ("LEVCYCLWOONNIETWOONBUSV2024122", "levcyclwoonnietwoon", None, 0, 2024122),
        ("HOOGSTEOPL2012TABV1", "hoogsteopl_old", 2012, 0, 1),
        ("HOOGSTEOPL2013TABV3", "hoogsteopl", 2013, 0, 3),
        ("OPLEIDINGSNRREFV34", "opleidingsnrref", None, 0, 34),
        ("CTOREFV12", "ctoref", None, 0, 12),
        ("INSCHRWPOTAB2014V2", "inschrwpo", 2014, 0, 2),
        ("ONDERWIJSINSCHRTAB2007V1", "onderwijsinschr", 2007, 0, 1),
        ("JGDBESCHERM2016BUSV1", "jgdbescherm", 2016, 0, 1),
        ("DO2011V2", "do", 2011, 0, 2),
        ("DO 2012V1", "do", 2012, 0, 1),
        ("DOODOORZ2013TABV1", "doodoorz", 2013, 0, 1),
        ("GBAOVERLIJDEN2021TABV1", "gbaoverlijden", 2021, 0, 1),
        ("8151_PERINED", "perined", None, 8151, 0),
        ("PERINED", "perined", None, 0, 0),
    ],
)
def test_a_file_name_is_one_table_and_gives_year_and_version_as_numbers(
    stem: str, table: str, year: int | None, edition: int, version: int
) -> None:
    ((found, name),) = load_catalogue().recognise(stem)
    assert (found.id, name) == (table, FileName(year, edition, version))


@pytest.mark.parametrize(
    "stem",
    [
        "INPA2016TABV1_old", "XINPA2016TABV1", "INPA16TABV1", "INPA2016TABVx", "INPAB2016TABV1", "INPA2010TABV1",
        "VEHH2015TABV1", "VEH2005TABV1", "SCHOOL2012TABV1", "DO2013V1", "PERSOONINK2011TABV1", "PERINED_notes",
        "KOPPELTABEL2011", "VSLGWB2023TABV1",
    ],
)  # fmt: skip
def test_file_names_are_anchored_and_years_belong_to_one_table(stem: str) -> None:
    assert list(load_catalogue().recognise(stem)) == []


def test_a_name_that_changes_over_the_years() -> None:
    table = load_catalogue().table("hoogsteopl")
    assert table.named("attained", 2018) == "oplnivsoi2016agg4hbmetnirwo"
    assert table.named("attained", 2019) == "oplnivsoi2021agg4hbmetnirwo"
    with pytest.raises(UsageError):
        table.named("dreamt", 2019)
    with pytest.raises(MissingInputError, match="oplnivsoi2021agg4hbmetnirwo"):
        table.column("oplnivsoi2016agg4hbmetnirwo", 2019)


def test_a_column_that_comes_later() -> None:
    table = load_catalogue().table("zvwzorgkosten")
    assert "zvwkeerstelijnsverblijf" in table.names(2018)
    assert "zvwkeerstelijnsverblijf" not in table.names(2017)


def test_area_columns_carry_the_year_of_their_borders() -> None:
    table = load_catalogue().table("vslgwb")
    assert table.column("gem2023", 2023).parts == ("gem2023",)
    assert table.column("wc2022", 2024).label == "wijk, borders of year 2022"
    with pytest.raises(MissingInputError, match="gem23"):
        table.column("gem23", 2023)


def test_an_undeclared_table() -> None:
    with pytest.raises(UsageError, match="gbapersoon"):
        load_catalogue().table("persons")


def test_code_lists() -> None:
    country = load_catalogue().table("gbapersoon").column("gbageboorteland", 2023).codes
    sex = load_catalogue().table("gbapersoon").column("gbageslacht", 2023).codes
    assert country is not None
    assert sex is not None
    assert country.knows("6030")
    assert country.knows("9999")
    assert not country.knows("603")
    assert sex.knows("2")
    assert not sex.knows("3")
    assert sex.describe() == "1, 2; missing: -"


def test_the_dictionary_lists_every_column() -> None:
    rows = list_columns()
    assert {row["table"] for row in rows} == {row["table"] for row in list_tables()} == set(load_catalogue().tables)
    sex = next(row for row in rows if row["column"] == "gbageslacht")
    assert (sex["delivered as"], sex["code list"], sex["missing"]) == ("GBAGESLACHT", "sex", "-")
    codes = {row["code list"]: row["codes"] for row in list_codes()}
    assert codes["sex"] == "1 Mannen; 2 Vrouwen"
    assert {row["code list"] for row in rows} == {"", *codes}
    years = {row["delivered as"]: row["file years"] for row in rows}
    assert years["OPLNRHB"] == "1999–2012"
    assert years["OPLNIVSOI2016AGG4HBMETNIRWO"] == "2013–2018"
    assert years["OPLNIVSOI2021AGG4HBmetNIRWO"] == "from 2019"
    assert all(row["label"] and re.fullmatch(r"[a-z0-9{}_]+", row["column"]) for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('list = "sex"', 'list = "gender"', "code list"),
        ('kind = "yearly"', 'kind = "weekly"', "kind of table"),
        ('kind = "money"', 'kind = "euro"', "kind of column"),
        ('unique = ["household"]', 'unique = ["huishouden"]', "not declared"),
        ('spell = ["AANVSECM"', 'spell = ["BEGINSECM"', "not declared"),
        ('folder = "Onderwijs', 'directory = "Onderwijs', "Unknown field"),
        ("keys = { household =", "keys = { huishouden =", "Unknown name of a key"),
    ],
)
def test_a_wrong_declaration(old: str, new: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "declared"
    shutil.copytree(Path(module.__file__).with_name("declared"), folder)
    path = next(one for one in sorted(folder.iterdir()) if old in one.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(module, "_DECLARATIONS", folder)
    with pytest.raises(DeclarationError, match=message):
        load_catalogue.__wrapped__()


def test_a_table_declared_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "declared"
    shutil.copytree(Path(module.__file__).with_name("declared"), folder)
    shutil.copy(folder / "work.toml", folder / "again.toml")
    monkeypatch.setattr(module, "_DECLARATIONS", folder)
    with pytest.raises(DeclarationError, match="declared twice"):
        load_catalogue.__wrapped__()
