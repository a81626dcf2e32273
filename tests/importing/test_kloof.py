"""The tables of Kansenkloof Nederland: means by bins, areas by name, percentages."""

from __future__ import annotations

from pathlib import Path

import pytest

from importing import worlds
from kansen.errors import TableError
from kansen.importing import import_files
from kansen.protection import audit
from kansen.release import open_release
from kansen.release.export import export_csv

EVERYBODY = ("Total", "Total", "Totaal")


def row(area: str, bins: str, mean: float | None, kind: str, *, n: float = 500.0, outcome: str = "c00_sga",
        education: str = "Totaal", who: tuple[str, str, str] = EVERYBODY) -> tuple[object, ...]:  # fmt: skip
    return (area, *who, bins, outcome, n, mean, 84.659, education, kind)


def bring(folder: Path, *rows: tuple[object, ...]) -> dict[worlds.Cell, tuple[float | None, ...]]:
    worlds.write_kloof(folder / "perinatal.rds", rows)
    import_files([folder / "perinatal.rds"], folder / "release", report=folder / "report.csv")
    return worlds.shown(folder / "release", str(rows[0][5]))


def test_bins_education_and_everybody(tmp_path: Path) -> None:
    others = ("Women", "Overig", "Two Parents")
    who = ("Men", "With Migration Background", "Single Parent")
    shown = bring(
        tmp_path,
        row("Nederland", "Totaal", 11.57, "1_income", n=1488719.0),
        row("Nederland", "0% - 20%", 13.0412345678901, "5_income", who=who),
        row("Nederland", "90% - 100%", 9.3, "10_income"),
        row("Nederland", "45% - 50%", 0.7, "20_income"),
        row("Nederland", "Totaal", 8.1, "parents_edu", education="Wo"),
        row("Nederland", "Totaal", 8.2, "parents_edu", education="No hbo or wo", who=others),
    )  # fmt: skip
    nl = ("nl", "NL")
    assert shown == {
        ("all", "all", "all", "all", "all", *nl): (1488719, 0.1157, None, None),
        ("income_5", "from_0_to_20", "men", "any", "single", *nl): (500, 0.130412345678901, None, None),
        ("income_10", "from_90_to_100", "all", "all", "all", *nl): (500, 0.093, None, None),
        ("income_20", "from_45_to_50", "all", "all", "all", *nl): (500, 0.007, None, None),
        ("education", "university", "all", "all", "all", *nl): (500, 0.081, None, None),
        ("education", "other", "women", "other", "two", *nl): (500, 0.082, None, None),
    }


def test_places_by_name(tmp_path: Path) -> None:
    names = ("Nederland", "Amsterdam", "Súdwest-Fryslân", "Sudwest-Fryslan", "'s-Gravenhage", "Den Haag", "Weesp",
             "Bergen (L.)", "101X", "036301", "Nergenshuizen", "Bergen")  # fmt: skip
    shown = bring(tmp_path, *(row(name, "Totaal", 10.0, "1_income") for name in names))
    areas = {cell[-1] for cell in shown}
    assert areas == {"NL", "GM0363", "GM1900", "GM0518", "GM0457", "GM0893", "101", "WK036301"}
    told = (tmp_path / "report.csv").read_text()
    assert "Nergenshuizen" in told
    assert "rows about an unknown area (no code),2" in told
    assert "Weesp to GM0457" in told
    assert "rows that repeat another row to the digit,2" in told
    assert "column 'parents_income': not kept" in told


def test_money_is_in_thousands(tmp_path: Path) -> None:
    shown = bring(tmp_path, row("Nederland", "Totaal", 84.659, "1_income", outcome="c35_income"))
    assert [figure[1] for figure in shown.values()] == [84659.0]


def test_a_table_comes_back_from_csv(tmp_path: Path) -> None:
    rows = [row(area, f"{low}% - {low + 20}%", low / 7 + 1, "5_income")
            for area in ("Nederland", "Amsterdam") for low in range(0, 100, 20)]  # fmt: skip
    rows += [
        row("Nederland", "Totaal", 7.04, "1_income"),
        row("Nederland", "Totaal", 6.9, "parents_edu", education="Hbo"),
    ]
    shown = bring(tmp_path, *rows)
    with open_release(tmp_path / "release") as release:
        export_csv(release, tmp_path / "csv")
    import_files([tmp_path / "csv"], tmp_path / "again")
    assert worlds.shown(tmp_path / "again", "c00_sga") == shown


def test_an_imported_table_can_be_audited_and_served(tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from kansen.atlas import create_app

    bring(tmp_path, *(row(name, "0% - 20%", 10.0, "5_income") for name in ("Nederland", "Amsterdam", "Utrecht")))
    with open_release(tmp_path / "release") as release:
        report = audit(
            outcomes=release.outcomes["outcomes"],
            groups=release.groups,
            areas=release.areas,
            levels=release.levels,
            estimates=release.estimates,
            profile=release.manifest["profile"],
        )
        assert report.shown == 3
        client = TestClient(create_app(release, None))
        answer = client.get("/api/v1/layers/c00_sga/municipality/income_5=from_0_to_20;all;all;all")
        assert answer.json()["areas"] == ["GM0344", "GM0363"]
        for path in ("manifest", "outcomes", "groups", "areas/GM0363", "search?q=amsterdam"):
            assert client.get(f"/api/v1/{path}").status_code == 200


def test_wrong_tables(tmp_path: Path) -> None:
    (tmp_path / "broken.rds").write_bytes(b"X\nnonsense")
    with pytest.raises(TableError, match="cannot be read"):
        import_files([tmp_path / "broken.rds"], tmp_path / "release")
    with pytest.raises(TableError, match="Unknown type of row") as raised:
        bring(tmp_path, row("Nederland", "Totaal", 1.0, "1_income"), row("Nederland", "Totaal", 1.0, "3_income"))
    assert raised.value.row == 2
    with pytest.raises(TableError, match="Unknown label") as raised:
        bring(tmp_path, row("Nederland", "Totaal", 1.0, "1_income", who=("People", "Total", "Totaal")))
    assert raised.value.row == 1
    assert not (tmp_path / "release").exists()
