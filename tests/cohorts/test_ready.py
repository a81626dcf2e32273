"""Ready cohort files: renamed and converted columns, and what is wrong with a file, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import moments
from kansen.cohorts import ReadyCohort, Spec, read_ready, read_spec
from kansen.errors import AreaError, DeclarationError, EmptyResultError, KansenError, MissingInputError, TableError
from kansen.geography import areas_from_hierarchy, load_areas
from kansen.moments.source import CohortSource

CODES = {dimension.column: dimension.codes for dimension in moments.load_grid().dimensions}
LABELS = """
[columns]
sex = "gender"
[labels.sex]
men = "Men"
women = "Women"
[labels.household_type]
two = ["Two Parents", "Married"]
"""
OUTCOME = '[[outcome]]\nid = "y"\nkind = "binary"\n'


def table(**columns: Any) -> pa.Table:
    """Four children with labels that the spec maps; a column that is None is left out."""
    made = {
        "person": [1, 2, 3, 4],
        "gender": pa.array(["Men", "Women", None, "Men"]).dictionary_encode(),
        "origin": ["none", "other", "turkey", None],
        "household_type": ["Two Parents", "Married", "single", "other"],
        "income_rank": [0.0, 0.5, None, 1.0],
        "y": [True, False, None, True],
    } | columns
    return pa.table({name: values for name, values in made.items() if values is not None})


def spec(folder: Path, text: str = LABELS + OUTCOME) -> Spec:
    path = folder / "spec.toml"
    path.write_text(text, encoding="utf-8")
    return read_spec(path, CODES)


def ready(folder: Path, content: pa.Table, text: str = LABELS + OUTCOME) -> ReadyCohort:
    pq.write_table(content, folder / "cohort.parquet")
    told = spec(folder, text)
    areas = areas_from_hierarchy(told.hierarchy) if told.hierarchy else load_areas()
    return read_ready(folder / "cohort.parquet", told, areas, CODES)


def test_labels_become_ours(tmp_path: Path) -> None:
    cohort = ready(tmp_path, table())
    assert cohort.keys.column("sex").to_pylist() == ["men", "women", None, "men"]
    assert cohort.keys.column("origin").to_pylist() == ["none", "other", "turkey", None]
    assert cohort.keys.column("household_type").to_pylist() == ["two", "two", "single", "other"]
    assert [source["table"] for source in cohort.inputs] == ["cohort", "spec"]


@pytest.mark.parametrize(
    "numbers", [pa.array([1, 2, 1, None]), pa.array([1.0, 2.0, 1.0, None]), pa.array(["1", "2", "1", None])]
)
def test_labels_may_be_numbers(tmp_path: Path, numbers: pa.Array) -> None:
    text = LABELS.replace('"Men"', "1").replace('"Women"', "2") + OUTCOME
    assert ready(tmp_path, table(gender=numbers), text).keys.column("sex").to_pylist() == ["men", "women", "men", None]


@pytest.mark.parametrize(
    ("level", "theirs", "ours"),
    [
        ("municipality", ["0363", "GM0599", "", None], ["GM0363", "GM0599", None, None]),
        ("municipality", [363, 14, 363, None], ["GM0363", "GM0014", "GM0363", None]),
        ("municipality", [363.0, 14.0, 363.0, None], ["GM0363", "GM0014", "GM0363", None]),
        ("wijk", ["036300", "WK036386", "----", None], ["WK036300", "WK036386", None, None]),
        ("wijk", [36300, 59910, 36386, None], ["WK036300", "WK059910", "WK036386", None]),
        ("pc4", [1061, 1062, 3011, None], ["1061", "1062", "3011", None]),
        ("pc3", ["106", "106", "301", None], ["106", "106", "301", None]),
        ("corop", ["23", "CR01", "1", None], ["CR23", "CR01", "CR01", None]),
        ("province", [27, 28, 20, None], ["PV27", "PV28", "PV20", None]),
    ],
)
def test_area_codes_become_ours(tmp_path: Path, level: str, theirs: list[Any], ours: list[str | None]) -> None:
    text = LABELS + f'[areas.columns]\n{level} = "area"\n' + OUTCOME
    assert ready(tmp_path, table(area=theirs), text).keys.column(level).to_pylist() == ours
    assert ready(tmp_path, table(**{level: theirs})).keys.column(level).to_pylist() == ours


def test_own_areas_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text(
        "child_type,child_id,parent_type,parent_id\nblock,7,town,0363\nblock,8,town,0363\n", encoding="utf-8"
    )
    text = LABELS + '[areas]\nhierarchy = "regions.csv"\n[areas.columns]\nblock = "area"\n' + OUTCOME
    cohort = ready(tmp_path, table(area=[7, 8, 8, None], town=["0363", "0363", "0363", ""]), text)
    assert cohort.keys.column("block").to_pylist() == ["7", "8", "8", None]
    assert cohort.keys.column("town").to_pylist() == ["0363", "0363", "0363", None]
    with pytest.raises(AreaError, match="not in the hierarchy") as error:
        ready(tmp_path, table(area=[7, 9, 8, None]), text)
    assert "column area" in str(error.value)
    with pytest.raises(DeclarationError, match="block"):
        ready(tmp_path, table(), text.replace("block =", "street ="))
    with pytest.raises(AreaError, match="not there"):
        ready(tmp_path, table(), text.replace("regions", "nothing"))


def test_the_moments_read_the_file_under_its_own_names(tmp_path: Path) -> None:
    text = LABELS.replace("[columns]", '[columns]\ny = "outcome"\nincome_rank = "rank"') + OUTCOME
    cohort = ready(tmp_path, table(y=None, income_rank=None, outcome=[1, 0, None, 1], rank=[0.1, 0.2, 7, None]), text)
    source = CohortSource.open(cohort)
    assert source.column("y").to_pylist() == [1, 0, None, 1]
    assert (source.has("income_rank"), source.has("gender"), source.has("nothing")) == (True, True, False)
    with pytest.raises(TableError, match="a rank from 0 to 1") as error:
        source.ranks("income_rank")
    assert (error.value.column, error.value.row, error.value.found) == ("rank", 3, "7")


def test_years_of_birth_are_those_of_many(tmp_path: Path) -> None:
    def many(years: list[int | None], **columns: Any) -> ReadyCohort:
        size = len(years)
        rows = {name: [None] * size for name in ("gender", "origin", "household_type", "income_rank", "y")}
        return ready(tmp_path, table(**rows, person=list(range(size)), birth_year=years, **columns))

    assert many([1980] * 9 + [1981] * 10 + [1983] * 12 + [None] * 20).declaration.births == (1981, 1983)
    assert many([1980] * 9).declaration.births is None
    with pytest.raises(TableError, match="81"):
        many([81] * 20)
    said = "[cohort]\nbirths = [1990, 1991]\n"
    assert ready(tmp_path, table(), said + LABELS + OUTCOME).declaration.births == (1990, 1991)


@pytest.mark.parametrize(
    ("columns", "kind", "words"),
    [
        (
            {"gender": ["Men", "Dames", "Dames", "X"]},
            TableError,
            ["column gender, row 2", "'Dames' in 2 rows", "'X' in 1 row", "labels.sex"],
        ),
        ({"origin": ["none", "Turkey", None, None]}, TableError, ["column origin", "'Turkey'", "labels.origin"]),
        ({"gender": [True, False, True, None]}, TableError, ["column gender", "type bool"]),
        ({"gender": [[1], [2], [1], None]}, TableError, ["column gender", "type list"]),
        ({"origin": [1.5, 2.0, 1.0, None]}, TableError, ["column origin, row 1", "1.5"]),
        ({"municipality": [363, 363, 457, None]}, AreaError, ["municipality", "GM0457 Weesp merged into GM0363"]),
        ({"municipality": [float("nan"), 363.0, 14.0, None]}, TableError, ["municipality, row 1", "nan"]),
        ({"wijk": ["WK999999", None, None, None]}, AreaError, ["column wijk", "WK999999"]),
        ({"pc4": [True, None, None, None]}, TableError, ["column pc4", "type bool"]),
        ({"person": None, "persoon": [1, 2, 3, 4]}, MissingInputError, ["column person", "did you mean persoon?"]),
        ({"gender": None, "sexe": ["Men"] * 4}, MissingInputError, ["gender (sex in the spec)", "sexe"]),
        ({"income_rank": None}, MissingInputError, ["column income_rank"]),
        ({"y": None, "yy": [1, 0, 1, 0]}, MissingInputError, ["column y", "did you mean yy?"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    tmp_path: Path, columns: dict[str, Any], kind: type[KansenError], words: list[str]
) -> None:
    with pytest.raises(kind) as error:
        ready(tmp_path, table(**columns))
    for word in [str(tmp_path / "cohort.parquet"), *words]:
        assert word in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    told, areas, path = spec(tmp_path), load_areas(), tmp_path / "some.parquet"
    for place in (path, tmp_path):
        with pytest.raises(MissingInputError, match="not there"):
            read_ready(place, told, areas, CODES)
    path.write_text("person,sex\n1,men\n", encoding="utf-8")
    with pytest.raises(TableError, match="Parquet"):
        read_ready(path, told, areas, CODES)
    pq.write_table(table().slice(0, 0), path)
    with pytest.raises(EmptyResultError, match="0 rows"):
        read_ready(path, told, areas, CODES)
    pq.write_table(pa.table([[1], [2]], names=["y", "y"]), path)
    with pytest.raises(TableError, match="same name"):
        read_ready(path, told, areas, CODES)
