"""Map layers: one outcome, one group, one level. Stored as columns of small whole numbers, told as small JSON.

A bundle (`layers/OUTCOME.bin`) holds, per level, the figures sorted by group and area as columns of the smallest type
that fits: estimates and margins as multiples of the last digit, areas as positions in the table of areas. So any layer
is a slice of each column, found by its group without a search, and nothing is decompressed to get at it.

Limits take the most room of a layer, and a rounded estimate with its rounded limits is nearly symmetric. So a layer
holds the margin (estimate minus lower limit) and the skew (what the upper limit is further away, in steps of the last
digit): a fifth smaller, and nothing is lost. `decode_layer` gives the limits back.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kansen.release.format import COMPRESSION_LEVEL, LETTERS

MOST_DIGITS = 6
"""Figures with more decimals than this count as unrounded: their limits are stored as they are."""

LAYER_LEVEL = 3
"""How hard a layer is compressed: a third of the time of the usual level, for a twentieth more bytes."""

_ALIGNED = 8


@dataclass(frozen=True)
class Figures:
    """Shown figures of one outcome at one level, sorted by group, then area.

    `group` and `area` are positions in the lists of group and area ids; `n` is -1 where it is not told, limits are NaN
    where there is no interval, `noise_sd` is 0 where exact, `reliability` a position in `LETTERS`. Shapes: (cells,).
    """

    group: NDArray[np.int32]
    area: NDArray[np.int32]
    n: NDArray[np.int32]
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
        if len(parts) == 1:
            return parts[0]
        if not parts:
            whole, none = np.empty(0, dtype=np.int32), np.empty(0)
            return cls(whole, whole, whole, none, none, none, none, np.empty(0, dtype=np.int8))
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


# writing


def encode_bundle(outcome: str, levels: Mapping[str, Figures], groups: int) -> tuple[bytes, dict[str, Any]]:
    """The figures of an outcome as one bundle and its index, the content of `layers/OUTCOME.json`.

    groups : how many groups the release has. The index names, per level and column, its type (as numpy calls it), the
    byte at which it starts and its length. Columns: `start` (the first figure of each group, and the end of the last),
    area, n (-1: not told), est, margin (-1: no interval), skew, noise_sd, reliability (0 to 2: A to C); est, margin and
    skew in steps of the last digit; skew and noise_sd are left out where all are zero. Of figures that are not rounded
    (`digits` null) it holds est, lwr and upr as they are (NaN: no interval).
    """
    digits = common_digits(list(levels.values()))
    parts: list[bytes] = []
    index: dict[str, Any] = {}
    offset = 0
    for level, figures in levels.items():
        columns: dict[str, Any] = {}
        for name, values in _columns(figures, groups, digits).items():
            stored = _smallest(values)
            raw = stored.tobytes()
            columns[name] = [stored.dtype.str, offset, len(stored)]
            parts += [raw, bytes(-len(raw) % _ALIGNED)]
            offset += len(raw) + len(parts[-1])
        index[level] = columns
    return b"".join(parts), {"outcome": outcome, "digits": digits, "levels": index}


def _columns(figures: Figures, groups: int, digits: int | None) -> dict[str, NDArray[Any]]:
    start = np.searchsorted(figures.group, np.arange(groups + 1, dtype=np.int32))
    columns: dict[str, NDArray[Any]] = {"start": start, "area": figures.area, "n": figures.n}
    if digits is None:
        columns |= {"est": figures.est, "lwr": figures.lwr, "upr": figures.upr}
    else:
        est, lwr, upr = (_steps(values, digits) for values in (figures.est, figures.lwr, figures.upr))
        columns |= {"est": est, "margin": np.where(lwr == _NONE, -1, est - lwr)}
        columns["skew"] = np.where(upr == _NONE, 0, upr + lwr - 2 * est)
    columns |= {"noise_sd": figures.noise_sd, "reliability": figures.reliability}
    return {name: values for name, values in columns.items() if name not in ("skew", "noise_sd") or values.any()}


_NONE = np.iinfo(np.int64).min


def _steps(values: NDArray[np.float64], digits: int) -> NDArray[np.int64]:
    """Rounded numbers as multiples of their last digit; `_NONE` where there is none."""
    absent = np.isnan(values)
    scaled = np.rint(values * 10.0**digits)
    if not absent.any():
        return scaled.astype(np.int64)
    return np.where(absent, _NONE, np.where(absent, 0, scaled).astype(np.int64))


def _smallest(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type that holds them all."""
    if values.dtype.kind == "f":
        return values.astype("<f8", copy=False)
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for name in ("u1", "i1", "<u2", "<i2", "<u4", "<i4"):
        info = np.iinfo(name)
        if info.min <= least and most <= info.max:
            return values.astype(name)
    return values.astype("<i8")


def common_digits(levels: Sequence[Figures]) -> int | None:
    """How many decimals all estimates and limits have at most; None when more than `MOST_DIGITS`."""
    digits: int | None = 0
    for column in (column for of in levels for column in (of.est, of.lwr, of.upr)):
        while digits is not None and not _has_digits(column, digits):
            digits = digits + 1 if digits < MOST_DIGITS else None
    return digits


