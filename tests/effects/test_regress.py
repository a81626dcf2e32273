"""How much one row moves a coefficient, against leaving every row out in turn."""

from __future__ import annotations

import numpy as np
import pytest

from kansen.effects.regress import fit

pytest.importorskip("pyfixest")


@pytest.mark.parametrize("outlier", [0.0, 30.0])
def test_the_row_that_moves_most_is_found(outlier: float) -> None:
    rng = np.random.default_rng(1)
    n = 300
    columns = {
        "x": rng.normal(size=n),
        "z": rng.normal(size=n),
        "g": rng.integers(0, 12, n),
        "h": rng.integers(0, 30, n),
    }
    columns["y"] = 2 * columns["x"] + columns["g"] + rng.normal(size=n)
    columns["y"][17] += outlier
    found = fit(columns, "y ~ x + z | g + h", "g")
    design = np.column_stack([columns["x"], columns["z"], np.eye(12)[columns["g"]], np.eye(30)[columns["h"]]])
    moved = np.zeros(2)
    for row in range(n):
        rest = np.arange(n) != row
        other = np.linalg.lstsq(design[rest], columns["y"][rest], rcond=None)[0][:2]
        moved = np.maximum(moved, np.abs(other - found.values))
    assert found.largest == pytest.approx(moved, rel=0.25)
    assert (found.largest >= 0.85 * moved).all()
