"""A delivery in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty folder for the delivered tables."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    return folder


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """The confidential folder; nothing is in it yet."""
    return tmp_path / "vault"
