"""Spark behind the engine seam: sessions, files, and its errors in our words."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.test_cohort import REGISTERS, assert_same_files, follow
from kansen.engine import Engine, load_engine, sessions, spark
from kansen.engine.sessions import megabytes, open_session
from kansen.errors import EngineError, InputError, KansenError, StorageError, UsageError

CLI = [sys.executable, "-m", "kansen.cli"]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"person": ["c", "a", None, "b"], "n": [1, 2, 3, None]}), path)
    return path


def native(engine: Engine) -> Any:
    """The session of an engine."""
    assert isinstance(engine, spark.SparkEngine)
    return engine._session.spark


def test_one_file_in_order_with_nulls_first(spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.parquet"
    assert spark_engine.write(spark_engine.scan(people), out, sort_by=["person"]) == 4
    assert out.is_file()
    assert pq.read_table(out).to_pydict() == {"person": [None, "a", "b", "c"], "n": [3, 2, None, 1]}
    assert [path.name for path in out.parent.iterdir()] == ["out.parquet"]


def test_no_rows_keep_their_columns(spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert spark_engine.write(spark_engine.scan(people).filter(nw.col("n") > 9), out, sort_by=["n"]) == 0
    assert pq.read_schema(out).equals(pq.read_schema(people))


def test_a_failed_write_leaves_nothing(spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.parquet"
    broken = spark_engine.scan(people).with_columns(n=nw.col("person").cast(nw.Int64))
    with pytest.raises(Exception, match="CAST_INVALID_INPUT"):  # never a silent null
        spark_engine.write(broken, out, sort_by=["n"])
    assert list(out.parent.iterdir()) == []


def test_overflow_is_an_error(spark_engine: Engine, people: Path) -> None:
    frame = spark_engine.scan(people).select(n=nw.col("n") * (2**62))
    with pytest.raises(Exception, match="ARITHMETIC_OVERFLOW"):
        spark_engine.collect(frame)


def test_no_time_zone_of_the_machine(spark_engine: Engine) -> None:
    assert native(spark_engine).conf.get("spark.sql.session.timeZone") == "UTC"


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_a_missing_file_is_no_empty_table(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    engine: Engine = request.getfixturevalue(f"{name}_engine")
    with pytest.raises(InputError, match=r"gone.\n.*absent\.parquet"):
        engine.scan(tmp_path / "absent.parquet")


@pytest.mark.parametrize("name", ["a b", "a%20b", "year=2020", "_hidden", ".hidden", "é#+", "a:b"])
def test_odd_folders(name: str, spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    source = tmp_path / name / "in.parquet"
    source.parent.mkdir()
    people.rename(source)
    frame = spark_engine.scan(source)
    assert frame.collect_schema().names() == ["person", "n"]
    assert spark_engine.write(frame, source.with_name("out.parquet"), sort_by=["person"]) == 4


@pytest.mark.parametrize("name", ["a[1]", "a*", "{a,b}", "a?"])
def test_folders_that_spark_takes_for_a_pattern(name: str, spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    source = tmp_path / name / "in.parquet"
    source.parent.mkdir()
    people.rename(source)
    with pytest.raises(UsageError, match="pattern"):
        spark_engine.scan(source)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("stage failed:\n java.io.IOException: No space left on device\n at ...", StorageError, "No space left"),
        ("java.lang.OutOfMemoryError: Java heap space", StorageError, "KANSEN_MEMORY"),
        ("[PATH_NOT_FOUND] Path does not exist: file:/vault/born.parquet", EngineError, "every machine of the cluster"),
        ("java.io.FileNotFoundException: /vault/born.parquet", EngineError, "every machine of the cluster"),
        ("Cannot call methods on a stopped SparkContext: Connection refused", EngineError, "was lost"),
    ],
)
def test_the_words_of_spark_in_ours(java: None, said: str, kind: type[KansenError], words: str) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(kind, match=words) as caught, spark._plain_errors("somewhere"):
        raise PySparkException(said)
    assert "at ..." not in str(caught.value)


def test_a_mistake_of_ours_stays_one(java: None) -> None:
    from pyspark.errors import AnalysisException

    with pytest.raises(AnalysisException), spark._plain_errors("somewhere"):
        raise AnalysisException("no such column")


def test_parts_that_this_machine_does_not_see(
    spark_engine: Engine, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "_address", lambda path: f"file://{tmp_path}/elsewhere/{path.name}")
    frame = nw.from_native(native(spark_engine).read.parquet(str(people)))
    with pytest.raises(EngineError, match="do not see the same files"):
        spark_engine.write(frame, tmp_path / "out" / "out.parquet", sort_by=["n"])
    assert list((tmp_path / "out").iterdir()) == []


def test_a_session_that_was_there_is_left_as_it_was(spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    mine = native(spark_engine)
    mine.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        guest = load_engine("spark", tmp_path / "scratch")
        assert native(guest).conf.get("spark.sql.session.timeZone") == "UTC"
        assert guest.collect(guest.scan(people)).num_rows == 4
        guest.close()
        assert mine.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
        assert mine.range(3).count() == 3
    finally:
        mine.conf.set("spark.sql.session.timeZone", "UTC")


OWN = """
import signal, sys
from pathlib import Path
from kansen.engine import load_engine

