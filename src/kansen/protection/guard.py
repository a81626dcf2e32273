"""What protection has to know of a whole cohort before it can say anything of one outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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

    closed : per basis of areas; empty under a profile that is not closed. Outcomes of one basis are told exactly, those
    of which there are most: the same children are in all bases, and figures of two would have to be closed together.
    """

    closed: Mapping[Basis, Closed | None]

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
        counts = Counter[Basis](outcome.basis for outcome in outcomes)
        chosen = max(counts, key=lambda basis: counts[basis])
        prepared = cohort[chosen]
        told = [outcome for outcome in outcomes if outcome.basis == chosen]
        keep = vault and vault / "silent" / f"{told[0].cohort}.json"
        closed = close(
            prepared,
            told,
            least=profile.min_n,
            attributes=profile.attributes or 0,
            spine=profile.spine,
            silent=(keep and read_json(keep)) or {},
            beside=prepared[0].levels if profile.noise else (),
            progress=progress,
        )
        if keep:
            write_json(keep, closed.silent(prepared[0].areas))
        return cls({basis: closed if basis == chosen else None for basis in cohort})

    def exact(
        self, estimates: Mapping[str, Estimates], outcome: Outcome, prepared: Prepared
    ) -> dict[str, NDArray[np.bool_]] | None:
        """Per level which rows of the estimates of an outcome are told exactly; None where all that pass are."""
        return self._told(estimates, prepared, lambda closed: partial(closed.exact, outcome.id))

    def counted(self, cells: Mapping[str, Cells], prepared: Prepared) -> dict[str, NDArray[np.bool_]] | None:
        """Per level the cells whose number of children any outcome tells exactly; None where all that pass do."""
        return self._told(cells, prepared, lambda closed: closed.counted)

    def _told(
        self,
        cells: Mapping[str, Cells],
        prepared: Prepared,
        flags: Callable[[Closed], Callable[[str, int], NDArray[np.bool_]]],
    ) -> dict[str, NDArray[np.bool_]] | None:
        if not self.closed:
            return None
        closed = self.closed[prepared.basis]
        if closed is None:
            return {}
        of, grid = flags(closed), closed.people.grids.index(prepared.grid)
        return {level: of(level, grid)[cells[level].area, cells[level].group] for level in closed.levels}

    def spine(self, prepared: Prepared) -> tuple[str, ...]:
        """The levels with exact figures where not all that pass are exact, from large to small."""
        closed = self.closed.get(prepared.basis)
        return closed.levels if closed else ()
