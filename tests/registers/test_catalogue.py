"""The declarations of the register tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kansen.errors import DeclarationError, MissingInputError, UsageError
from kansen.registers import catalogue as module
from kansen.registers import catalogue_table, load_catalogue

AGE35 = {
    "gbapersoon", "kindouder", "gbaadresobject", "gbahuishoudens", "vslpostcode", "vslgwb", "persoonink", "inpa",
    "inha", "koppel", "hoogsteopl", "secmbus", "zvwzorgkosten",
}  # fmt: skip


def test_every_table_of_the_cohort_is_declared() -> None:
    assert set(load_catalogue().tables) >= AGE35


@pytest.mark.parametrize(
    ("table", "stem", "year", "version"),
    [
        ("gbapersoon", "GBAPERSOON2023TABV1", 2023, 1),
        ("inpa", "INPA2016TABV10", 2016, 10),
        ("inpa", "inpa2016tabv2", 2016, 2),
        ("vslpostcode", "VSLPOSTCODEBUSV2024031", None, 2024031),
        ("koppel", "KOPPELPERSOONHUISHOUDEN2016", 2016, None),
        ("koppel", "KOPPELPERSOONHUISHOUDEN2016TABV3", 2016, 3),
        ("secmbus", "SECMBUS2021V1", 2021, 1),
    ],
)
def test_file_names_give_year_and_version_as_numbers(
    table: str, stem: str, year: int | None, version: int | None
) -> None:
    match = load_catalogue().table(table).pattern.match(stem)
    assert match is not None
    groups = match.groupdict()
    assert (groups.get("year") and int(groups["year"])) == year
    assert (groups.get("version") and int(groups["version"])) == version


@pytest.mark.parametrize(
    "stem", ["INPA2016TABV1_old", "XINPA2016TABV1", "INPA16TABV1", "INPA2016TABVx", "INPAB2016TABV1"]
)
def test_file_names_are_anchored(stem: str) -> None:
    assert load_catalogue().table("inpa").pattern.match(stem) is None


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
    rows = catalogue_table()
    assert {row["table"] for row in rows} == set(load_catalogue().tables)
    sex = next(row for row in rows if row["column"] == "gbageslacht")
    assert (sex["delivered_as"], sex["codes"], sex["missing"]) == ("GBAGESLACHT", "1 Mannen; 2 Vrouwen", "-")
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
    ],
)
def test_a_wrong_declaration(old: str, new: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(module.__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "catalogue.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(module, "_DECLARATIONS", path)
    with pytest.raises(DeclarationError, match=message):
        load_catalogue.__wrapped__()