before = signal.getsignal(signal.SIGINT)
engine = load_engine("spark", Path(sys.argv[1]))
frame = engine.scan(Path(sys.argv[2]))
print(engine.collect(frame).num_rows)
context = engine._session.spark.sparkContext
print(context.getConf().get("spark.driver.host"), context.master)
engine.close()
print(signal.getsignal(signal.SIGINT) is before, context._jsc is None)
again = load_engine("spark", Path(sys.argv[1]))
print(again.collect(again.scan(Path(sys.argv[2]))).num_rows)
again.close()
"""


def run_own(*arguments: object, code: str = OWN, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **more}, timeout=600)


def test_a_spark_of_our_own_is_private_quiet_and_stopped(java: None, people: Path, tmp_path: Path) -> None:
    found = run_own(tmp_path / "scratch", people, KANSEN_MEMORY="1GB")
    assert found.stdout.splitlines() == ["4", "127.0.0.1 local[*]", "True True", "4"], found.stderr
    assert found.stderr == ""
    assert (tmp_path / "scratch" / "spark.log").is_file()


def test_a_master_that_is_named(java: None, people: Path, tmp_path: Path) -> None:
    found = run_own(tmp_path / "scratch", people, KANSEN_SPARK_MASTER="local[1]")
    assert found.stdout.splitlines()[0] == "4", found.stderr
    assert found.stdout.splitlines()[1].endswith("local[1]")


@pytest.fixture(scope="module")
def connect_server(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Spark Connect server in another process."""
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(pyspark.__file__).parent / "bin" / "spark-submit"),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--driver-memory", "1g"),
        *("--conf", "spark.ui.enabled=false", "--conf", f"spark.connect.grpc.binding.port={port}"),
        *("--conf", "spark.connect.grpc.binding.address=127.0.0.1", "--master", "local[1]", "spark-internal"),
    ]
    folder = tmp_path_factory.mktemp("connect")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    for _ in range(600):
        with socket.socket() as attempt:
            if server.poll() is not None or attempt.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.2)
    yield f"sc://127.0.0.1:{port}"
    server.terminate()
    server.wait()


REMOTE = """
import sys
from pathlib import Path
from kansen.engine import load_engine

engine = load_engine("spark", Path(sys.argv[1]))
frame = engine.scan(Path(sys.argv[2]))
print(type(engine._session.spark).__module__, engine.write(frame, Path(sys.argv[3]), sort_by=["person"]))
engine.close()
"""


