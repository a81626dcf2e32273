"""`kansen demo`: a synthetic Netherlands, its release and its audit in one folder, made once and reused."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from kansen import auditing, effects, pipeline, synthetic
from kansen.errors import ReleaseError
from kansen.files import code_digest, read_json, write_json
from kansen.progress import Progress, Quiet
from kansen.protection import protect_effect
from kansen.release import open_release
from kansen.release.attachments import attach_effect
from kansen.synthetic.movers import draw_movers

COHORTS = ("age35", "working_life")
RESIDENTS = 0.1
"""The part of the residents of working age that is drawn: five times the years of birth, over twenty years."""
OUTCOMES = (
    *(
        f"c35_{name}"
        for name in (
            "income", "income_perc", "top_20_income", "bottom_20_income", "household_income", "employed",
            "social_assistance", "hbo_attained", "wo_attained", "mhc", "total_health_costs", "wealth", "hourly_wage",
            "hrs_work_pw", "living_space_pp", "age_left_parents", "more_than_parents",
        )
    ),
    "wl_income", "wl_income_10", "wl_income_10_perc", "wl_low_left_1",
)  # fmt: skip
"""What the demonstration shows: a choice of two cohorts, so that it is made within a minute or four."""


def make(folder: Path, *, scale: float = 1.0, seed: int = 1, progress: Progress | None = None) -> Path:
    """Make (or find) the demonstration release below `folder` and return its path.

    What an earlier run left is used when `demo.json` says that this version of Kansen made it and it is still whole;
    otherwise it is made again.
    """
    progress = progress or Quiet()
    registers, release, note = folder / "registers", folder / "release", folder / "demo.json"
    part = {"scale": scale, "seed": seed, "cohorts": list(COHORTS), "residents": RESIDENTS}
    country = {**part, "synthetic": code_digest("synthetic")}
    wanted = {**country, "code": code_digest()}
    kept = read_json(note) or {}
    if kept != wanted or not _opens(release):
        if not registers.is_dir() or not country.items() <= kept.items():
            note.unlink(missing_ok=True)
            synthetic.write(
                registers, scale=scale, seed=seed, cohorts=COHORTS, residents=RESIDENTS, replace=True, progress=progress
            )
            write_json(note, country)
        pipeline.build(registers, release, cohorts=COHORTS, outcomes=OUTCOMES, replace=True, progress=progress)
        report = auditing.audit_release(release, progress=progress)
        auditing.attach(release, report)
        progress.say(report.line())
        _attach_movers(release, seed, progress)
        write_json(note, wanted)
    else:
        progress.say(f"Using the release of an earlier run in {release}.")
    return release


def _attach_movers(release: Path, seed: int, progress: Progress) -> None:
    """Show an effect too: of children who move, as many as in the whole country. Not without the extra `analysis`."""
    if find_spec("pyfixest") is None:
        progress.say("No effect is attached: that needs pip install 'kansen[analysis]'.")
        return
    found = effects.exposure(draw_movers(1.0, seed), "income")
    attach_effect(release, protect_effect(found, effects.about_effect("movers")))


def _opens(release: Path) -> bool:
    try:
        open_release(release).close()
    except ReleaseError:
        return False
    return True
