"""Map layers: one outcome, one group, one level as one small JSON text, compressed once and sent as it is stored.

Limits take the most room of a layer, and a rounded estimate with its rounded limits is nearly symmetric. So a layer
holds the margin (estimate minus lower limit) and the skew (what the upper limit is further away, in steps of the last
digit): a fifth smaller, and nothing is lost. `decode_layer` gives the limits back.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kansen.release.format import COMPRESSION_LEVEL, LETTERS

MOST_DIGITS = 6
"""Figures with more decimals than this count as unrounded: their limits are stored as they are."""

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


@dataclass(frozen=True)
class Figures:
    """Shown figures of one outcome at one level, sorted by group, then area.

    `group` and `area` are positions in the lists of group and area ids; `n` is -1 where it is not told, limits are NaN
    where there is no interval, `noise_sd` is 0 where exact, `reliability` a position in `LETTERS`. Shapes: (cells,).
    """

    group: NDArray[np.int32]
    area: NDArray[np.int32]
    n: NDArray[np.int64]
    est: NDArray[np.float64]
    lwr: NDArray[np.float64]
    upr: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    reliability: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.est)

    def rows(self, which: slice | NDArray[Any]) -> Figures:
        """Some of the cells: a slice, or positions."""
        return Figures(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[Figures]) -> Figures:
        """Several sets of figures, one after the other."""
        if not parts:
            whole, none = np.empty(0, dtype=np.int32), np.empty(0)
            return cls(whole, whole, np.empty(0, dtype=np.int64), none, none, none, none, np.empty(0, dtype=np.int8))
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def layers(self) -> Iterator[tuple[int, slice]]:
        """The groups that have figures, and the rows of each."""
        if len(self):
            edges = [0, *(np.flatnonzero(np.diff(self.group)) + 1).tolist(), len(self)]
            for start, stop in pairwise(edges):
                yield int(self.group[start]), slice(start, stop)


def encode_bundle(
    outcome: str, levels: Sequence[tuple[str, Sequence[str], Figures]], groups: Sequence[str]
) -> tuple[bytes, dict[str, dict[str, list[int]]]]:
    """All layers of an outcome that hold a figure, one after the other.

    `levels` gives per level its id, its area ids and its figures. Returns the bundle and, per level and group, the
    offset and the length in bytes and the number of figures. A layer that is not listed has no figure.
    """
    parts: list[bytes] = []
    index: dict[str, dict[str, list[int]]] = {}
    offset = 0
    digits = common_digits([figures for _, _, figures in levels])
    for level, ids, figures in levels:
        entries = index.setdefault(level, {})
        columns = _columns(figures, digits)
        letters = "".join(map(LETTERS.__getitem__, figures.reliability.tolist()))
        names = [ids[i] for i in figures.area.tolist()]
        for number, rows in figures.layers():
            group = groups[number]
            body: dict[str, Any] = {"outcome": outcome, "level": level, "group": group, "areas": names[rows]}
            body |= {name: _json(values[rows]) for name, values in columns.items()}
            for name in ("skew", "noise_sd"):
                if name in columns and not columns[name][rows].any():
                    del body[name]
            body["reliability"] = letters[rows]
            body["digits"] = digits
            packed = pack(orjson.dumps(body, option=_OPTIONS))
            entries[group] = [offset, len(packed), rows.stop - rows.start]
            parts.append(packed)
            offset += len(packed)
    return b"".join(parts), index


def empty_layer(outcome: str, level: str, group: str) -> bytes:
    """The body of a layer without any figure."""
    columns: dict[str, Any] = {"areas": [], "n": [], "est": [], "margin": [], "reliability": "", "digits": 0}
    return pack(orjson.dumps({"outcome": outcome, "level": level, "group": group, **columns}))


def decode_layer(body: bytes) -> dict[str, Any]:
    """The content of a layer with its limits: `lwr` and `upr` beside `est`, None where there is no interval.

    lwr = est - margin and upr = est + margin + skew / 10**digits, both rounded to `digits` decimals.
    """
    content: dict[str, Any] = orjson.loads(unpack(body))
    if "lwr" in content:
        return content
    digits: int = content["digits"]
    margins: list[float | None] = content.pop("margin")
    skews: list[int] = content.pop("skew", None) or [0] * len(margins)
    content["lwr"] = [
        None if margin is None else round(est - margin, digits or None)
        for est, margin in zip(content["est"], margins, strict=True)
    ]
    content["upr"] = [
        None if margin is None else round(est + margin + skew / 10**digits, digits or None)
        for est, margin, skew in zip(content["est"], margins, skews, strict=True)
    ]
    return content


def common_digits(levels: Sequence[Figures]) -> int | None:
    """How many decimals all estimates and limits have at most; None when more than `MOST_DIGITS`."""
    if not levels:
        return 0
    values = np.concatenate([column for f in levels for column in (f.est, f.lwr, f.upr)])
    values = values[~np.isnan(values)]
    return next((digits for digits in range(MOST_DIGITS + 1) if (np.round(values, digits) == values).all()), None)


def pack(text: bytes) -> bytes:
    """Compress to one gzip member without a time stamp."""
    return zlib.compress(text, COMPRESSION_LEVEL, wbits=31)


def unpack(body: bytes) -> bytes:
    """Undo `pack`."""
    return zlib.decompress(body, wbits=31)


def _columns(figures: Figures, digits: int | None) -> dict[str, NDArray[Any]]:
    """The numbers of a layer in the order in which it names them; whole numbers as integers where none is absent."""
    columns: dict[str, NDArray[Any]] = {
        "n": _whole(np.where(figures.n < 0, np.nan, figures.n)),
        "est": _whole(figures.est) if digits == 0 else figures.est,
    }
    if digits is None:
        columns |= {"lwr": figures.lwr, "upr": figures.upr}
    else:
        margin = np.round(figures.est - figures.lwr, digits)
        skew = np.rint((figures.upr - figures.est - margin) * 10.0**digits)
        columns["margin"] = _whole(margin) if digits == 0 else margin
        columns["skew"] = _whole(np.nan_to_num(skew))
    if figures.noise_sd.any():
        columns["noise_sd"] = figures.noise_sd
    return columns


def _whole(values: NDArray[np.float64]) -> NDArray[Any]:
    """Whole numbers without a decimal point; an object array with None where some are absent."""
    absent = np.isnan(values)
    if not absent.any():
        return values.astype(np.int64)
    out = np.empty(len(values), dtype=object)
    out[:] = [None if gone else int(value) for value, gone in zip(values.tolist(), absent.tolist(), strict=True)]
    return out


def _json(values: NDArray[Any]) -> Any:
    return values.tolist() if values.dtype == object else np.ascontiguousarray(values)