def test_a_spark_connect_server(connect_server: str, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    found = run_own(tmp_path / "scratch", people, out, code=REMOTE, KANSEN_SPARK_REMOTE=connect_server)
    assert found.stdout.split() == ["pyspark.sql.connect.session", "4"], found.stderr
    assert pq.read_table(out).column("person").to_pylist() == [None, "a", "b", "c"]


FOLLOW = """
import sys
from pathlib import Path
from kansen import registers
from kansen.cohorts import build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas

name, root, vault = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
engine = load_engine("spark", vault / "scratch")
print(build_cohort(load_cohort(name), registers.find(root), vault, engine, load_areas()).children)
engine.close()
"""


@pytest.mark.slow
def test_a_cohort_on_a_spark_connect_server(connect_server: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    """A server refuses expressions that are nested too deep, and those of births are the longest."""
    REGISTERS["newborns"](tmp_path / "registers")
    here = follow("newborns", duckdb_engine, tmp_path / "registers", frozenset())
    vault = tmp_path / "vault"
    found = run_own("newborns", tmp_path / "registers", vault, code=FOLLOW, KANSEN_SPARK_REMOTE=connect_server)
    assert found.stdout.split() == [str(here.children)], found.stderr
    assert_same_files(tmp_path / "duckdb" / "cohorts", vault / "cohorts", "**/*.parquet")


def test_a_server_that_does_not_answer(java: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANSEN_SPARK_REMOTE", "sc://127.0.0.1:1/;token=secret")
    with pytest.raises(EngineError, match="does not answer") as caught:
        open_session(tmp_path)
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1", "sc://", "spark://host:7077"])
def test_an_address_that_is_none(java: None, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", address)
    with pytest.raises(UsageError, match="sc://host:port"):
        open_session(tmp_path)


def no_own_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this process had no Spark yet."""
    monkeypatch.setattr(sessions, "_running", lambda: None)


def test_no_java(java: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_own_session(monkeypatch)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"needs Java.*(\n.*)*version 17"):
        open_session(tmp_path / "scratch")


def test_a_java_that_cannot_start_spark(java: None, tmp_path: Path) -> None:
    script = tmp_path / "java" / "bin" / "java"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\necho 'java.lang.UnsupportedClassVersionError: class file version 61.0' >&2\nexit 1\n")
    script.chmod(0o755)
    (tmp_path / "in").mkdir()
    found = build_with_spark(tmp_path, JAVA_HOME=str(tmp_path / "java"))
    assert re.search(r"does not start(.*\n)*.*UnsupportedClassVersionError", found.stderr)


def build_with_spark(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`kansen build --engine spark` that cannot go well: one message, exit code 2, and no release."""
    command = [*CLI, "build", str(folder / "in"), "--out", str(folder / "out"), "--engine", "spark"]
    found = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **more}, timeout=300)
    assert found.returncode == 2
    assert "Traceback" not in found.stderr
    assert "went wrong that should not have" not in found.stderr
    assert not (folder / "out").exists()
    return found


def test_the_command_without_java(java: None, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert "needs Java" in build_with_spark(tmp_path, JAVA_HOME=str(tmp_path)).stderr


def test_no_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"kansen\[spark\]"):
        load_engine("spark", tmp_path)


@pytest.mark.parametrize(("amount", "expected"), [("3GB", 2861), ("1.5 GiB", 1536), ("512mb", 488)])
def test_amounts_of_memory(amount: str, expected: int) -> None:
    assert megabytes(amount) == expected


@pytest.mark.parametrize("amount", ["", "80%", "many", "3 G B"])
def test_amounts_that_are_none(amount: str) -> None:
    with pytest.raises(UsageError, match="8GB"):
        megabytes(amount)


def test_interrupted(java: None, spark_engine: Engine, people: Path, tmp_path: Path) -> None:
    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    writer = SimpleNamespace(repartition=lambda n: interrupt())
    frame = SimpleNamespace(to_native=lambda: writer)
    with pytest.raises(KeyboardInterrupt):
        spark_engine.write(frame, tmp_path / "out" / "out.parquet", sort_by=["n"])  # type: ignore[arg-type]
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_engine_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    command = [*CLI, "build", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--engine", "dask"]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 2
    assert re.search(r"dask", found.stderr)
    assert "Traceback" not in found.stderr
