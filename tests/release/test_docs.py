"""What exists is documented: every file and column of a release, every route of the API."""

from __future__ import annotations

import re
from pathlib import Path

from kansen.release import format as names
from release import worlds

DOCS = Path(__file__).parents[2] / "docs"


def test_every_file_is_documented(tmp_path: Path) -> None:
    text = (DOCS / "release.md").read_text(encoding="utf-8")
    for path in worlds.small_release(tmp_path / "out").rglob("*.*"):
        name = path.relative_to(tmp_path / "out").as_posix()
        name = re.sub(r"c35_(income|hbo_attained)", "OUTCOME", name)
        name = re.sub(r"areas/\w+\.(schematic|hexagon)", "areas/LEVEL.VIEW", name)
        assert f"`{name}`" in text, name


def test_every_column_is_documented() -> None:
    text = (DOCS / "release.md").read_text(encoding="utf-8")
    assert [name for name in names.ESTIMATES.names if f"`{name}`" not in text] == []
