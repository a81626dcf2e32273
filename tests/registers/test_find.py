"""Which delivered file is which table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kansen.errors import MissingInputError, TableError, UsageError
from kansen.registers import find
from registers import world


def touch(root: Path, name: str, content: str = "x") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_version_10_is_newer_than_version_9(root: Path) -> None:
    for version in (9, 10, 2):
        touch(root, f"InkomenBestedingen/INPATAB/INPA2016TABV{version}.sav", str(version))
    delivery = find(root)
    assert delivery.file("inpa", 2016).version == 10
    assert any("INPA2016TABV9.sav" in note and "older" in note for note in delivery.notes)


def test_a_higher_edition_beats_a_higher_version(root: Path) -> None:
    touch(root, "BouwenWonen/VSLGWBTAB/VSLGWB2023TAB01V9.sav")
    touch(root, "BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1.sav")
    assert find(root).file("vslgwb").path.stem == "VSLGWB2023TAB03V1"


def test_parquet_wins_over_sav_and_csv_and_a_note_says_so(root: Path) -> None:
    for kind in ("csv", "sav", "parquet"):
        touch(root, f"{world.PERSON_FILE}.{kind}", kind)
    delivery = find(root)
    assert delivery.file("gbapersoon").format == "parquet"
    assert delivery.notes == ("GBAPERSOON2023TABV1: delivered as parquet and csv and sav, parquet is read",)


def test_a_newer_sav_wins_over_an_older_parquet(root: Path) -> None:
    touch(root, f"{world.INCOME_FILE}.parquet")
    touch(root, "InkomenBestedingen/INPATAB/INPA2016TABV2.sav")
    assert find(root).file("inpa", 2016).format == "sav"


def test_names_and_extensions_in_any_case(root: Path) -> None:
    touch(root, "inkomenbestedingen/inpatab/inpa2016tabv1.SAV")
    file = find(root).file("inpa", 2016)
    assert (file.format, file.in_declared_folder) == ("sav", True)


def test_a_file_elsewhere_counts_and_is_told(root: Path) -> None:
    touch(root, "copied/INPA2016TABV1.sav")
    delivery = find(root)
    assert delivery.file("inpa", 2016).relative == "copied/INPA2016TABV1.sav"
    assert any("outside the usual folder" in note for note in delivery.notes)


def test_the_declared_folder_is_preferred(root: Path) -> None:
    touch(root, "copied/INPA2016TABV1.sav", "this")
    touch(root, f"drive/{world.INCOME_FILE}.sav", "this")
    assert find(root).file("inpa", 2016).relative == f"drive/{world.INCOME_FILE}.sav"


@pytest.mark.parametrize("folder", ["a", world.INCOME_FILE.rpartition("/")[0]])
def test_two_different_files_in_two_folders(root: Path, folder: str) -> None:
    touch(root, f"{folder}/INPA2016TABV1.sav", "one")
    touch(root, "b/INPA2016TABV1.sav", "two")
    delivery = find(root)
    with pytest.raises(TableError, match=rf"{folder}/INPA2016TABV1\.sav and b/INPA2016TABV1\.sav"):
        delivery.file("inpa", 2016)


def test_a_folder_named_like_a_file_is_told_as_a_folder(root: Path) -> None:
    (root / f"{world.ADDRESS_FILE}.parquet").mkdir(parents=True)
    with pytest.raises(MissingInputError, match=r"GBAADRESOBJECT2023BUSV1\.parquet/"):
        find(root).file("gbaadresobject")


def test_two_equal_copies_are_one_table(root: Path) -> None:
    touch(root, "a/INPA2016TABV1.sav", "one")
    touch(root, "b/INPA2016TABV1.sav", "one")
    assert find(root).file("inpa", 2016).relative == "a/INPA2016TABV1.sav"


def test_without_a_year_the_newest_snapshot(root: Path) -> None:
    touch(root, "Bevolking/GBAPERSOONTAB/2018/GBAPERSOON2018TABV2.sav")
    touch(root, "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1.sav")
    delivery = find(root)
    assert delivery.file("gbapersoon").year == 2023
    assert delivery.file("gbapersoon", 2018).version == 2
    assert delivery.years("gbapersoon") == [2018, 2023]


def test_a_yearly_table_needs_a_year(root: Path) -> None:
    with pytest.raises(UsageError, match="which year"):
        find(root).file("inpa")


def test_a_missing_year_names_the_years_that_are_there(root: Path) -> None:
    touch(root, f"{world.INCOME_FILE}.sav")
    with pytest.raises(MissingInputError) as caught:
        find(root).file("inpa", 2017)
    message = str(caught.value)
    assert "inpa of 2017" in message
    assert "2016" in message
    assert "InkomenBestedingen/INPATAB/INPA2017TABV<number>" in message


def test_a_missing_table_names_what_lies_nearby(root: Path) -> None:
    touch(root, "Bevolking/KINDOUDERTAB/readme.txt")
    with pytest.raises(MissingInputError, match=r"in Bevolking/KINDOUDERTAB: readme\.txt"):
        find(root).file("kindouder")
    with pytest.raises(MissingInputError, match="in the folder itself: Bevolking"):
        find(root).file("secmbus")


def test_an_empty_folder(root: Path) -> None:
    with pytest.raises(MissingInputError, match="an empty folder"):
        find(root).file("kindouder")


def test_a_folder_that_is_not_there(root: Path) -> None:
    with pytest.raises(MissingInputError, match="nothing"):
        find(root / "elsewhere")
    with pytest.raises(MissingInputError, match="a file"):
        find(touch(root, "file.txt"))


def test_links_are_followed_and_loops_are_not(root: Path, tmp_path: Path) -> None:
    touch(tmp_path, f"drive/{world.INCOME_FILE}.sav")
    (root / "link").symlink_to(tmp_path / "drive")
    (tmp_path / "drive" / "loop").symlink_to(root)
    assert find(root).file("inpa", 2016).version == 1


def test_hidden_files_and_folders_are_skipped(root: Path) -> None:
    touch(root, ".trash/INPA2016TABV1.sav")
    touch(root, "InkomenBestedingen/INPATAB/.INPA2016TABV1.sav")
    assert find(root).years("inpa") == []


def test_many_doubles_give_one_note(root: Path) -> None:
    for year in range(2011, 2021):
        for kind in ("sav", "parquet"):
            touch(root, f"InkomenBestedingen/INPATAB/INPA{year}TABV1.{kind}")
    assert len(find(root).notes) == 1
    shutil.rmtree(root)
