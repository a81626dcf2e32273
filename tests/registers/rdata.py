"""Writes a data frame as R's saveRDS does (XDR, version 3, gzip), for tests of the reader."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence

NIL, ATTRIBUTES, TAGGED = 254, 0x200, 0x400


def _int(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}i", *numbers)


def _char(text: str | None, encoding: str = "utf-8") -> bytes:
    if text is None:
        return _int(9, -1)
    data = text.encode(encoding)
    level = 64 if data.isascii() else 8 if encoding == "utf-8" else 4
    return _int(9 | level << 12, len(data)) + data


def _pairs(attributes: dict[str, bytes]) -> bytes:
    nodes = [_int(2 | TAGGED) + _int(1) + _char(name) + value for name, value in attributes.items()]
    return b"".join(nodes) + _int(NIL)


def vector(values: Sequence[object], encoding: str = "utf-8", **attributes: bytes) -> bytes:
    """A vector of texts, whole or real numbers, or truth values; None is NA."""
    known = [value for value in values if value is not None]
    flags = ATTRIBUTES if attributes else 0
    flags |= 0x100 if "class" in attributes else 0
    if known and isinstance(known[0], str):
        body = _int(16 | flags, len(values)) + b"".join(_char(v, encoding) for v in values)  # type: ignore[arg-type]
    elif known and isinstance(known[0], float):
        numbers = [float("nan") if value is None else value for value in values]
        body = _int(14 | flags, len(values)) + struct.pack(f">{len(values)}d", *numbers)
    else:
        kind = 10 if not known or isinstance(known[0], bool) else 13
        numbers = [-(2**31) if value is None else int(value) for value in values]  # type: ignore[call-overload]
        body = _int(kind | flags, len(values)) + _int(*numbers)
    return body + (_pairs(attributes) if attributes else b"")


def frame(columns: dict[str, bytes], rows: int) -> bytes:
    """A data frame of vectors, as the bytes of a file."""
    attributes = {
        "names": vector(list(columns)) if columns else vector([]),
        "class": vector(["tbl_df", "tbl", "data.frame"]),
        "row.names": vector([None, -rows] if rows else []),
    }
    body = _int(19 | 0x100 | ATTRIBUTES, len(columns)) + b"".join(columns.values()) + _pairs(attributes)
    head = b"X\n" + _int(3, 0x040202, 0x030500, 5) + b"UTF-8"
    return gzip.compress(head + body, mtime=0)
