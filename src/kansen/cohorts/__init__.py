"""Who is followed, from where, and what became of them: cohorts as declarations."""

from kansen.cohorts.attrition import Attrition
from kansen.cohorts.build import COLUMNS, Cohort, build_cohort
from kansen.cohorts.compat import (
    compat_public,
    positions_left_out,
    protection_changed,
    quirks_named,
    with_quirks,
)
from kansen.cohorts.declarations import (
    CohortDeclaration,
    Label,
    Outcome,
    Theme,
    child_cohorts,
    cohort_ids,
    load_cohort,
    load_themes,
    read_cohort,
)
from kansen.cohorts.origins import classification_named
from kansen.cohorts.ready import ReadyCohort, read_ready
from kansen.cohorts.requirements import cohort_requirements, needs
from kansen.cohorts.spec import ReadyDeclaration, Spec, read_spec

__all__ = [
    "COLUMNS",
    "Attrition",
    "Cohort",
    "CohortDeclaration",
    "Label",
    "Outcome",
    "ReadyCohort",
    "ReadyDeclaration",
    "Spec",
    "Theme",
    "build_cohort",
    "child_cohorts",
    "classification_named",
    "cohort_ids",
    "cohort_requirements",
    "compat_public",
    "load_cohort",
    "load_themes",
    "needs",
    "positions_left_out",
    "protection_changed",
    "quirks_named",
    "read_cohort",
    "read_ready",
    "read_spec",
    "with_quirks",
]
