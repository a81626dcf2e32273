"""Where Spark is: a server, a cluster that runs already, or a Spark of our own on this machine.

In this order: the Spark Connect server in `KANSEN_SPARK_REMOTE` or `SPARK_REMOTE`; the session that this process has
already, or the one that `spark-submit` prepared; the master in `KANSEN_SPARK_MASTER`; all cores of this machine.
Settings are made in a session of our own, so that nothing changes for others on the same cluster.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from kansen.engine.base import MEMORY_LIMIT
from kansen.errors import EngineError, UsageError
from kansen.files import make_folder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA = "a Java runtime of version 17 or newer (JAVA_HOME, or `java` on the path)"

CONNECT_PORT = 15002
"""The port of a Spark Connect server that names none."""

PATIENCE = 10.0
"""Seconds in which a Spark Connect server must answer; Spark's own client tries for ten minutes."""

SETTINGS = {
    # Overflow and casts that lose a value are errors, never a silent null; no time zone plays a part.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}
"""What the expressions rely on, set in the session that runs them."""


@dataclass(frozen=True)
class Session:
    """A Spark session with our settings, and how to leave it: only what we started is stopped."""

    spark: SparkSession
    stop: Callable[[], None]


def open_session(scratch: Path) -> Session:
    """The Spark session to work in; a Spark of our own keeps its log and what it spills in `scratch`.

    Raises `EngineError` when PySpark or Java is missing, or when Spark does not start or does not answer.
    """
    require_pyspark()
    with quiet_about_pandas():
        remote = os.environ.get("KANSEN_SPARK_REMOTE") or os.environ.get("SPARK_REMOTE")
        opened = _remote(remote) if remote else _running() or _own(scratch)
        for name, value in SETTINGS.items():
            opened.spark.conf.set(name, value)
        return opened


def require_pyspark() -> None:
    """Refuse to go on without PySpark. Raises `EngineError`."""
    if importlib.util.find_spec("pyspark") is None:
        raise EngineError(
            "The engine spark needs PySpark, which is not installed",
            expected="the Python package pyspark 4.0 or newer",
            todo='pip install "kansen[spark]", or leave out --engine spark: the embedded engine gives the same figures',
        )


@contextmanager
def quiet_about_pandas() -> Iterator[None]:
    """Keep back PySpark's warning that it does not know pandas 3 yet: none of this goes through pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _remote(address: str) -> Session:
    """A session of our own at a Spark Connect server."""
    parts = urlsplit(address)
    if parts.scheme != "sc" or not parts.hostname:
        raise UsageError(
            "The address of the Spark Connect server is not one",
            where="KANSEN_SPARK_REMOTE or SPARK_REMOTE",
            expected="sc://host:port",
            todo="correct the variable, or remove it to run Spark on this machine",
        )
    host, port = parts.hostname, parts.port or CONNECT_PORT
    # Never the address itself in a message: it may hold a token.
    lost = EngineError(
        "The Spark Connect server does not answer",
        where=f"{host}:{port}",
        expected=f"a server that accepts a connection within {PATIENCE:.0f} seconds",
        todo="start it, correct KANSEN_SPARK_REMOTE or SPARK_REMOTE, or remove that variable to run Spark here",
    )
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        raise lost from error
    try:
        from pyspark.sql.connect.session import SparkSession as ConnectSession
    except ImportError as error:
        raise EngineError(
            "PySpark lacks what it needs to reach a Spark Connect server",
            found=str(error).splitlines()[0],
            expected="the Python package pyspark with its extra `connect`",
            todo='pip install "kansen[spark]"',
        ) from error
    spark = ConnectSession.builder.remote(address).create()
    return Session(cast("SparkSession", spark), spark.stop)


def _running() -> Session | None:
    """A session beside the one that this process has, or on the cluster that `spark-submit` chose; None without."""
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        return Session(active.newSession(), lambda: None)
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        spark = SparkSession.builder.appName("kansen").getOrCreate()
        return Session(spark, spark.stop)
    return None


def _own(scratch: Path) -> Session:
    """A Spark that we start: on the master that was named, or on all cores of this machine."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    make_folder(scratch)
    log = scratch.resolve() / "spark.log"
    master = os.environ.get("KANSEN_SPARK_MASTER")
    conf = SparkConf().setAll(list((_local(scratch) if master is None else {"spark.master": master}).items()))
    conf.set("spark.app.name", "kansen").set("spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false")
    _require_java()
    handler = signal.getsignal(signal.SIGINT)
    try:
        context = SparkContext(conf=conf, gateway=_java(conf, log))
    except (PySparkException, ValueError, RuntimeError) as error:
        raise _no_start(log, JAVA) from error
    except Exception as error:  # py4j's errors have no common base but this one
        raise _no_start(log, "a Spark that starts on " + (master or "this machine")) from error
    spark = SparkSession(context)

    def stop() -> None:
        spark.stop()
        # Spark's own handler speaks to a session that is gone from now on.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)

    return Session(spark, stop)


def _local(scratch: Path) -> dict[str, str]:
    """Spark in one process of this machine, which nobody else on the network can reach."""
    spill = scratch.resolve() / "spark"
    make_folder(spill)
    return {
        "spark.master": "local[*]",
        "spark.driver.memory": f"{max(megabytes(MEMORY_LIMIT), 512)}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(spill),
        "spark.sql.warehouse.dir": str(spill / "warehouse"),
        "spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1)),
    }


def megabytes(amount: str) -> int:
    """An amount of memory as DuckDB writes it, in whole mebibytes.

    >>> megabytes("3GB"), megabytes("512MiB")
    (2861, 512)
    """
    units = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", amount.lower())
    if found is None or found[2] not in units:
        raise UsageError(
            "The amount of memory cannot be read", where="KANSEN_MEMORY", found=amount, expected="for example 8GB"
        )
    return int(float(found[1]) * units[found[2]] / 2**20)


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home) / "bin") if home else None) is None:
        raise EngineError(
            "The engine spark needs Java, which is not there",
            where=f"JAVA_HOME={home}" if home else None,
            expected=JAVA,
            todo="install one, or set SPARK_REMOTE to a Spark Connect server, or leave out --engine spark: "
            "the embedded engine gives the same figures",
        )


_started: list[Any] = []
"""The Java process that we started, if any: PySpark keeps to one for the life of this process, and so do we."""


def _java(conf: Any, log: Path) -> Any:
    """The Java process of Spark; what it says goes to a log instead of the terminal."""
    from pyspark.java_gateway import launch_gateway

    if not _started:
        with log.open("ab") as handle:
            _started.append(launch_gateway(conf, {"stdout": handle, "stderr": subprocess.STDOUT}))
    return _started[0]


def _no_start(log: Path, expected: str) -> EngineError:
    said = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    reasons = [line for line in said if re.search(r"Error|Exception|Unsupported", line)]
    return EngineError(
        "Spark does not start",
        where=log,
        found=reasons[-1].strip() if reasons else None,
        expected=expected,
        todo="read the log; or leave out --engine spark: the embedded engine gives the same figures",
    )
