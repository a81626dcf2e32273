"""The type checker refuses, too, what did not come from protection."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SNIPPET = """
from kansen.measures import Estimates
from kansen.protection import Protected, ProtectedAttrition, ProtectedSummary
from kansen.release.writer import ReleaseWriter

def allowed(writer: ReleaseWriter, summary: ProtectedSummary, told: list[Protected], dropped: ProtectedAttrition):
    writer.add(summary, told)
    writer.add_attrition(dropped)

def refused(writer: ReleaseWriter, summary: ProtectedSummary, told: list[Protected], estimates: list[Estimates]):
    writer.add(summary, estimates)
    writer.add({"national": 1}, told)
    writer.add_attrition([{"dropped": 3}])
"""


def test_the_type_checker_knows_the_wall(tmp_path: Path) -> None:
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent)) or shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET, encoding="utf-8")
    found = subprocess.run(
        [pyright, "--outputjson", "--pythonpath", sys.executable, str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    told = json.loads(found.stdout)["generalDiagnostics"]
    lines = SNIPPET.splitlines()
    refused = [lines[item["range"]["start"]["line"]].strip() for item in told if item["severity"] == "error"]
    assert refused == [
        "writer.add(summary, estimates)",
        'writer.add({"national": 1}, told)',
        'writer.add_attrition([{"dropped": 3}])',
    ]
