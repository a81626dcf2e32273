"""Whether areas that touch on a map of a release are alike: `kansen.precision.spatial` on its layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from kansen.geography import neighbours
from kansen.precision import Method, spatial
from kansen.release.layers import unpack
from kansen.release.precise import Column, column
from kansen.release.reader import Release

PERMUTATIONS = 9999
"""For clusters: with fewer, no p-value is small enough to be named among thousands of areas."""


@dataclass(frozen=True)
class Touching:
    """A layer laid out over all areas of its level. est : NaN where none is shown. pairs : positions that touch."""

    column: Column
    est: NDArray[np.float64]
    pairs: NDArray[np.int64]

    def moran(self) -> spatial.Autocorrelation:
        """Moran's I. `MissingInputError` without the extra `kansen[analysis]`."""
        return spatial.moran(self.est, self.pairs)

    def clusters(
        self, *, permutations: int = PERMUTATIONS, method: Method = "bh", rate: float = 0.05
    ) -> spatial.Clusters:
        """Local Moran's I, over all areas of the level. `MissingInputError` without the extra `kansen[analysis]`."""
        return spatial.clusters(self.est, self.pairs, permutations=permutations, method=method, rate=rate)


def touching(release: Release, outcome: str, level: str, group: str, view: str, *, less: str | None = None) -> Touching:
    """The figures of a layer and which areas touch on the map `view`. `UsageError` for an id or map it lacks.

    less : a group that is taken off, in the areas that have both figures.
    """
    of = column(release, outcome, level, group, less=less)
    est = np.full(len(release.areas.index(level)), np.nan)
    est[of.position] = of.est
    pairs = neighbours(orjson.loads(unpack(release.geometry(level, view))), release.areas.index(level))
    return Touching(of, est, pairs)
