"""What protection has to know of a whole cohort before it can say anything of one outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Basis, Outcome
from kansen.measures import Estimates
from kansen.moments import Prepared, PreparedCohort
from kansen.progress import Progress
from kansen.protection.closure import Closed, close
from kansen.protection.profiles import Profile


@dataclass(frozen=True)
class Guard:
    """Which cells of a cohort are told exactly, decided for all its outcomes together.

    closed : per basis of areas; nothing under a profile that is not closed.
    """

    closed: Mapping[Basis, Closed]

    @classmethod
    def of(
        cls, cohort: PreparedCohort, outcomes: Sequence[Outcome], profile: Profile, progress: Progress | None = None
    ) -> Guard:
        """Decide it, under a profile."""
        if profile.exact != "closed":
            return cls({})
        return cls(
            {
                basis: close(
                    prepared,
                    [outcome for outcome in outcomes if outcome.basis == basis],
                    least=profile.min_n,
                    attributes=profile.attributes or 0,
                    spine=profile.spine,
                    progress=progress,
                )
                for basis, prepared in cohort.items()
            }
        )

    def exact(
        self, estimates: Mapping[str, Estimates], outcome: Outcome, prepared: Prepared
    ) -> dict[str, NDArray[np.bool_]] | None:
        """Per level which rows of the estimates of an outcome are told exactly; None where all that pass are."""
        closed = self.closed.get(outcome.basis)
        if closed is None:
            return None
        grid = closed.people.grids.index(prepared.grid)
        return {
            level: closed.exact(outcome.id, level, grid)[estimates[level].area, estimates[level].group]
            for level in closed.levels
        }
