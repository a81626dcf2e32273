"""The written country: tables as the catalogue declares them, equal in every format, the same for the same seed."""

from __future__ import annotations

import filecmp
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import readstat_arrow

from kansen import registers, synthetic
from kansen.errors import UsageError
from kansen.synthetic.parameters import OUTCOMES


def _files(root: Path, suffix: str) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.rglob(f"*{suffix}"))


def test_it_says_that_it_is_made_up(written: Path) -> None:
    note = json.loads((written / "synthetic.json").read_text(encoding="utf-8"))
    assert note["synthetic"] is True
    assert (note["scale"], note["seed"]) == (0.003, 7)
    assert "made up" in (written / "SYNTHETIC.md").read_text(encoding="utf-8")


def test_every_file_is_a_table_of_the_catalogue_with_its_columns(written: Path) -> None:
    catalogue = registers.load_catalogue()
    seen = set()
    for path in _files(written, ".parquet"):
        if path.parts[0] == "truth":
            continue
        ((table, name),) = catalogue.recognise(path.stem)
        seen.add(table.id)
        declared = {part for t in table.templates if t.at(name.year) for part in t.column.parts}
        names = set(pq.read_schema(written / path).names)
        assert {name for name in declared if "{" not in name} <= names, path
        later = {part for t in table.templates if not t.at(name.year) for part in t.column.parts} - declared
        assert not later & names, path
    assert seen <= set(catalogue.tables)


def test_formats_hold_the_same(written: Path) -> None:
    parquet, sav = _files(written, ".parquet"), _files(written, ".sav")
    assert [path.with_suffix("") for path in parquet if path.parts[0] != "truth"] == [p.with_suffix("") for p in sav]
    for path in sav:
        table, _ = readstat_arrow.read_sav(str(written / path))
        other = pq.read_table(written / path.with_suffix(".parquet"))
        assert table.column_names == other.column_names, path
        for name in other.column_names:
            mine = other.column(name)
            mine = mine.cast(pa.float64()) if pa.types.is_integer(mine.type) else mine
            assert table.column(name).to_pylist() == mine.to_pylist(), (path, name)


def test_labels_and_codes_are_declared_in_spss(written: Path) -> None:
    path = written / "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1.sav"
    _, metadata = readstat_arrow.read_sav(str(path))
    labels = {code["value"]: code["label"] for code in metadata.value_labels["GBAGESLACHT"]}
    assert labels == {"1": "Mannen", "2": "Vrouwen"}
    assert metadata.file_label == "SYNTHETIC DATA"


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        synthetic.write(tmp_path / name, scale=0.001, seed=5, formats=("parquet", "sav"))
    synthetic.write(tmp_path / "other", scale=0.001, seed=6)
    names = [str(path) for path in _files(tmp_path / "one", "") if (tmp_path / "one" / path).is_file()]
    equal, different, missing = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", names, shallow=False)
    assert (sorted(equal), different, missing) == (sorted(names), [], [])
    place = "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1.parquet"
    assert not filecmp.cmp(tmp_path / "one" / place, tmp_path / "other" / place, shallow=False)


def test_unknown_fathers_and_parents_outside_the_register_occur(written: Path) -> None:
    table = pq.read_table(written / "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1.parquet")
    kinds = set(table.column("RINPERSOONSpa").to_pylist())
    assert kinds == {"R", "G", "-"}
    pairs = zip(table.column("RINPERSOONSpa").to_pylist(), table.column("RINPERSOONpa").to_pylist(), strict=True)
    assert all((kind == "-") == (number == "---------") for kind, number in pairs)


def test_missing_codes_of_areas_occur(written: Path) -> None:
    areas = pq.read_table(written / "BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1.parquet")
    assert "----" in areas.column("gem2023").to_pylist()
    assert "------" in areas.column("wc2023").to_pylist()
    assert (
        "----"
        in pq.read_table(written / "BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031.parquet")
        .column("POSTCODENUM")
        .to_pylist()
    )


def test_truth_lies_beside_it(written: Path) -> None:
    truth = written / "truth"
    children = pq.read_table(truth / "children.parquet")
    assert {f"expected_{name}" for name in OUTCOMES} <= set(children.column_names)
    parameters = json.loads((truth / "parameters.json").read_text(encoding="utf-8"))
    assert parameters["bottom_20_limit_eur"] < parameters["top_20_limit_eur"]
    assert parameters["world"]["income"]["base"] > 0
    assert pq.read_table(truth / "places.parquet").num_rows == 3312


@pytest.mark.parametrize("scale", [0, -1, 0.00001, 5, float("nan")])
def test_scales_that_cannot_be_used(tmp_path: Path, scale: float) -> None:
    with pytest.raises(UsageError, match="scale"):
        synthetic.write(tmp_path / "x", scale=scale)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("formats", [(), ("csv",), ("parquet", "xlsx")])
def test_formats_that_are_not_known(tmp_path: Path, formats: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="format"):
        synthetic.write(tmp_path / "x", scale=0.001, formats=formats)
    assert not (tmp_path / "x").exists()


def test_a_negative_seed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed"):
        synthetic.write(tmp_path / "x", scale=0.001, seed=-1)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        synthetic.write(tmp_path, scale=0.001)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_earlier_country_is_replaced_only_when_that_is_asked(tmp_path: Path) -> None:
    root = tmp_path / "country"
    synthetic.write(root, scale=0.001, seed=1, formats=("parquet", "sav"))
    with pytest.raises(UsageError, match=r"(?s)scale 0.001, seed 1.*--replace"):
        synthetic.write(root, scale=0.001, seed=2)
    assert json.loads((root / "synthetic.json").read_text(encoding="utf-8"))["seed"] == 1
    synthetic.write(root, scale=0.001, seed=2, replace=True)
    note = json.loads((root / "synthetic.json").read_text(encoding="utf-8"))
    assert note["seed"] == 2
    assert sorted(note["files"]) == sorted(str(path) for path in _files(root, "") if (root / path).is_file())
    assert not _files(root, ".sav")


@pytest.mark.parametrize("place", ["release/manifest.json", "Bevolking/mine.txt", "truth/more/notes.md"])
def test_replacing_never_takes_along_what_somebody_put_there(tmp_path: Path, place: str) -> None:
    root = tmp_path / "country"
    synthetic.write(root, scale=0.001, seed=1)
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match=r"(?s)something else.*(release|mine|more)"):
        synthetic.write(root, scale=0.001, seed=2, replace=True)
    assert (root / place).read_text(encoding="utf-8") == "keep"
    assert json.loads((root / "synthetic.json").read_text(encoding="utf-8"))["seed"] == 1


@pytest.mark.parametrize("note", ["{", "[]", '{"synthetic": true}', '{"files": 3}'])
def test_a_country_that_does_not_tell_its_files_is_left_alone(tmp_path: Path, note: str) -> None:
    (tmp_path / "synthetic.json").write_text(note, encoding="utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        synthetic.write(tmp_path, scale=0.001, replace=True)
    assert (tmp_path / "synthetic.json").read_text(encoding="utf-8") == note


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kansen.synthetic.writer.write_truth", stop)
    with pytest.raises(KeyboardInterrupt):
        synthetic.write(tmp_path / "x", scale=0.001)
    assert list(tmp_path.iterdir()) == []
