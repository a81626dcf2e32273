"""The maps that a release carries: drawn from facts, without anyone's boundaries."""

from __future__ import annotations

import hashlib
import zlib
from functools import cache
from pathlib import Path

import orjson

from kansen import geography
from kansen.errors import KansenError
from kansen.files import atomic_path
from kansen.release.layers import pack, unpack


def draw_map(areas: geography.Areas, level: str, view: str) -> bytes:
    """Packed TopoJSON of a level in a view (`schematic` or `hexagon`). Only levels that Kansen ships declare views.

    Shipped areas are the same in every release, and drawing them takes seconds: a drawn map is kept beside imported
    boundaries, under a name that follows from everything that it is drawn from.
    """
    kept = geography.boundaries_folder().with_name("maps") / f"{level}.{view}.{_drawn_from()}.topojson.gz"
    try:
        body = kept.read_bytes()
        unpack(body)
        return body
    except (OSError, zlib.error):
        pass  # not there, or damaged
    topology = geography.hexagon_topology() if view == "hexagon" else geography.schematic_topology(level)
    body = pack(orjson.dumps(topology))
    try:
        with atomic_path(kept) as aside:
            aside.write_bytes(body)
        for old in kept.parent.glob(f"{level}.{view}.*.topojson.gz"):
            if old != kept:
                old.unlink()
    except (OSError, KansenError):
        pass  # nothing is lost but the time of drawing it again
    return body


@cache
def _drawn_from() -> str:
    """A hash of the tables and the code that maps are drawn from."""
    folder = Path(geography.__file__).parent
    found = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:16]
