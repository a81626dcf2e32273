"""Write aside, then rename: a reader never sees half a file or half a directory."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kansen.errors import StorageError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


def storage_error(error: OSError, path: Path) -> StorageError:
    """The message for a disk that is full, read-only or closed to us."""
    return StorageError(
        "Cannot write",
        where=path,
        found=os.strerror(error.errno) if error.errno else str(error),
        expected="a folder with enough free space that may be written to",
        todo="free some space or choose another folder, and run the same command again: finished steps are kept",
    )


@contextmanager
def guard_storage(path: Path) -> Iterator[None]:
    """Turn a full or closed disk into one clear message about `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise storage_error(error, path) from error
        raise


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, unless they are there. Raises `StorageError` when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, path) from error


def _aside(path: Path) -> Path:
    """A fresh name beside `path` that carries our process number; leftovers of processes that died are removed."""
    for left in path.parent.glob(f".{path.name}.*"):
        owner = left.name.rsplit(".", 2)[-2].split("-")[0]
        if left.suffix not in (".tmp", ".old") or not owner.isdigit() or _runs(int(owner)):
            continue
        if left.suffix == ".old" and not path.exists():  # died between the two renames: nothing may be lost
            left.replace(path)
        elif left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it into place when the block ends well, remove it otherwise."""
    with guard_storage(path):
        make_folder(path.parent)
        aside = _aside(path)
        try:
            yield aside
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


@contextmanager
def atomic_dir(path: Path) -> Iterator[Path]:
    """The same for a whole directory. An existing `path` is replaced only when the block ends well."""
    with guard_storage(path):
        make_folder(path.parent)
        aside = _aside(path)
        aside.mkdir()
        try:
            yield aside
            old = aside.with_suffix(".old")
            if path.exists():
                path.replace(old)
            aside.replace(path)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as readable, stable JSON (UTF-8, key order as given, newline at the end)."""
    with atomic_path(path) as aside:
        aside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file of ours; None when it is not there, or is not whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class HashedFile(io.FileIO):
    """A new file that is hashed while it is written from start to end, so that nobody has to read it again.

    `written` is how many bytes it holds, `sha256` their hash so far, as 64 hexadecimal digits.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "xb")
        self._hash = hashlib.sha256()
        self.written = 0

    def write(self, content: Buffer, /) -> int:
        """Write all of it, even where the system takes it in pieces."""
        whole = memoryview(content)
        if not whole.nbytes:
            return 0
        left = whole.cast("B")
        self._hash.update(left)
        self.written += len(left)
        while left:
            left = left[super().write(left) :]
        return whole.nbytes

    @property
    def sha256(self) -> str:
        """The hash of what was written."""
        return self._hash.hexdigest()


@cache
def code_digest(*rooms: str) -> str:
    """A hash of the code and declarations of some rooms of this package (all of it without any).

    Work that is kept for later is kept under this: another version of the code never takes it for its own.
    """
    home = Path(__file__).parent
    paths = [path for room in rooms or (".",) for path in (home / room).rglob("*")]
    digest = hashlib.sha256()
    for path in sorted({path for path in paths if path.suffix in (".py", ".toml", ".csv")}):
        digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
