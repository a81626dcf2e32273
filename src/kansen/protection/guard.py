"""What protection has to know of a whole cohort before it can say anything of one outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kansen.cohorts.declarations import Basis, Outcome
from kansen.files import read_json, write_json
from kansen.measures import Estimates
from kansen.moments import Prepared, PreparedCohort
from kansen.progress import Progress
from kansen.protection.beside import Cells
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
        cls,
        cohort: PreparedCohort,
        outcomes: Sequence[Outcome],
        profile: Profile,
        vault: Path | None = None,
        progress: Progress | None = None,
    ) -> Guard:
        """Decide it, under a profile.

        vault : where it is kept which areas stay silent, so that they are the same ones in the next release: what two
        releases told of different areas, together, would be more than either was meant to tell.
        """
        if profile.exact != "closed":
            return cls({})
        closed: dict[Basis, Closed] = {}
        for basis, prepared in cohort.items():
            of_basis = [outcome for outcome in outcomes if outcome.basis == basis]
            keep = (
                vault and vault / "silent" / f"{'-'.join(dict.fromkeys(one.cohort for one in of_basis))}-{basis}.json"
            )
            closed[basis] = close(
                prepared,
                of_basis,
                least=profile.min_n,
                attributes=profile.attributes or 0,
                spine=profile.spine,
                silent=(keep and read_json(keep)) or {},
                progress=progress,
            )
            if keep:
                write_json(keep, closed[basis].silent(prepared[0].areas))
        return cls(closed)

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

    def counted(self, cells: Mapping[str, Cells], prepared: Prepared) -> dict[str, NDArray[np.bool_]] | None:
        """Per level the cells whose number of children any outcome tells exactly; None where all that pass do."""
        closed = self.closed.get(prepared.basis)
        if closed is None:
            return None
        grid = closed.people.grids.index(prepared.grid)
        return {level: closed.counted(level, grid)[cells[level].area, cells[level].group] for level in closed.levels}
