"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference data beside the checkout (real boundaries, key figures, known answers)."""
    folder = Path(os.environ.get("KANSEN_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "geo").is_dir():
        pytest.skip(f"reference data not found at {folder} (set KANSEN_SHARED)")
    return folder
