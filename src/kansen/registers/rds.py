"""Read a data frame from an R file (`.rds`, as `saveRDS` writes it) into Arrow columns.

Only what a table can hold is kept: texts, whole and real numbers, truth values, factors, days and times, and the value
labels that haven leaves on a column. Everything else in the file (functions, environments) is walked past. The file is
read as a stream; the columns are in memory, because R writes their names last.

The format is described in "R Internals", section 1.8 (serialization formats, XDR, versions 2 and 3).
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

_UNUSABLE = pa.list_(pa.null())
"""Stands for lists, complex numbers and bytes: no column of a table holds them."""

_BLOCK = 1 << 22
_DEEPEST = 100
_NA_INT = -(2**31)
_LATIN1 = 1 << 2

_SYM, _LIST, _CLOSURE, _ENV, _PROMISE, _LANG, _SPECIAL, _BUILTIN, _CHAR = 1, 2, 3, 4, 5, 6, 7, 8, 9
_LOGICAL, _INT, _REAL, _COMPLEX, _STRINGS, _DOTS, _VECTOR, _EXPRESSION = 10, 13, 14, 15, 16, 17, 19, 20
_BYTECODE, _POINTER, _WEAK, _RAW, _S4 = 21, 22, 23, 24, 25
_ALTREP, _ATTR_LIST, _ATTR_LANG, _NAMESPACE, _PACKAGE, _PERSISTENT, _REFERENCE = 238, 239, 240, 249, 248, 247, 255
_CONSTANTS = {241, 242, 250, 251, 252, 253, 254}  # base and empty environments, missing and unbound, global, NULL
_PAIRS = {_LIST, _CLOSURE, _PROMISE, _LANG, _DOTS, _ATTR_LIST, _ATTR_LANG}

_ORDERS = {b"X\n": ">", b"B\n": "<"}  # XDR is big-endian; the "native" format little-endian on the machines of today
_OPENERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}


class RdsError(Exception):
    """The file is no data frame that can be read; the text says why."""


@dataclass(frozen=True)
class Frame:
    """A data frame: its columns by name, all of the same length, and the value labels of those that have any."""

    columns: dict[str, pa.Array]
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values()), ()))


@dataclass
class _Value:
    """One R object: its vector (an Arrow array, a list of values, or None for what no table holds) and attributes."""

    content: Any = None
    attributes: dict[str, _Value] = field(default_factory=dict)


def read_rds(path: Path) -> Frame:
    """The data frame in an `.rds` file.

    Raises `RdsError` for a file that is damaged, truncated, or holds something else, and `OSError` when it cannot be
    opened.
    """
    with path.open("rb") as raw:
        opener = _OPENERS.get(raw.read(2))
        raw.seek(0)
        try:
            with io.BufferedReader(opener(raw), _BLOCK) if opener else raw as stream:
                return _frame(_Reader(stream).object())
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise RdsError(str(error) or "the file ends too early") from error
        except (LookupError, struct.error, pa.ArrowException, ValueError, OverflowError) as error:
            raise RdsError(f"not as R writes it ({error})") from error


class _Reader:
    """Walks a serialized stream. The methods follow the order of the format: flags, content, attributes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.read = stream.read
        self.references: list[_Value] = []
        self.encoding = "utf-8"
        self.order = _ORDERS.get(self.take(2), "")
        if not self.order:
            raise RdsError("not in R's binary format, which saveRDS writes unless told otherwise")
        version, _, _ = self.integers(3)
        if version not in (2, 3):
            raise RdsError(f"version {version} of R's format; 2 and 3 can be read")
        if version == 3:
            self.encoding = self.take(self.integer()).decode("ascii")

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes. Read in blocks, so that a damaged length cannot ask for all memory at once."""
        if count < 0:
            raise RdsError("a negative length")
        if count <= _BLOCK:
            found = self.read(count)
        else:
            parts = bytearray()
            while len(parts) < count and (part := self.read(min(_BLOCK, count - len(parts)))):
                parts += part
            found = bytes(parts)
        if len(found) != count:
            raise RdsError("the file ends too early")
        return found

    def integer(self) -> int:
        return struct.unpack(f"{self.order}i", self.take(4))[0]

    def integers(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"{self.order}{count}i", self.take(4 * count))

    def length(self) -> int:
        count = self.integer()
        if count == -1:
            high, low = self.integers(2)
            count = (high << 32) + (low & 0xFFFFFFFF)
        return count

    def object(self, depth: int = 0) -> _Value:
        """The next object."""
        if depth > _DEEPEST:
            raise RdsError("objects within objects, too deep for a table")
        return self.rest(self.integer() & 0xFFFFFFFF, depth)

    def rest(self, flags: int, depth: int) -> _Value:
        """The object whose flags were read."""
        kind = flags & 0xFF
        if kind in _CONSTANTS:
            return _Value()
        if kind == _REFERENCE:
            return self.reference((flags >> 8) or self.integer())
        if kind in _PAIRS:
            return self.pairs(kind, flags, depth)
        made = self.special(kind, depth)
        if made is None:
            made = _Value(self.vector(kind, depth))
        if flags & 0x200:
            made.attributes.update(self.named(self.object(depth + 1)))
        return made

    def reference(self, index: int) -> _Value:
        if not 0 < index <= len(self.references):
            raise RdsError("a reference to nothing")
        return self.references[index - 1]

    def special(self, kind: int, depth: int) -> _Value | None:
        """What is no vector; None when `kind` is one."""
        made = _Value()
        if kind == _SYM:
            self.references.append(made)
            made.content = self.object(depth + 1).content
        elif kind == _ENV:
            self.references.append(made)
            self.integer()
            for _ in range(4):
                self.object(depth + 1)
        elif kind in (_NAMESPACE, _PACKAGE, _PERSISTENT):
            self.references.append(made)
            self.integer()
            for _ in range(self.length()):
                self.object(depth + 1)
        elif kind in (_POINTER, _WEAK):
            self.references.append(made)
            for _ in range(2 if kind == _POINTER else 0):
                self.object(depth + 1)
        elif kind == _CHAR:
            made.content = self.text()
        elif kind == _ALTREP:
            return self.compact(depth)
        elif kind in (_SPECIAL, _BUILTIN):
            self.take(self.integer())
        elif kind != _S4:
            return None
        return made

    def pairs(self, kind: int, flags: int, depth: int) -> _Value:
        """A pairlist as a list of (tag, value). Walked in a loop, since it may be long."""
        out: list[tuple[Any, _Value]] = []
        attributes: dict[str, _Value] = {}
        while True:
            if flags & 0x200 or kind in (_ATTR_LIST, _ATTR_LANG):
                attributes |= self.named(self.object(depth + 1))
            tag = self.object(depth + 1).content if flags & 0x400 else None
            out.append((tag, self.object(depth + 1)))
            flags = self.integer() & 0xFFFFFFFF
            kind = flags & 0xFF
            if kind not in _PAIRS:
                break
        self.rest(flags, depth + 1)  # nearly always NULL, the end of the list
        return _Value(out, attributes)

    def named(self, pairs: _Value) -> dict[str, _Value]:
        content = pairs.content if isinstance(pairs.content, list) else []
        return {tag: value for tag, value in content if isinstance(tag, str)}

    def compact(self, depth: int) -> _Value:
        """A vector that R kept in a short form: a range, a wrapped vector, or numbers that are shown as text."""
        info, state = self.object(depth + 1), self.object(depth + 1)
        attributes = self.named(self.object(depth + 1))
        name = info.content[0][1].content if isinstance(info.content, list) and info.content else None
        inner = _first(state)
        if name in ("compact_intseq", "compact_realseq") and isinstance(state.content, pa.Array):
            count, start, step = (int(one) for one in state.content.to_pylist())
            kind = pa.int32() if name == "compact_intseq" else pa.float64()
            return _Value(pa.array(start + step * np.arange(count)).cast(kind), attributes)
        if isinstance(name, str) and name.startswith("wrap_") and inner is not None:
            return _Value(inner.content, {**inner.attributes, **attributes})
        if name == "deferred_string" and inner is not None and isinstance(inner.content, pa.Array):
            numbers = inner.content
            whole = pa.types.is_floating(numbers.type) and all(
                one is None or float(one).is_integer() for one in numbers.to_pylist()
            )
            return _Value((numbers.cast(pa.int64()) if whole else numbers).cast(pa.string()), attributes)
        raise RdsError(f"a vector in a form that is not known ({name})")

    def vector(self, kind: int, depth: int) -> Any:
        if kind == _BYTECODE:
            raise RdsError("compiled code; only a data frame can be read")
        count = self.length()
        if kind in (_INT, _LOGICAL):
            return _integers(np.frombuffer(self.take(4 * count), f"{self.order}i4"), truth=kind == _LOGICAL)
        if kind == _REAL:
            values = np.frombuffer(self.take(8 * count), f"{self.order}f8").astype(np.float64)
            return pa.array(values, mask=np.isnan(values))
        if kind == _STRINGS:
            return self.strings(count)
        if kind in (_VECTOR, _EXPRESSION):
            return [(None, self.object(depth + 1)) for _ in range(count)]
        if kind in (_COMPLEX, _RAW):
            self.take(count * (16 if kind == _COMPLEX else 1))
            return pa.nulls(count, _UNUSABLE)
        raise RdsError(f"an object of a kind that is not known ({kind})")

    def text(self) -> str | None:
        size = self.integer()
        return None if size == -1 else self.take(size).decode(self.encoding, errors="replace")

    def strings(self, count: int) -> pa.Array:
        """Texts as one Arrow array, without a Python object for each."""
        read, unpack = self.read, struct.Struct(f"{self.order}Ii").unpack
        content, ends, known = bytearray(), array("q", [0]), bytearray()
        recode = self.encoding.lower() not in ("utf-8", "us-ascii", "ascii")
        for _ in range(count):
            flags, size = unpack(self.take(8))
            if flags & 0xFF != _CHAR:
                raise RdsError("a text that is none")
            if size > 0:
                data = read(size) if size <= _BLOCK else self.take(size)
                if len(data) != size:
                    raise RdsError("the file ends too early")
                if flags >> 12 & _LATIN1 or (recode and not data.isascii()):
                    data = _utf8(data, "cp1252" if flags >> 12 & _LATIN1 else self.encoding)
                content += data
            ends.append(len(content))
            known.append(size >= 0)
        valid = np.packbits(np.frombuffer(known, np.uint8), bitorder="little").tobytes()
        buffers = [pa.py_buffer(valid), pa.py_buffer(ends.tobytes()), pa.py_buffer(bytes(content))]
        texts = pa.LargeStringArray.from_buffers(count, buffers[1], buffers[2], buffers[0])
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:  # not marked as Latin-1, but no UTF-8 either: from a Windows session
            fixed = [None if one is None else one.decode("cp1252", "replace") for one in _bytes(texts)]
            return pa.array(fixed, pa.large_string())
        return texts


def _bytes(texts: pa.LargeStringArray) -> list[bytes | None]:
    return texts.view(pa.large_binary()).to_pylist()


def _utf8(data: bytes, encoding: str) -> bytes:
    return data.decode(encoding, errors="replace").encode()


def _integers(raw: np.ndarray, *, truth: bool) -> pa.Array:
    values = raw.astype(np.int32)
    missing = values == _NA_INT
    if not truth:
        return pa.array(values, mask=missing)
    # A column that R has no value for at all is one of truth values; it says nothing about what it should hold.
    return pa.nulls(len(values)) if missing.all() else pa.array(values != 0, mask=missing)


def _first(value: _Value) -> _Value | None:
    content = value.content
    return content[0][1] if isinstance(content, list) and content else None


def _texts(value: _Value | None) -> list[str]:
    """The texts of a vector of texts; empty for anything else."""
    if value is None or not isinstance(value.content, pa.LargeStringArray):
        return []
    return [text or "" for text in value.content.to_pylist()]


def _frame(value: _Value) -> Frame:
    names, classes = _texts(value.attributes.get("names")), _texts(value.attributes.get("class"))
    if "data.frame" not in classes or not isinstance(value.content, list) or len(names) != len(value.content):
        raise RdsError("an R object that is no data frame")
    columns: dict[str, pa.Array] = {}
    labels: dict[str, dict[str, str]] = {}
    for name, (_, column) in zip(names, value.content, strict=True):
        if name in columns:
            raise RdsError(f"two columns called {name}")
        columns[name] = _column(column)
        found = _labels(column)
        if found:
            labels[name] = found
    if len({len(column) for column in columns.values()}) > 1:
        raise RdsError("columns of different lengths")
    return Frame(columns, labels)


def _column(value: _Value) -> pa.Array:
    """A vector as its class means it: a factor, days, times, large whole numbers, or what it is."""
    classes, content = _texts(value.attributes.get("class")), value.content
    if not isinstance(content, pa.Array):
        return pa.nulls(len(content) if isinstance(content, list) else 0, _UNUSABLE)
    if "factor" in classes:
        levels = _texts(value.attributes.get("levels"))
        codes = content.cast(pa.int64()).to_numpy(zero_copy_only=False)
        position = np.where(np.isnan(codes), 0, codes).astype(np.int64)
        if ((position < 0) | (position > len(levels))).any():
            raise RdsError("a factor with a code that has no level")
        return pa.array([None, *levels], pa.string()).take(pa.array(position))
    if "Date" in classes:
        return _cast(_floor(content), pa.int32(), pa.date32())
    if "POSIXct" in classes:
        return _cast(_floor(content), pa.int64(), pa.timestamp("s"))
    if "integer64" in classes and pa.types.is_floating(content.type):
        raise RdsError("whole numbers of 64 bits, which R keeps as something else; save them as numeric or text")
    return content


def _cast(values: pa.Array, number: pa.DataType, kind: pa.DataType) -> pa.Array:
    return values.cast(number).cast(kind)


def _floor(values: pa.Array) -> pa.Array:
    numbers = np.floor(values.cast(pa.float64()).to_numpy(zero_copy_only=False))
    return pa.array(numbers, mask=np.isnan(numbers))


def _labels(value: _Value) -> dict[str, str]:
    """Value labels that haven keeps: the values, named by their labels."""
    found = value.attributes.get("labels", _Value())
    if not isinstance(found.content, pa.Array):
        return {}
    names: list[str] = _texts(found.attributes.get("names"))
    values = ["" if one is None else _code(one) for one in found.content.to_pylist()]
    return {code: label for code, label in zip(values, names, strict=False) if code}


def _code(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
