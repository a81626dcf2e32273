"""Delivered tables become typed Parquet, once; wrong content gives one message and leaves nothing behind."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyreadstat
import pytest
import readstat_arrow

from kansen import synthetic
from kansen.errors import StorageError, TableError
from kansen.files import sha256
from kansen.registers import find, ingest
from kansen.registers import ingest as ingest_function
from kansen.registers import sources as sources_module
from kansen.registers.convert import OPEN_END
from kansen.registers.sources import read_header
from registers import world

INGEST = sys.modules[ingest_function.__module__]


class TestContent:
    @pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
    def test_persons(self, root: Path, vault: Path, kind: str) -> None:
        found = world.convert(root, vault, world.PERSONS, world.PERSON_COLUMNS, stem=world.PERSON_FILE, kind=kind)
        assert found == {
            "person": ["R000000012", "R000000345", "R100000678", "G900000001"],
            "gbageboorteland": ["6030", "6043", None, None],
            "gbageslacht": ["1", "2", None, "2"],
            "gbageboortejaar": [1981, 1982, 1985, 1984],
            "gbageboortemaand": [1, 2, 12, None],
            "gbageboortedag": [31, 28, 5, None],
            "gbageneratie": ["0", "2", "1", None],
            "gbaherkomstgroepering": ["6030", "6043", "7028", "6045"],
            "row": [0, 1, 2, 3],
        }

    @pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
    def test_addresses(self, root: Path, vault: Path, kind: str) -> None:
        found = world.convert(root, vault, world.ADDRESSES, world.ADDRESS_COLUMNS, stem=world.ADDRESS_FILE, kind=kind)
        assert found == {
            "person": ["R000000012", "R000000012", "R000000345"],
            "gbadatumaanvangadreshouding": [world.day(1995, 10, 1), world.day(2000, 3, 1), world.day(1996, 2, 29)],
            "gbadatumeindeadreshouding": [world.day(2000, 2, 29), OPEN_END, OPEN_END],
            "dwelling": ["DA0000000000000000000000000000001", "DB2", None],
            "row": [0, 1, 2],
        }

    @pytest.mark.parametrize("kind", ["parquet", "sav", "csv"])
    def test_incomes(self, root: Path, vault: Path, kind: str) -> None:
        assert world.convert(root, vault, world.INCOMES, world.INCOME_COLUMNS, kind=kind) == {
            "person": ["R000000012", "R000000345", "R100000678"],
            "inppersbrut": [25000.5, -300.0, None],
            "inppersprim": [24000.0, 0.0, None],
            "household": ["R000000012", "R000000012", None],
            "row": [0, 1, 2],
        }

    def test_types(self, root: Path, vault: Path) -> None:
        world.write(root, world.PERSON_FILE, world.PERSONS)
        table = ingest(world.one(root, "gbapersoon"), world.PERSON_COLUMNS, vault)
        schema = pq.read_schema(table.path)
        assert schema.field("person").type == pa.string()
        assert schema.field("gbageboortejaar").type == pa.int32()
        assert schema.field("row").type == pa.int64()

    def test_open_end_is_the_last_day_of_9999(self) -> None:
        assert world.day(9999, 12, 31) == OPEN_END

    def test_rows_keep_the_order_of_the_source(self, root: Path, vault: Path) -> None:
        count = 400_000
        persons = [f"{(i * 7919) % count:09d}" for i in range(count)]
        rows = {"RINPERSOONS": ["R"] * count, "RINPERSOON": persons}
        world.write(root, "INPA2016TABV1", world.changed(rows, INPPERSBRUT=[float(i) for i in range(count)]))
        found = world.read(ingest(world.one(root, "inpa", 2016), ["person", "inppersbrut"], vault))
        assert found["row"] == list(range(count))
        assert found["inppersbrut"] == [float(i) for i in range(count)]
        assert found["person"] == ["R" + person for person in persons]

    def test_numbers_instead_of_codes(self, root: Path, vault: Path) -> None:
        rows = {
            "RINPERSOONS": ["R", "R"],
            "RINPERSOON": [12, 100000678],
            "GBAGEBOORTELAND": [6030.0, 0.0],
            "GBAGESLACHT": [1.0, 2.0],
            "GBAGEBOORTEJAAR": [1981, 1982],
        }
        columns = ["person", "gbageboorteland", "gbageslacht", "gbageboortejaar"]
        assert world.convert(root, vault, rows, columns, stem=world.PERSON_FILE) == {
            "person": ["R000000012", "R100000678"],
            "gbageboorteland": ["6030", None],
            "gbageslacht": ["1", "2"],
            "gbageboortejaar": [1981, 1982],
            "row": [0, 1],
        }

    def test_numeric_municipality_codes_get_their_leading_zero(self, root: Path, vault: Path) -> None:
        rows = {"SOORTOBJECTNUMMER": ["D", "D"], "RINOBJECTNUMMER": ["1", "2"], "gem2023": [363.0, 1680.0]}
        stem = "BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1"
        found = world.convert(root, vault, rows, ["dwelling", "gem2023"], stem=stem, kind="sav")
        assert found["gem2023"] == ["0363", "1680"]

    def test_codes_written_as_decimals_in_text(self, root: Path, vault: Path) -> None:
        rows = world.changed(world.PERSONS, GBAGESLACHT=["1.0", " 2", "2 ", "-"])
        found = world.convert(root, vault, rows, ["gbageslacht"], stem=world.PERSON_FILE, kind="csv")
        assert found["gbageslacht"] == ["1", "2", "2", None]

    def test_household_places_with_and_without_a_leading_zero(self, root: Path, vault: Path) -> None:
        rows = {
            "RINPERSOONS": ["R"] * 3,
            "RINPERSOON": ["000000012"] * 3,
            "DATUMAANVANGHH": ["20000101"] * 3,
            "DATUMEINDEHH": ["20001231"] * 3,
            "PLHH": ["01", "10", "7"],
        }
        stem = "Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2020BUSV1"
        assert world.convert(root, vault, rows, ["person", "plhh"], stem=stem)["plhh"] == ["1", "10", "7"]

    def test_days_as_numbers_and_as_dates(self, root: Path, vault: Path) -> None:
        rows = world.changed(
            world.ADDRESSES,
            GBADATUMAANVANGADRESHOUDING=[19951001.0, 20000301.0, 19960229.0],
            GBADATUMEINDEADRESHOUDING=[date(2000, 2, 29), date(9999, 12, 31), date(1996, 2, 29)],
        )
        found = world.convert(root, vault, rows, world.ADDRESS_COLUMNS[1:3], stem=world.ADDRESS_FILE)
        assert found["gbadatumaanvangadreshouding"] == [
            world.day(1995, 10, 1),
            world.day(2000, 3, 1),
            world.day(1996, 2, 29),
        ]
        assert found["gbadatumeindeadreshouding"] == [world.day(2000, 2, 29), OPEN_END, world.day(1996, 2, 29)]

    def test_a_missing_day_of_birth_as_text_and_as_a_number(self, root: Path, vault: Path) -> None:
        texts = world.changed(world.PERSONS, GBAGEBOORTEDAG=["31", "00", "--", "5"])
        numbers = world.changed(world.PERSONS, GBAGEBOORTEDAG=[31, 0, None, 5])
        for number, rows in enumerate((texts, numbers)):
            (here := root / str(number)).mkdir()
            found = world.convert(here, vault, rows, ["gbageboortedag"], stem=world.PERSON_FILE)
            assert found["gbageboortedag"] == [31, None, None, 5]

    def test_words_instead_of_an_amount_where_the_catalogue_allows_them(self, root: Path, vault: Path) -> None:
        rows = world.changed(world.INCOMES, INPPERSPRIM=["24000", "Huishouden zonder waargenomen inkomen", ""])
        assert world.convert(root, vault, rows, ["inppersprim"])["inppersprim"] == [24000.0, None, None]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_csv_delimiters(self, root: Path, vault: Path, delimiter: str) -> None:
        found = world.convert(root, vault, world.INCOMES, world.INCOME_COLUMNS, kind="csv", delimiter=delimiter)
        assert found["inppersbrut"] == [25000.5, -300.0, None]

    def test_csv_with_decimal_commas_a_mark_and_old_letters(self, root: Path, vault: Path) -> None:
        path = root / "INPA2016TABV1.csv"
        path.write_bytes("RINPERSOONS;RINPERSOON;INPPERSBRUT;OPMERKING\r\nR;000000012;25000,5;één\r\n".encode("cp1252"))
        found = world.read(ingest(world.one(root, "inpa", 2016), ["person", "inppersbrut"], vault))
        assert found["inppersbrut"] == [25000.5]
        path.write_bytes(b"\xef\xbb\xbfRINPERSOONS,RINPERSOON,INPPERSBRUT\nR,000000012,17\n")
        found = world.read(ingest(world.one(root, "inpa", 2016), ["person", "inppersbrut"], vault))
        assert found == {"person": ["R000000012"], "inppersbrut": [17.0], "row": [0]}

    def test_column_names_in_any_case(self, root: Path, vault: Path) -> None:
        rows = {name.lower(): values for name, values in world.INCOMES.items()}
        assert world.convert(root, vault, rows, ["person", "inppersbrut"])["inppersbrut"][0] == 25000.5

    def test_folders_with_letters_that_mean_a_pattern(self, root: Path, vault: Path) -> None:
        found = world.convert(root, vault, world.INCOMES, ["person"], stem="it's [2016]*?/INPA2016TABV1")
        assert found["person"][0] == "R000000012"


class TestSav:
    def test_what_the_file_declares_missing_is_missing(self, root: Path, vault: Path) -> None:
        rows = world.changed(world.INCOMES, INPPERSBRUT=[25000.0, -1.0, 100.0], INPPERSPRIM=[1.0, -99.0, -5.0])
        metadata = readstat_arrow.Metadata(
            missing_values={"INPPERSBRUT": {"values": [-1.0]}, "INPPERSPRIM": {"lo": -99.0, "hi": -10.0}}
        )
        found = world.convert(root, vault, rows, ["inppersbrut", "inppersprim"], kind="sav", metadata=metadata)
        assert found["inppersbrut"] == [25000.0, None, 100.0]
        assert found["inppersprim"] == [1.0, None, -5.0]

    def test_the_files_own_value_labels_extend_the_code_list(self, root: Path, vault: Path) -> None:
        rows = world.changed(world.PERSONS, GBAGESLACHT=["1", "2", "3", "-"])
        labels = {"GBAGESLACHT": [{"value": "3", "label": "Onbepaald"}]}
        metadata = readstat_arrow.Metadata(value_labels=labels)
        found = world.convert(root, vault, rows, ["gbageslacht"], stem=world.PERSON_FILE, kind="sav", metadata=metadata)
        assert found["gbageslacht"] == ["1", "2", "3", None]

    def test_a_second_reader_sees_the_same(self, root: Path, vault: Path) -> None:
        path = world.write(root, world.INCOME_FILE, world.INCOMES, "sav")
        frame, _ = pyreadstat.read_sav(str(path), user_missing=True)
        found = world.read(ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault))
        assert list(frame["RINPERSOONS"] + frame["RINPERSOON"]) == found["person"]
        amounts = [None if value == 9999999999 else value for value in frame["INPPERSBRUT"]]
        assert amounts == found["inppersbrut"]

    @pytest.mark.parametrize("kept", [0.999, 0.5, 0.05])
    def test_a_truncated_sav(self, root: Path, vault: Path, kept: float) -> None:
        rows = {name: list(values) * 50 for name, values in world.ADDRESSES.items()}
        path = world.write(root, world.ADDRESS_FILE, rows, "sav")
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * kept)])
        with pytest.raises(TableError, match="truncated or damaged") as caught:
            ingest(world.one(root, "gbaadresobject"), world.ADDRESS_COLUMNS, vault)
        assert str(path) in str(caught.value)
        assert list((vault / "registers").iterdir()) == []


class TestReuse:
    @pytest.fixture
    def path(self, root: Path) -> Path:
        return world.write(root, world.INCOME_FILE, world.INCOMES)

    def test_an_unchanged_source_is_converted_once(self, root: Path, vault: Path, path: Path) -> None:
        first = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        made = first.path.stat().st_mtime_ns
        second = ingest(world.one(root, "inpa", 2016), ["person", "inppersbrut"], vault)
        assert (first.reused, second.reused) == (False, True)
        assert second.path.stat().st_mtime_ns == made
        assert second.provenance() == first.provenance()

    def test_a_touched_source_is_not_converted_again(self, root: Path, vault: Path, path: Path) -> None:
        ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        os.utime(path, (1, 1))
        assert ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault).reused

    def test_a_changed_source_is_converted_again(self, root: Path, vault: Path) -> None:
        path = world.write(root, world.INCOME_FILE, world.INCOMES, "csv")
        ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        path.write_bytes(path.read_bytes().replace(b"25000.5", b"25111.5"))  # the same number of bytes
        table = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert (table.reused, world.read(table)["inppersbrut"][0]) == (False, 25111.5)

    def test_more_columns_are_added_to_those_that_were_there(self, root: Path, vault: Path, path: Path) -> None:
        ingest(world.one(root, "inpa", 2016), ["person", "inppersbrut"], vault)
        table = ingest(world.one(root, "inpa", 2016), ["person", "household"], vault)
        assert (table.reused, table.columns) == (False, ("person", "inppersbrut", "household"))
        assert ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS[:2], vault).reused

    def test_another_version_or_format_is_converted_again(self, root: Path, vault: Path, path: Path) -> None:
        ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        world.write(root, "InkomenBestedingen/INPATAB/INPA2016TABV2", world.INCOMES, "csv")
        table = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert (table.reused, table.provenance()["version"]) == (False, 2)

    def test_another_declaration_or_software_converts_again(
        self, root: Path, vault: Path, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        monkeypatch.setattr(INGEST, "FORMAT", INGEST.FORMAT + 1)
        assert not ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault).reused

    @pytest.mark.parametrize("damage", ["truncated", "gone", "record"])
    def test_a_damaged_vault_is_repaired(self, root: Path, vault: Path, path: Path, damage: str) -> None:
        table = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        if damage == "truncated":
            table.path.write_bytes(table.path.read_bytes()[:-5])
        elif damage == "gone":
            table.path.unlink()
        else:
            table.path.with_suffix(".json").write_text("{")
        again = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert (again.reused, again.rows) == (False, 3)
        assert pq.read_table(again.path).num_rows == 3

    def test_provenance(self, root: Path, vault: Path, path: Path) -> None:
        assert ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault).provenance() == {
            "table": "inpa",
            "year": 2016,
            "path": f"{world.INCOME_FILE}.parquet",
            "format": "parquet",
            "version": 1,
            "rows": 3,
            "bytes": path.stat().st_size,
            "sha256": sha256(path),
        }


class TestInterruption:
    @pytest.mark.parametrize("kind", ["sav", "csv"])
    def test_a_full_disk_while_streaming(
        self, root: Path, vault: Path, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.write(root, world.INCOME_FILE, world.INCOMES, kind)

        class Full(pq.ParquetWriter):
            def write_batch(self, batch: pa.RecordBatch, row_group_size: int | None = None) -> None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(sources_module.pq, "ParquetWriter", Full)
        with pytest.raises(StorageError, match="No space left on device"):
            ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert list((vault / "registers").iterdir()) == []

    def test_a_full_disk_while_converting(self, root: Path, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        world.write(root, world.INCOME_FILE, world.INCOMES)

        def full(*_: object) -> None:
            raise duckdb.IOException('Could not write file "x": No space left on device')

        monkeypatch.setattr(INGEST, "check_converted", full)
        with pytest.raises(StorageError, match="No space left on device"):
            ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert list((vault / "registers").iterdir()) == []

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
    def test_ctrl_c_leaves_nothing_and_the_old_table_in_place(
        self, root: Path, vault: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = world.write(root, world.INCOME_FILE, world.INCOMES)
        before = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        content = before.path.read_bytes()
        world.write(root, world.INCOME_FILE, world.changed(world.INCOMES, INPPERSBRUT=[1.0, 2.0, 3.0]))

        def interrupt(*_: object) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(INGEST, "check_converted", interrupt)
            with pytest.raises(KeyboardInterrupt):
                ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert {file.name for file in before.path.parent.iterdir()} == {"inpa_2016.parquet", "inpa_2016.json"}
        assert before.path.read_bytes() == content
        after = ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert (after.sha256, world.read(after)["inppersbrut"]) == (sha256(path), [1.0, 2.0, 3.0])

    def test_a_killed_run_leaves_no_table_and_the_next_one_cleans_up(self, root: Path, vault: Path) -> None:
        world.write(root, world.INCOME_FILE, world.INCOMES, "sav")
        script = textwrap.dedent(
            """
            import os, signal, sys
            from pathlib import Path
            from kansen import registers
            module = sys.modules["kansen.registers.ingest"]
            module.check_converted = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            file = registers.find(Path(sys.argv[1])).file("inpa", 2016)
            registers.ingest(file, ["person", "inppersbrut"], Path(sys.argv[2]))
            """
        )
        killed = subprocess.run([sys.executable, "-c", script, str(root), str(vault)], capture_output=True)
        assert killed.returncode == -9, killed.stderr.decode()
        left = {file.name for file in (vault / "registers").iterdir()}
        assert left
        assert all(name.startswith(".") for name in left)
        table = ingest(world.one(root, "inpa", 2016), ["person", "inppersbrut"], vault)
        assert not table.reused
        assert {file.name for file in table.path.parent.iterdir()} == {"inpa_2016.parquet", "inpa_2016.json"}

    def test_a_file_that_grows_while_it_is_read(self, root: Path, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = world.write(root, world.INCOME_FILE, world.INCOMES)

        def grow(*_: object) -> list[str]:
            path.write_bytes(path.read_bytes() + b"x")
            return []

        monkeypatch.setattr(INGEST, "check_converted", grow)
        with pytest.raises(TableError, match="changed while it was being read"):
            ingest(world.one(root, "inpa", 2016), world.INCOME_COLUMNS, vault)
        assert list((vault / "registers").iterdir()) == []


def test_every_synthetic_table_is_the_same_in_every_format(tmp_path: Path) -> None:
    delivered = tmp_path / "tables"
    synthetic.write(delivered, scale=0.001, formats=("parquet", "sav"))
    for path in sorted(delivered.rglob("*.parquet")):
        if "truth" in path.relative_to(delivered).parts:
            continue
        copies = {kind: tmp_path / kind / path.parent.relative_to(delivered) for kind in ("parquet", "sav", "csv")}
        for folder in copies.values():
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copies["parquet"])
        shutil.copy(path.with_suffix(".sav"), copies["sav"])
        pyarrow.csv.write_csv(pq.read_table(path), copies["csv"] / f"{path.stem}.csv")
    deliveries = {kind: find(tmp_path / kind) for kind in ("parquet", "sav", "csv")}
    files = deliveries["parquet"].files
    assert len(files) > 13
    span = {table: [year for name, year in files if name == table] for table, _ in files}
    for (table, year), file in files.items():
        if year not in (min(span[table]), max(span[table])):
            continue  # columns change over the years, not back again
        columns = [name.replace("{y}", str(year)) for name in file.table.names(year)]
        tables = {
            kind: pq.read_table(ingest(delivery.file(table, year), columns, tmp_path / f"{kind}.vault").path)
            for kind, delivery in deliveries.items()
        }
        # several row groups are converted side by side; `row` tells the order of the source
        tables = {kind: converted.sort_by("row") for kind, converted in tables.items()}
        assert tables["sav"].equals(tables["parquet"]), (table, year)
        assert tables["csv"].equals(tables["parquet"]), (table, year)


class TestEncodings:
    """SPSS files that do not hold UTF-8: older ones name Windows-1252 or Latin-1, or nothing, or the wrong thing."""

    MARK = b"\x07\x00\x00\x00\x14\x00\x00\x00\x01\x00\x00\x00\x05\x00\x00\x00UTF-8"

    def sav(self, root: Path, encoding: bytes | None) -> Path:
        """A table with names, labels and texts that have a letter beyond ASCII, in one byte."""
        rows = world.changed(world.PERSONS, GBAHERKOMSTGROEPERING=["Cura#ao", "Turkije", "7028", "6045"])
        labels = {"GBAGESLACHT": [{"value": "7", "label": "ge#n"}]}
        metadata = readstat_arrow.Metadata(value_labels=labels, variable_labels={"GBAGESLACHT": "ge#lacht"})
        path = world.write(root, world.PERSON_FILE, {**rows, "na#m": ["a"] * 4}, "sav", metadata=metadata)
        content = path.read_bytes().replace(b"#", b"\xe7")
        assert self.MARK in content
        if encoding is None:
            content = content.replace(self.MARK, b"")
        else:
            content = content.replace(self.MARK, self.MARK[:12] + len(encoding).to_bytes(4, "little") + encoding)
        path.write_bytes(content)
        return path

    @pytest.mark.parametrize("encoding", [b"windows-1252", b"ISO-8859-1", b"UTF-8", None, b"klingon"])
    def test_text_in_one_byte_a_letter(self, root: Path, vault: Path, encoding: bytes | None) -> None:
        self.sav(root, encoding)
        table = ingest(world.one(root, "gbapersoon"), ["person", "gbageslacht", "gbaherkomstgroepering"], vault)
        assert world.read(table)["gbaherkomstgroepering"] == ["5107", "6043", "7028", "6045"]
        named = encoding in (b"windows-1252", b"ISO-8859-1")
        assert [note for note in table.notes if "Windows-1252" in note] == [] if named else len(table.notes) == 1
        assert "GBAGESLACHT" in (read_header(world.one(root, "gbapersoon")).columns or ())

    def test_bytes_that_are_no_text_in_either(self, root: Path, vault: Path) -> None:
        path = self.sav(root, None)
        path.write_bytes(path.read_bytes().replace(b"\xe7", b"\x81"))
        with pytest.raises(TableError, match="cannot be read"):
            ingest(world.one(root, "gbapersoon"), ["person"], vault)
