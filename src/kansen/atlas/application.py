"""The browser application's files: kept in memory, compressed once; no path from outside ever reaches the disk."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from kansen.atlas.answers import Stored

STATIC = Path(__file__).with_name("static")
INDEX = "index.html"

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


class Application:
    """The built files of the browser application; empty when `folder` is None or not built."""

    def __init__(self, folder: Path | None) -> None:
        paths = [path for path in folder.rglob("*") if path.is_file()] if folder and folder.is_dir() else []
        self._files = {path.relative_to(folder).as_posix(): _stored(path) for path in paths} if folder else {}

    @property
    def is_built(self) -> bool:
        """Whether there is a start page."""
        return INDEX in self._files

    def find(self, path: str) -> Stored | None:
        """The file at `path`, or the start page where the last part has no dot: such paths are for the browser."""
        if path in self._files:
            return self._files[path]
        return None if "." in path.rpartition("/")[2] else self._files.get(INDEX)


def _stored(path: Path) -> Stored:
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    # Names of assets hold a hash of their content: they never change under the same address.
    return Stored.of(path.read_bytes(), media_type, lasts=path.parent.name == "assets")
