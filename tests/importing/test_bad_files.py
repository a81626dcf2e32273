"""Files that are wrong: one message with file, line and column, or a line in the report; and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from importing import worlds
from kansen.errors import EmptyResultError, KansenError, MissingInputError, TableError, UsageError
from kansen.importing import ImportResult, import_files
from kansen.release import open_release

HEADER = "outcome,income_group,gender_group,migration_group,household_group,region_type,region_id,n,est,lwr,upr"
GOOD = "c35_income,all,all,all,all,municipality_code,0363,100,31000.5,30000,32000"
NEXT = "c35_income,Low,Men,Turkey,Single Parent,municipality_code,0014,20,21000,19000,24000"


def file(folder: Path, *lines: str, name: str = "c35_income.csv", end: str = "\n") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(("\n".join(lines) + end).encode())
    return path


def bring(folder: Path, *lines: str, **more: str) -> ImportResult:
    return import_files([file(folder, *lines, **more)], folder / "release")


def report_of(done: ImportResult, kind: str) -> dict[str, int]:
    return {entry.what: entry.count for entry in done.report.entries() if entry.kind == kind}


def changed(line: str, column: str, value: str) -> str:
    values = line.split(",")
    values[HEADER.split(",").index(column)] = value
    return ",".join(values)


WRONG = {
    "text in a number": ([HEADER, GOOD, changed(NEXT, "est", "many")], "not a number", "est", 3),
    "a decimal comma": ([HEADER, changed(GOOD, "upr", '"32000,5"')], "not a number", "upr", 2),
    "an infinite estimate": ([HEADER, GOOD, changed(NEXT, "est", "Inf")], "infinite", "est", 3),
    "an infinite limit": ([HEADER, GOOD, changed(NEXT, "lwr", "-inf")], "infinite", "lwr", 3),
    "limits swapped": ([HEADER, changed(GOOD, "lwr", "33000")], "ends before it starts", "lwr", 2),
    "an estimate outside": ([HEADER, GOOD, changed(NEXT, "est", "25000")], "outside its interval", "est", 3),
    "one limit": ([HEADER, changed(GOOD, "upr", "")], "one limit only", "lwr", 2),
    "a fraction of a child": ([HEADER, changed(GOOD, "n", "10.5")], "number of children", "n", 2),
    "fewer than nobody": ([HEADER, changed(GOOD, "n", "-3")], "number of children", "n", 2),
    "an unknown sex": ([HEADER, GOOD, changed(NEXT, "gender_group", "Man")], "Unknown label", "gender_group", 3),
    "an unknown position": ([HEADER, changed(GOOD, "income_group", "Top")], "Unknown label", "income_group", 2),
    "an unknown region": ([HEADER, changed(GOOD, "region_type", "street")], "Unknown region", "region_type", 2),
    "no code": ([HEADER, changed(GOOD, "region_id", "Amsterdam")], "no code of the level", "region_id", 2),
    "a code too long": ([HEADER, changed(GOOD, "region_id", "03633")], "no code of the level", "region_id", 2),
    "two generations": (
        [HEADER, GOOD, NEXT, changed(NEXT, "gender_group", "Mannen")], "several generations", "gender_group", 4,
    ),
    "a wrong id": ([HEADER, changed(GOOD, "outcome", "../../etc")], "no usable id", "outcome", 2),
    "a line too short": ([HEADER, "c35_income,all,all", GOOD], "another number of columns", None, 2),
    "a line too long": ([HEADER, GOOD + ",1"], "another number of columns", None, 2),
    "semicolons": ([HEADER.replace(",", ";"), GOOD.replace(",", ";")], "wrong delimiter", None, 1),
    "tabs": ([HEADER.replace(",", "\t"), GOOD.replace(",", "\t")], "wrong delimiter", None, 1),
    "two measures": ([HEADER + ",wealth_group", GOOD + ",all"], "mixes measures", None, 1),
    "another table": (["a,b,c", "1,2,3"], "not a published table", None, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, name: str) -> None:
    lines, what, column, row = WRONG[name]
    with pytest.raises(TableError, match=what) as raised:
        bring(tmp_path, *lines)
    assert (raised.value.column, raised.value.row) == (column, row)
    assert str(raised.value.where) == str(tmp_path / "c35_income.csv")
    assert "Traceback" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["c35_income.csv"], "nothing is left behind"


@pytest.mark.parametrize("column", HEADER.split(","))
def test_a_column_that_is_missing_is_named(tmp_path: Path, column: str) -> None:
    at = HEADER.split(",").index(column)
    lines = [",".join(part for i, part in enumerate(line.split(",")) if i != at) for line in (HEADER, GOOD)]
    with pytest.raises(TableError, match="lacks a column") as raised:
        bring(tmp_path, *lines)
    assert column in str(raised.value.column)


def test_a_column_with_a_slip_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is it the column gendergroup"):
        bring(tmp_path, HEADER.replace("gender_group", "gendergroup"), GOOD)


def test_a_last_line_that_was_cut_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="last line is cut off") as raised:
        bring(tmp_path, HEADER, GOOD, NEXT[:40], end="")
    assert raised.value.row == 3


def test_a_last_line_without_an_end_is_reported(tmp_path: Path) -> None:
    done = bring(tmp_path, HEADER, GOOD, NEXT, end="")
    assert done.figures == 2
    assert any("does not end" in what for what in report_of(done, "note"))


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER, GOOD, NEXT)
    path.write_bytes(path.read_bytes().replace(b"Turkey", b"T\xfcrkei"))
    with pytest.raises(TableError, match="not UTF-8") as raised:
        import_files([path], tmp_path / "release")
    assert (raised.value.row, raised.value.column) == (3, "migration_group")
    path.write_bytes("\n".join([HEADER, GOOD]).encode("utf-16"))
    with pytest.raises(TableError, match="not UTF-8"):
        import_files([path], tmp_path / "release")


def test_empty_lines_do_not_shift_the_place(tmp_path: Path) -> None:
    with pytest.raises(TableError) as raised:
        bring(tmp_path, HEADER, "", GOOD, "", changed(NEXT, "gender_group", "Man"))
    assert raised.value.row == 5


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty.csv").write_bytes(content)
    with pytest.raises(TableError, match="empty"):
        import_files([tmp_path / "empty.csv"], tmp_path / "release")


def test_a_header_alone_is_reported_and_nothing_else_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmptyResultError, match="No figure is left"):
        bring(tmp_path, HEADER)
    done = import_files([file(tmp_path, HEADER, name="none.csv"), file(tmp_path, HEADER, GOOD)], tmp_path / "release")
    assert (done.figures, report_of(done, "note")["file without rows"]) == (1, 1)


def test_nothing_is_left_when_all_contradict_each_other(tmp_path: Path) -> None:
    a = GOOD.replace("c35_income", "c11_math")
    with pytest.raises(EmptyResultError, match="No figure is left"):
        bring(tmp_path, HEADER, a, changed(a, "n", "7000"))
    assert [path.name for path in tmp_path.iterdir()] == ["c35_income.csv"]


def test_nothing_to_import(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nothing to import"):
        import_files([tmp_path], tmp_path / "out" / "release")
    with pytest.raises(MissingInputError):
        import_files([tmp_path / "no.csv"], tmp_path / "release")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(TableError, match="cannot be imported"):
        import_files([tmp_path / "notes.txt"], tmp_path / "release")
    (tmp_path / "income_2021.xlsx").write_bytes(b"PK")
    with pytest.raises(TableError, match="long csv files of the same figures"):
        import_files([tmp_path / "income_2021.xlsx"], tmp_path / "release")


def test_exact_duplicates_are_one_figure(tmp_path: Path) -> None:
    done = bring(tmp_path, HEADER, GOOD, NEXT, GOOD, GOOD)
    assert done.figures == 2
    assert report_of(done, "dropped") == {"rows that repeat another row to the digit": 2}


@pytest.mark.parametrize("column", ["n", "est", "lwr", "upr"])
def test_duplicates_that_contradict_each_other_are_an_error(tmp_path: Path, column: str) -> None:
    other = changed(GOOD, column, {"n": "101", "est": "31000.6", "lwr": "29999", "upr": "32001"}[column])
    file(tmp_path / "more", HEADER, other, name="more.csv")
    with pytest.raises(TableError, match="contradict") as raised:
        import_files([file(tmp_path, HEADER, NEXT, GOOD), tmp_path / "more"], tmp_path / "release")
    message = str(raised.value)
    assert raised.value.row == 2
    assert "more.csv" in message
    assert "line 3 of c35_income.csv" in message
    assert not (tmp_path / "release").exists()


def test_two_cohorts_under_one_id_are_left_out_and_told(tmp_path: Path) -> None:
    """The files of 2025 have the same ids for both cohorts of group 8."""
    a, b = GOOD.replace("c35_income", "c11_math"), changed(GOOD.replace("c35_income", "c11_math"), "n", "7000")
    alone = NEXT.replace("c35_income", "c11_math")
    done = bring(tmp_path, HEADER, a, b, a, b, alone, alone)
    assert done.figures == 1
    (told,) = [entry for entry in done.report.entries() if "neither is kept" in entry.what]
    assert (told.count, told.line, told.file) == (1, 3, "c35_income.csv")
    with open_release(tmp_path / "release") as release:
        assert "two cohorts" in release.outcomes["outcomes"][0]["description"]["en"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = file(tmp_path / "in", HEADER, GOOD)
    (tmp_path / "in" / "copy.csv").write_bytes(path.read_bytes())
    done = import_files([path, path, tmp_path / "in"], tmp_path / "release")
    assert (done.figures, done.files, done.rows) == (1, 1, 1)
    assert sum(report_of(done, "dropped").values()) == 3


def test_one_outcome_of_two_generations_is_refused(tmp_path: Path) -> None:
    for generation in ("G3", "G4"):
        world = worlds.random_world(generation, 1, outcome="c35_income", axes=["income"])
        worlds.write(tmp_path / generation, world)
    with pytest.raises(TableError, match="two generations"):
        import_files([tmp_path / "G3", tmp_path / "G4"], tmp_path / "release")


def test_different_outcomes_of_two_generations_live_side_by_side(tmp_path: Path) -> None:
    for generation, outcome in (("G3", "c35_income"), ("G4", "c35_wealth")):
        worlds.write(tmp_path / generation, worlds.random_world(generation, 1, outcome=outcome, axes=["income"]))
    import_files([tmp_path / "G3", tmp_path / "G4"], tmp_path / "release")
    with open_release(tmp_path / "release") as release:
        units = {one["id"]: (one["unit"], one["cohort"]) for one in release.outcomes["outcomes"]}
        assert units == {"c35_income": ("EUR 2020", "age35_g3"), "c35_wealth": ("EUR 2024", "age35_g4")}
        births = {cohort["id"]: cohort["births"] for cohort in release.manifest["cohorts"]}
        assert births == {"age35_g3": [1981, 1985], "age35_g4": [1985, 1989]}


def test_reasons_are_counted_in_the_report_and_nowhere_in_the_release(tmp_path: Path) -> None:
    world = worlds.random_world("G4", 2, axes=["income"])
    cells = list(world.cells)
    rows = [worlds.row(world, cell, world.cells[cell]) for cell in cells[4:]]
    rows += [worlds.row(world, cell, ("10", "", "", ""), "1. fewer than 11 obs") for cell in cells[:3]]
    rows.append(worlds.row(world, cells[3], ("20", "0.5", "0.4", "0.6"), "2. est*n < 10"))
    path = worlds.write_rows(tmp_path / "in" / "c35_income.csv", worlds.header("G4", "income"), rows)
    done = import_files([path], tmp_path / "release", report=tmp_path / "report.csv")
    assert report_of(done, "dropped") == {
        "rows with the reason '1. fewer than 11 obs'": 3,
        "rows with the reason '2. est*n < 10'": 1,
    }
    assert set(worlds.shown(tmp_path / "release", "c35_income")) == set(
        worlds.expected(worlds.World("G4", world.outcome, {c: world.cells[c] for c in cells[4:]}))
    )
    told = "".join(p.read_text() for p in (tmp_path / "release").rglob("*.json"))
    assert "fewer than 11" not in told.replace("fewer than 11 or 12 children", "")
    assert "fewer than 11 obs" in (tmp_path / "report.csv").read_text()


def test_codes_of_other_forms_and_years(tmp_path: Path) -> None:
    lines = [HEADER]
    kinds = {"municipality_code": ("363", "GM0014", "0457", "----", "NA"), "neighborhood_code": ("36344", "WK001400")}
    lines += [changed(changed(GOOD, "region_type", kind), "region_id", id) for kind in kinds for id in kinds[kind]]
    done = bring(tmp_path, *lines)
    shown = {cell[-1] for cell in worlds.shown(tmp_path / "release", "c35_income")}
    assert shown == {"GM0363", "GM0014", "GM0457", "WK036344", "WK001400"}
    assert report_of(done, "dropped") == {"rows about an unknown area (no code)": 2}
    told = "\n".join(done.report.lines())
    assert "363 to GM0363" in told
    assert "GM0457 Weesp merged into GM0363 Amsterdam" in told
    with open_release(tmp_path / "release") as release:
        assert release.areas.name("GM0457") == "Weesp"
        assert release.areas.area("GM0457").lon is None


def test_rows_without_a_figure_and_columns_of_others_are_counted(tmp_path: Path) -> None:
    lines = [HEADER + ",note", changed(GOOD, "est", "") + ",x", changed(NEXT, "n", "") + ",y"]
    done = bring(tmp_path, *lines)
    assert report_of(done, "dropped") == {"rows without an estimate": 1, "column 'note': not kept": 2}
    ((n, *_),) = worlds.shown(tmp_path / "release", "c35_income").values()
    assert n is None


def test_outcomes_that_nobody_declared_keep_their_id(tmp_path: Path) -> None:
    lines = [
        line.replace("c35_income", id)
        for id in ("c30_income", "c35_secret_share", "top_20_income")
        for line in (GOOD, NEXT)
    ]
    lines = [changed(changed(changed(line, "est", "0.5"), "lwr", "0.4"), "upr", "0.6") for line in lines]
    bring(tmp_path, HEADER, *lines)
    with open_release(tmp_path / "release") as release:
        told = {one["id"]: (one["kind"], one["label"]["en"]) for one in release.outcomes["outcomes"]}
    assert told["c35_secret_share"] == ("share", "c35_secret_share")
    assert told["c30_income"] == ("money", "Mean personal income at 35")
    assert told["top_20_income"][0] == "binary"


def test_a_release_that_is_there_stays_unless_asked(tmp_path: Path) -> None:
    bring(tmp_path, HEADER, GOOD)
    before = open_release(tmp_path / "release").id
    with pytest.raises(UsageError, match="never changed"):
        bring(tmp_path, HEADER, GOOD, NEXT)
    with pytest.raises(KansenError):
        import_files([file(tmp_path, HEADER, "x")], tmp_path / "release", replace=True)
    assert open_release(tmp_path / "release").id == before
    done = import_files([file(tmp_path, HEADER, GOOD, NEXT)], tmp_path / "release", replace=True)
    assert open_release(tmp_path / "release").id == done.id != before


def test_many_batches_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and lines are counted across batches."""
    from kansen.importing import csvfile, reading

    world = worlds.random_world("G3", 4, cells=200, axes=["income"])
    rows = [worlds.row(world, cell, figure) for cell, figure in world.cells.items()]
    path = worlds.write_rows(tmp_path / "in" / "a.csv", worlds.header("G3", "income"), rows)
    monkeypatch.setattr(reading, "batches", lambda source: csvfile.batches(source, block=1024))
    import_files([path], tmp_path / "release")
    assert worlds.shown(tmp_path / "release", world.outcome) == worlds.expected(world)
    wrong = [*rows[:150], {**rows[150], "gender_group": "Man"}, *rows[151:]]
    worlds.write_rows(path, worlds.header("G3", "income"), wrong)
    with pytest.raises(TableError, match="Unknown label") as raised:
        import_files([path], tmp_path / "other")
    assert raised.value.row == 152


