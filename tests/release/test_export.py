"""The KansenKaart layout, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansen.errors import UsageError
from kansen.release import open_release
from kansen.release.export import export_csv
from release import worlds

HEADER = "\ufeffoutcome,income_group,gender_group,migration_group,household_group,region_type,region_id,n,est,lwr,upr\n"


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in folder.rglob("*.csv")}


def test_the_files_are_exact(tmp_path: Path) -> None:
    release = open_release(worlds.small_release(tmp_path / "release"))
    report = export_csv(release, tmp_path / "csv")
    assert (report.files, report.figures, report.left_out) == (5, 10, 0)
    income, degree = "income/c35_income/c35_income_", "income/c35_hbo_attained/c35_hbo_attained_"
    assert files(tmp_path / "csv") == {
        f"{income}all.csv": HEADER + "c35_income,all,all,all,all,all,all,900000,31000,30950,31050\n",
        f"{income}municipality_code.csv": HEADER
        + "c35_income,all,all,all,all,municipality_code,0014,9000,29111,28800,29421\n"
        + "c35_income,all,all,all,all,municipality_code,0363,41203,28592,28400,28784\n"
        + "c35_income,all,all,all,all,municipality_code,1980,12,35000,,\n"
        + "c35_income,Low,Women,has_migration,Single Parent,municipality_code,0363,25,21500,19000,24001\n",
        f"{income}neighborhood_code.csv": HEADER
        + "c35_income,all,all,all,all,neighborhood_code,036344,310,30100,28000,32200\n",
        f"{income}postcode4.csv": HEADER
        + "c35_income,all,all,all,all,postcode4,1061,55,25000,22000,28000\n"
        + "c35_income,all,all,all,all,postcode4,1062,12,26000,20000,32000\n",
        f"{degree}municipality_code.csv": HEADER
        + "c35_hbo_attained,all,all,all,all,municipality_code,0363,41000,0.4512,0.4464,0.4561\n"
        + "c35_hbo_attained,Low,Women,has_migration,Single Parent,municipality_code,0014,31,0.5,0.3137,0.6864\n",
    }


def test_an_export_says_what_it_is(tmp_path: Path) -> None:
    release = open_release(worlds.small_release(tmp_path / "release"))
    export_csv(release, tmp_path / "csv")
    said = (tmp_path / "csv" / "README.txt").read_text(encoding="utf-8")
    assert release.id in said
    assert ("SYNTHETIC DATA" in said) is release.manifest["synthetic"]
    assert "not where they live" in said


def test_figures_with_noise_only_when_asked_and_marked(tmp_path: Path) -> None:
    of = worlds.outcome()
    with worlds.writer(tmp_path / "release") as writer:
        exact = worlds.protected(of, "nl", {(worlds.ALL, "NL"): (100, 5, 4, 6)})
        noisy = worlds.protected(of, "pc4", {(worlds.ALL, "1061"): (-1, 3, 2, 4)}, noise_sd=0.5)
        writer.add(worlds.summary(of), [exact, noisy])
    release = open_release(tmp_path / "release")
    report = export_csv(release, tmp_path / "plain")
    assert (report.figures, report.left_out) == (1, 1)
    assert "1 figures that carry noise were left out" in report.line()
    assert list(files(tmp_path / "plain")) == ["income/c35_income/c35_income_all.csv"]
    report = export_csv(release, tmp_path / "marked", with_noise=True)
    assert (report.figures, report.left_out) == (2, 0)
    written = files(tmp_path / "marked")["income/c35_income/c35_income_postcode4.csv"]
    assert written == (HEADER.rstrip() + ",protection\n" + "c35_income,all,all,all,all,postcode4,1061,,3,2,4,noise\n")


def test_every_axis_is_a_folder_with_everybody_in_it(tmp_path: Path) -> None:
    from dataclasses import replace

    from kansen.moments.grid import load_grid

    income = load_grid()
    wealth = replace(income, axis="wealth", kansenkaart="wealth_group")
    of = worlds.outcome()
    low = worlds.protected(of, "nl", {("wealth=low;all;all;all", "NL"): (50, 3, 2, 4)}, grid=wealth)
    with worlds.writer(tmp_path / "release", grid=[income, wealth]) as writer:
        writer.add(worlds.summary(of), [worlds.protected(of, "nl", {(worlds.ALL, "NL"): (100, 5, 4, 6)}), low])
    export_csv(open_release(tmp_path / "release"), tmp_path / "csv")
    written = files(tmp_path / "csv")
    assert written["income/c35_income/c35_income_all.csv"].splitlines()[1:] == [
        "c35_income,all,all,all,all,all,all,100,5,4,6"
    ]
    assert written["wealth/c35_income/c35_income_all.csv"].splitlines() == [
        HEADER.rstrip().replace("income_group", "wealth_group"),
        "c35_income,all,all,all,all,all,all,100,5,4,6",
        "c35_income,Low,all,all,all,all,all,50,3,2,4",
    ]


def test_small_and_large_numbers_are_written_in_full(tmp_path: Path) -> None:
    of = worlds.outcome("c35_hbo_attained", "binary")
    with worlds.writer(tmp_path / "release") as writer:
        cells = {(worlds.ALL, "NL"): (2_000_000, 0.00001234567890123, -0.5, 12345678901.0)}
        writer.add(worlds.summary(of), [worlds.protected(of, "nl", cells)])
    export_csv(open_release(tmp_path / "release"), tmp_path / "csv")
    (text,) = files(tmp_path / "csv").values()
    assert text.endswith(",2000000,0.00001234567890123,-0.5,12345678901\n")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    release = open_release(worlds.small_release(tmp_path / "release"))
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv/mine.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="taken"):
        export_csv(release, tmp_path / "csv")
    with pytest.raises(UsageError, match="Unknown layout"):
        export_csv(release, tmp_path / "new", layout="stata")
    assert files(tmp_path / "csv") == {"mine.csv": "mine"}
    assert not (tmp_path / "new").exists()


def test_a_failure_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = open_release(worlds.small_release(tmp_path / "release"))
    whole = release.estimates

    def fail_later(outcome: str):  # type: ignore[no-untyped-def]
        if outcome == "c35_hbo_attained":
            raise KeyboardInterrupt
        return whole(outcome)

    monkeypatch.setattr(release, "estimates", fail_later)
    with pytest.raises(KeyboardInterrupt):
        export_csv(release, tmp_path / "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
