"""Maps are drawn once, and drawn again when what is kept is damaged, old or cannot be written."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from kansen import geography
from kansen.geography import load_areas
from kansen.release.layers import unpack
from kansen.release.maps import draw_map


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The levels that were really drawn; kept maps are in `tmp_path`."""
    found: list[str] = []

    def draw(level: str) -> dict[str, str]:
        found.append(level)
        return {"type": "Topology", "level": level}

    monkeypatch.setenv("KANSEN_DATA", str(tmp_path))
    monkeypatch.setattr(geography, "schematic_topology", draw)
    return found


def test_a_map_is_drawn_once(drawn: list[str], tmp_path: Path) -> None:
    first, again = (draw_map(load_areas(), "corop", "schematic") for _ in range(2))
    assert first == again
    assert orjson.loads(unpack(first)) == {"type": "Topology", "level": "corop"}
    assert drawn == ["corop"]
    draw_map(load_areas(), "wijk", "schematic")
    assert drawn == ["corop", "wijk"]
    assert len(list((tmp_path / "maps").iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_damaged_map_is_drawn_again(drawn: list[str], tmp_path: Path, content: bytes | None) -> None:
    whole = draw_map(load_areas(), "corop", "schematic")
    (path,) = (tmp_path / "maps").iterdir()
    path.write_bytes(whole[:-3] if content is None else content)
    assert draw_map(load_areas(), "corop", "schematic") == whole
    assert len(drawn) == 2
    assert path.read_bytes() == whole


def test_maps_of_other_versions_are_removed(drawn: list[str], tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "corop.schematic.0123456789abcdef.topojson.gz").write_bytes(b"old")
    draw_map(load_areas(), "corop", "schematic")
    (path,) = (tmp_path / "maps").iterdir()
    assert "0123456789abcdef" not in path.name


def test_a_place_that_cannot_be_written_costs_only_time(drawn: list[str], tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file", encoding="utf-8")
    for _ in range(2):
        draw_map(load_areas(), "corop", "schematic")
    assert len(drawn) == 2