def test_ends_of_lines_quotes_and_columns_in_another_order_make_no_difference(tmp_path: Path) -> None:
    bring(tmp_path, HEADER, GOOD, NEXT)
    turned = [",".join(f'"{part}"' for part in reversed(line.split(","))) for line in (HEADER, GOOD, NEXT)]
    path = tmp_path / "turned.csv"
    path.write_bytes("\r\n".join([*turned, ""]).encode())
    import_files([path], tmp_path / "again")
    assert worlds.shown(tmp_path / "again", "c35_income") == worlds.shown(tmp_path / "release", "c35_income")
    path.write_bytes("\r\n".join([*turned, turned[1].replace("31000.5", "x"), ""]).encode())
    with pytest.raises(TableError, match="not a number") as raised:
        import_files([path], tmp_path / "third")
    assert (raised.value.row, raised.value.column) == (4, "est")


def test_numbers_in_other_forms_are_the_same_numbers(tmp_path: Path) -> None:
    line = changed(changed(changed(changed(GOOD, "est", "3.1e4"), "lwr", "+30000"), "upr", "1e+05"), "n", "1e2")
    bring(tmp_path, HEADER, line)
    assert list(worlds.shown(tmp_path / "release", "c35_income").values()) == [(100, 31000.0, 30000.0, 100000.0)]


