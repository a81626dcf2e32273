"""What a release looks like on disk: names of files, columns of the estimates, version of the format.

::

    manifest.json                       what this is, made of what, how protected; hashes of all other files
    outcomes.json  groups.json          the declarations, with national figure, spread and class breaks per outcome
    attrition.json                      how many children each rule left, safe to tell
    areas/levels.json                   the area levels: labels, definition, vintage
    areas/areas.parquet                 every area: id, level, name, population, point, the areas it lies in
    areas/hierarchy.csv                 child_type, child_id, parent_type, parent_id
    areas/LEVEL.VIEW.topojson.gz        the maps that can be drawn
    estimates/outcome=OUTCOME.parquet   the figures: shown cells only
    others/outcome=OUTCOME.parquet      imported only: figures of everybody that a further grid published otherwise
    layers/OUTCOME.bin  OUTCOME.json    derived from the estimates: the columns that map layers are slices of
    decompositions/outcome=OUTCOME.parquet   what gaps in some outcomes go with, where it may be told
    audit.json                          what an attack on this release found; added afterwards, outside the id
    effects.json                        effects, apart from the figures; added afterwards, outside the id
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

FORMAT = "kansen-release/2"
FORMAT_PATTERN = re.compile(r"kansen-release/(\d+)")

MANIFEST = "manifest.json"
OUTCOMES = "outcomes.json"
GROUPS = "groups.json"
ATTRITION = "attrition.json"
AUDIT = "audit.json"
EFFECTS = "effects.json"
LEVELS = "areas/levels.json"
AREAS = "areas/areas.parquet"
HIERARCHY = "areas/hierarchy.csv"

OUTSIDE_ID = ("created", "id")
"""Members of the manifest that the id does not cover."""

LETTERS = ("A", "B", "C")
PROTECTIONS = ("exact", "noise")
GROUP_COLUMNS = ("axis", "position", "sex", "origin", "household")
COMPRESSION_LEVEL = 6

_TEXT = pa.dictionary(pa.int32(), pa.string())
ESTIMATES = pa.schema(
    [
        *(pa.field(name, _TEXT, nullable=False) for name in (*GROUP_COLUMNS, "level", "area")),
        pa.field("n", pa.int32()),
        pa.field("est", pa.float64(), nullable=False),
        pa.field("lwr", pa.float64()),
        pa.field("upr", pa.float64()),
        pa.field("protection", _TEXT, nullable=False),
        pa.field("noise_sd", pa.float64(), nullable=False),
        pa.field("reliability", _TEXT, nullable=False),
    ]
)
"""Columns of `estimates/outcome=OUTCOME.parquet`; rows are sorted by level, group and area."""

DECOMPOSITIONS = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("decomposition", "level", "area")),
        *(pa.field(name, pa.string(), nullable=False) for name in ("dimension", "a", "b", "part")),
        pa.field("block", pa.string()),
        *(pa.field(name, pa.float64(), nullable=False) for name in ("est", "lwr", "upr", "step")),
    ]
)
"""Columns of `decompositions/outcome=OUTCOME.parquet`; rows by decomposition, pair, level and area."""


def estimates_file(outcome: str) -> str:
    """Where the figures of an outcome are, inside the release."""
    return f"estimates/outcome={outcome}.parquet"


def others_file(outcome: str) -> str:
    """Where figures of everybody are that a further grid published otherwise."""
    return f"others/outcome={outcome}.parquet"


def decompositions_file(outcome: str) -> str:
    """Where it is what gaps in an outcome go with."""
    return f"decompositions/outcome={outcome}.parquet"


def layers_file(outcome: str) -> str:
    """Where the map layers of an outcome are."""
    return f"layers/{outcome}.bin"


def index_file(outcome: str) -> str:
    """Where it says at which byte each map layer of an outcome starts."""
    return f"layers/{outcome}.json"


def geometry_file(level: str, view: str) -> str:
    """Where a map is."""
    return f"areas/{level}.{view}.topojson.gz"


def release_id(manifest: Mapping[str, Any]) -> str:
    """The id that follows from the content: 16 hexadecimal digits of the hash of the manifest with its file hashes."""
    content = {name: value for name, value in manifest.items() if name not in OUTSIDE_ID}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def is_release(path: Path) -> bool:
    """Whether a folder says that it is a release of any version."""
    try:
        manifest = orjson.loads((path / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and bool(FORMAT_PATTERN.fullmatch(str(manifest.get("format"))))


def canonical_group(group: str, axis: str) -> str:
    """The id under which a group is stored: position `all` is one cell that all axes share, kept under the first axis.

    >>> canonical_group("wealth=all;women;all;all", "income"), canonical_group("wealth=low;all;all;all", "income")
    ('income=all;women;all;all', 'wealth=low;all;all;all')
    """
    name, _, rest = group.partition("=")
    return f"{axis}={rest}" if name != axis and rest.startswith("all;") else group


def split_group(group: str) -> tuple[str, str, str, str, str]:
    """Axis, position, sex, origin and household of a group id; ValueError when it is not one.

    >>> split_group("income=low;women;any;single")
    ('income', 'low', 'women', 'any', 'single')
    """
    axis, found, rest = group.partition("=")
    parts = rest.split(";")
    if not found or len(parts) != 4 or not all((axis, *parts)):
        raise ValueError(f"not a group id: {group!r}; expected axis=position;sex;origin;household")
    return (axis, parts[0], parts[1], parts[2], parts[3])
