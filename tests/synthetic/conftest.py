"""Small synthetic countries, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansen import synthetic
from kansen.synthetic.country import Country, make_country


@pytest.fixture(scope="package")
def country() -> Country:
    """18,000 children, in memory."""
    return make_country(scale=0.02, seed=7)


@pytest.fixture(scope="package")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,700 children, as Parquet and as SPSS."""
    root = tmp_path_factory.mktemp("synthetic") / "registers"
    synthetic.write(root, scale=0.003, seed=7, formats=("parquet", "sav"))
    return root