@pytest.mark.parametrize("absent", ["NA", "NaN", ""])
def test_an_interval_may_be_absent(tmp_path: Path, absent: str) -> None:
    bring(tmp_path, HEADER, changed(changed(GOOD, "lwr", absent), "upr", absent))
    assert list(worlds.shown(tmp_path / "release", "c35_income").values()) == [(100, 31000.5, None, None)]


def test_a_column_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="Two columns mean the same"):
        bring(tmp_path, HEADER + ",est", GOOD + ",1")


def test_a_folder_of_other_things_is_walked_past(tmp_path: Path) -> None:
    file(tmp_path / "in", "child_type,child_id,parent_type,parent_id", "a,b,c,d", name="regions.csv")
    (tmp_path / "in" / "deep" / "er").mkdir(parents=True)
    file(tmp_path / "in" / "deep" / "er", HEADER, GOOD)
    file(tmp_path / "in" / ".git", HEADER, NEXT)
    done = import_files([tmp_path / "in"], tmp_path / "release")
    assert done.figures == 1
    assert report_of(done, "note")["table that is not a published one; not read"] == 1


@pytest.mark.parametrize("value", ["x" * 200_000, "a\0b", '"open'])
def test_values_that_a_csv_reader_chokes_on(tmp_path: Path, value: str) -> None:
    with pytest.raises(TableError) as raised:
        bring(tmp_path, HEADER, GOOD, changed(NEXT, "gender_group", value))
    assert raised.value.row in (None, 3)
    assert len(str(raised.value)) < 2_000
    assert not (tmp_path / "release").exists()
