"""Kansen: an open opportunity atlas. `kansen.pipeline` is the file to read first; `kansen.open` reads a release."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from kansen.opened import Opened

__version__ = "0.1.0"

_ROOMS = ("effects", "errors", "geography", "measures", "pipeline", "precision", "release")


def open(path: str | Path) -> Opened:
    """Open a release for a notebook: `r = kansen.open("kansen-demo/release"); r.layer("c35_income")`.

    Nothing heavy is loaded before this is called. `kansen.errors.ReleaseError` when it is no release, or damaged.
    """
    from kansen import opened

    return opened.open(path)


def __getattr__(name: str) -> Any:
    """The rooms that a notebook uses are loaded when they are first named."""
    if name in _ROOMS:
        return import_module(f"kansen.{name}")
    raise AttributeError(f"module 'kansen' has no attribute {name!r}")
