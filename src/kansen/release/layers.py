"""Read map layers (one outcome, one group, one level): stored as columns of small whole numbers, told as small JSON.

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
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kansen.release.format import COMPRESSION_LEVEL, LETTERS

LAYER_LEVEL = 3
"""How hard a layer is compressed: a third of the time of the usual level, for a twentieth more bytes."""


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
        columns["noise_sd"] = self._noise(rows)
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
            body["noise_sd"] = _plain(self._noise(rows))
        body["reliability"] = _LETTERS[rows["reliability"]].tobytes().decode("ascii")
        body["digits"] = self.digits if cells else 0
        return pack(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), LAYER_LEVEL), cells

    def _noise(self, rows: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """The noise in the unit of the outcome: stored in steps of the last digit when it is whole numbers."""
        stored = rows.get("noise_sd")
        if stored is None:
            return np.zeros(len(rows["area"]))
        return stored if stored.dtype.kind == "f" else stored / 10.0 ** (self.digits or 0)

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