def _has_digits(values: NDArray[np.float64], digits: int) -> bool:
    """Whether no number has more decimals; a few are tried before all are."""
    return all(bool(((np.round(some, digits) == some) | np.isnan(some)).all()) for some in (values[:100], values[100:]))


# reading


class Bundle:
    """A bundle that is open for reading: every layer of an outcome as slices of its columns."""

    def __init__(self, read: Callable[[int, int], bytes], index: Mapping[str, Any]) -> None:
        """read : gives the bytes of the bundle from a byte on, as many as are asked for."""
        self.outcome: str = index["outcome"]
        self.digits: int | None = index["digits"]
        self._read = read
        self._levels: dict[str, dict[str, tuple[np.dtype[Any], int, int]]] = {
            level: {name: (np.dtype(kind), at, size) for name, (kind, at, size) in columns.items()}
            for level, columns in index["levels"].items()
        }
        self._start = {level: self._column(columns["start"], 0, None) for level, columns in self._levels.items()}

    def _column(self, column: tuple[np.dtype[Any], int, int], first: int, last: int | None) -> NDArray[Any]:
        kind, at, size = column
        length = (size if last is None else last) - first
        return np.frombuffer(self._read(at + first * kind.itemsize, length * kind.itemsize), kind)

    def figures(self, level: str, group: int) -> dict[str, NDArray[Any]]:
        """The columns of one layer: area, n, est, lwr, upr, noise_sd, reliability; empty where nothing is shown.

        n is -1 where it is not told; limits are NaN where there is no interval.
        """
        rows = self._rows(level, group)
        columns = {name: rows[name] for name in ("area", "n", "reliability")}
        columns["noise_sd"] = rows.get("noise_sd", np.zeros(len(rows["area"])))
        if self.digits is None:
            return columns | {name: rows[name] for name in ("est", "lwr", "upr")}
        est, margin = (rows[name].astype(np.int64) for name in ("est", "margin"))
        power = 10.0**self.digits
        columns |= {"est": est / power, "lwr": (est - margin) / power}
        columns["upr"] = (est + margin + rows.get("skew", 0)) / power
        for name in ("lwr", "upr"):
            columns[name] = np.where(margin < 0, np.nan, columns[name])
        return columns

    def layer(self, level: str, group: int, name: str, ids: Sequence[str]) -> tuple[bytes, int]:
        """The body of a layer as it is sent (JSON in one gzip member), and how many figures it holds.

        name : the id of the group. ids : the area ids of the level.
        """
        rows = self._rows(level, group)
        cells = len(rows["area"])
        about = {"outcome": self.outcome, "level": level, "group": name}
        body: dict[str, Any] = about | {"areas": [ids[i] for i in rows["area"].tolist()]}
        body["n"] = _whole(rows["n"], -1)
        if self.digits is None:
            body |= {name: _plain(rows[name]) for name in ("est", "lwr", "upr")}
        else:
            power = 10**self.digits
            body["est"] = _plain(rows["est"] if self.digits == 0 else rows["est"] / power)
            body["margin"] = _whole(rows["margin"], -1) if self.digits == 0 else _fraction(rows["margin"], power)
            if "skew" in rows and rows["skew"].any():
                body["skew"] = _plain(rows["skew"])
        if "noise_sd" in rows and rows["noise_sd"].any():
            body["noise_sd"] = _plain(rows["noise_sd"])
        body["reliability"] = _LETTERS[rows["reliability"]].tobytes().decode("ascii")
        body["digits"] = self.digits if cells else 0
        return pack(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), LAYER_LEVEL), cells

    def _rows(self, level: str, group: int) -> dict[str, NDArray[Any]]:
        columns = self._levels.get(level)
        first, last = self._start[level][group : group + 2].tolist() if columns else (0, 0)
        if columns is None or first == last:
            return dict.fromkeys(("area", "n", "est", "margin", "lwr", "upr", "reliability"), _NOBODY)
        return {name: self._column(of, first, last) for name, of in columns.items() if name != "start"}


_NOBODY = np.zeros(0, dtype=np.uint8)
_LETTERS = np.frombuffer("".join(LETTERS).encode("ascii"), dtype=np.uint8)


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


def pack(text: bytes, level: int = COMPRESSION_LEVEL) -> bytes:
    """Compress to one gzip member without a time stamp."""
    return zlib.compress(text, level, wbits=31)


def unpack(body: bytes) -> bytes:
    """Undo `pack`."""
    return zlib.decompress(body, wbits=31)


def _plain(values: NDArray[Any]) -> Any:
    """Numbers as orjson writes them; NaN becomes null."""
    return np.ascontiguousarray(values)


def _whole(values: NDArray[Any], absent: int) -> Any:
    """Whole numbers, None where they are `absent`."""
    if not (values == absent).any():
        return _plain(values)
    return [None if value == absent else value for value in values.tolist()]


def _fraction(values: NDArray[Any], power: int) -> Any:
    """Multiples of the last digit as numbers, null where they are negative."""
    return _plain(np.where(values < 0, np.nan, values / power))
