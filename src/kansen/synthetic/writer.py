"""`kansen synth`: a synthetic country as register tables, and the truth beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import kansen
from kansen.errors import UsageError
from kansen.files import atomic_dir, read_json, write_json
from kansen.progress import Progress, Quiet, Task
from kansen.synthetic import (
    adult_tables,
    circumstance_tables,
    education_tables,
    housing,
    mbo,
    parent_tables,
    resident_tables,
    tables,
    youth_tables,
)
from kansen.synthetic.country import SMALLEST, Country, check, make_country
from kansen.synthetic.delivery import Delivery, Step
from kansen.synthetic.files import FORMATS, TableFile
from kansen.synthetic.mbo import load_mbo
from kansen.synthetic.movers import write_movers
from kansen.synthetic.parameters import load_youth
from kansen.synthetic.places import load_places
from kansen.synthetic.record import write_truth
from kansen.synthetic.residents import load_residents, make_residents, parts_of, people_at
from kansen.synthetic.residents_truth import ResidentTruth
from kansen.synthetic.windows import load_windows, years
from kansen.synthetic.young import Young, make_young, regions
from kansen.synthetic.youth_record import cohort_truth, place_effects
from kansen.synthetic.youth_truth import YouthTruth

COHORTS = tuple(load_windows())
"""Names of the cohorts of children, whose tables are written when no cohort is named."""
OF_RESIDENTS = ("working_life", "working_life_2010")
"""Names of the cohorts of residents, whose tables are written when one of them is named: they are many."""
PART_OF_DRAWING = 3
"""Of the time that some children take, drawing them is about one in so many parts: progress tells what is left."""
ADULTS, ADULT_HOUSEHOLD_YEAR = "age35", 2020
"""The cohort that is followed to 35, and the year of its table of households."""
EARLIER_PERSONS = 2018
"""Year of an earlier register of persons; what was corrected since stands in the newest."""

WARNING = """# SYNTHETIC DATA

**Everything in this folder is made up.** No row is about a real person. The tables have the names, columns and codes of
Dutch register tables, the places are real, and who lives where follows published key figures, so that maps made from it
look like the Netherlands. The outcomes are drawn from a model with known truth, which is in `truth/`. Nothing may be
concluded from these tables about any place or group.

Made by Kansen {version}, scale {scale}, seed {seed}.
Key figures per wijk: CBS, Kerncijfers wijken en buurten 2022, CC BY 4.0.
"""

NOTE = "synthetic.json"
"""The file that says that a folder is made up, and lists what was written there."""


def adult_steps(country: Country, household_year: int) -> list[Step]:
    """All tables of the children born 1981-1985 and their parents."""
    cohorts = (ADULTS,)
    return [
        *tables.steps(country, household_year),
        Step("gbapersoon", EARLIER_PERSONS, lambda: tables.persons_before(country, EARLIER_PERSONS)),
        *parent_tables.steps(country, cohorts),
        *adult_tables.steps(country),
        *circumstance_tables.steps(country),
        *housing.steps(country, cohorts),
    ]


def young_steps(young: Young, cohorts: Sequence[str]) -> list[Step]:
    """All tables of the children born from 1993 on and their parents that the given cohorts need."""
    return [
        *youth_tables.steps(young, cohorts),
        *parent_tables.steps(young, cohorts),
        *education_tables.steps(young, cohorts),
        *housing.steps(young, cohorts),
    ]


def check_target(root: Path, *, replace: bool = False) -> None:
    """Refuse a place with anything that `write` did not put there, and an earlier country unless it may be replaced."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return
    note = (read_json(root / NOTE) or {}) if root.is_dir() else {}
    listed = note.get("files")
    files = [root / str(file) for file in listed] if isinstance(listed, list) else []
    ours = {path for file in files for path in (file, *file.parents)}
    foreign = sorted(path for path in root.rglob("*") if path not in ours) if root.is_dir() else [root]
    if foreign:
        raise UsageError(
            "The folder for the synthetic Netherlands holds something else",
            where=root,
            found=", ".join(str(path.relative_to(root)) for path in foreign[:3]) if root.is_dir() else "a file",
            expected="a folder that does not exist yet, or only what an earlier kansen synth wrote",
            todo="choose another folder, or move everything else out of this one",
        )
    if not replace:
        raise UsageError(
            "There is a synthetic Netherlands already",
            where=root,
            found=f"scale {note.get('scale')}, seed {note.get('seed')}",
            expected="a new or empty folder",
            todo="choose another folder, or give --replace",
        )


def write(
    root: Path,
    *,
    scale: float = 1.0,
    seed: int = 1,
    formats: Sequence[str] = ("parquet",),
    cohorts: Sequence[str] = COHORTS,
    residents: float = 1.0,
    movers: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write a synthetic Netherlands below `root`: register tables, `truth/`, and files that say it is made up.

    Parameters
    ----------
    root : folder to make.
    scale : 1 is 180,000 children of every year of birth. seed : the same seed gives the same bytes.
    formats : `parquet`, `sav` or both.
    cohorts : only the people and tables that these cohorts need; those of children by default.
    residents : the part of the residents of working age that are drawn, above 0 up to 1: all are nine million.
    movers : also the children who move, `truth/movers.parquet`, in whom every year in a place counts.
    replace : whether an earlier synthetic country at `root` may be replaced, which happens when everything is written.

    Raises `UsageError` for a scale, seed, format, part or cohort that cannot be used, for a `root` with an earlier
    country (unless `replace`), and in any case for a `root` with a file that no earlier run wrote.
    """
    progress = progress or Quiet()
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            "The format of the synthetic tables is not known",
            found=", ".join(unknown) or "none",
            expected=" or ".join(FORMATS),
        )
    known = (*COHORTS, *OF_RESIDENTS)
    strange = [name for name in cohorts if name not in known]
    if strange or not cohorts:
        raise UsageError(
            "The cohort for which tables are asked is not known",
            found=", ".join(strange) or "none",
            expected=", ".join(known),
        )
    check(scale, seed)
    if not 0 < residents <= 1:
        raise UsageError(
            "The part of the residents cannot be used", found=residents, expected="above 0, up to 1: all of them"
        )
    check_target(root, replace=replace)
    with atomic_dir(root) as aside, Delivery(aside, formats) as delivery:
        asked = [name for name in known if name in cohorts]
        _write_parts(delivery, asked, scale, max(scale * residents, SMALLEST), seed, progress)
        delivery.finish()
        if movers:
            write_movers(aside, scale, seed)
        (aside / "SYNTHETIC.md").write_text(
            WARNING.format(version=kansen.__version__, scale=f"{scale:g}", seed=seed), encoding="utf-8"
        )
        note = {"synthetic": True, "scale": scale, "seed": seed, "cohorts": list(cohorts)}
        if set(cohorts) & set(OF_RESIDENTS):
            note["residents"] = residents
        files = sorted(path.relative_to(aside).as_posix() for path in aside.rglob("*") if path.is_file())
        write_json(aside / NOTE, {**note, "software_version": kansen.__version__, "files": [*files, NOTE]})


def _write_parts(
    delivery: Delivery, cohorts: Sequence[str], scale: float, of_residents: float, seed: int, progress: Progress
) -> None:
    """Draw and write the country part by part, adults first; one part is in memory at a time.

    of_residents : the scale of the residents of working age.
    """
    young = [name for name in cohorts if name in COHORTS and name != ADULTS]
    family = load_youth()["families"]
    children = family["children_per_year"] * scale * len(years(young, "births"))
    places = regions(load_places(), children, family["children_per_part"]) if young else []
    homes = parts_of(load_places(), of_residents) if set(cohorts) & set(OF_RESIDENTS) else []
    parts = 1 + len(places) + len(homes)
    # Who enters and who leaves a low income is declared of residents: nobody else does where there are any.
    line = float(load_residents()["income"]["line"]) if homes else None
    if ADULTS in cohorts:
        _write_adults(delivery, scale, seed, parts, bool(young), line, progress)
    if young:
        with progress.task("Writing reference tables", unit="tables") as task:
            delivery.write(education_tables.reference_steps(young), task)
        what = f"Drawing the young and writing their tables, in {len(places)} parts"
        with progress.task(what, total=round(children), unit="children") as task:
            _write_young(delivery, young, places, scale, seed, parts, line, task)
    if homes:
        what = f"Drawing residents and writing their tables, in {len(homes)} parts"
        with progress.task(what, total=round(people_at(of_residents)), unit="people") as task:
            _write_residents(delivery, homes, of_residents, seed, parts, task)


def _write_adults(
    delivery: Delivery, scale: float, seed: int, parts: int, young: bool, line: float | None, progress: Progress
) -> None:
    """The children born 1981-1985 and their parents; `young` : whether others come after them."""
    with progress.task("Drawing adults and their parents", unit="children") as task:
        country = make_country(scale=scale, seed=seed, parts=parts, line=line)
        task.advance(len(country.people.children))
    steps = adult_steps(country, youth_tables.HOUSEHOLD_YEAR if young else ADULT_HOUSEHOLD_YEAR)
    with progress.task("Writing their register tables", total=len(steps), unit="tables") as task:
        delivery.write(steps, task)
    with progress.task("Writing the truth", unit="children") as task:
        write_truth(delivery.root / "truth", country)
        task.advance(len(country.people.children))


def _write_residents(
    delivery: Delivery, homes: Sequence[np.ndarray], scale: float, seed: int, parts: int, task: Task
) -> None:
    """Residents of working age; `homes` : municipalities (positions) of each of the last parts, which are theirs."""
    truth = ResidentTruth(delivery.root / "truth")
    for part, municipalities in enumerate(homes, start=parts - len(homes)):
        some = make_residents(municipalities, scale=scale, seed=seed, part=part, parts=parts)
        delivery.write(resident_tables.steps(some), task, len(some))
        truth.append(some)
        del some
    truth.finish()


def _write_young(
    delivery: Delivery,
    cohorts: Sequence[str],
    places: Sequence[np.ndarray],
    scale: float,
    seed: int,
    parts: int,
    line: float | None,
    task: Task,
) -> None:
    """The children born from 1993 on and their parents; `places` : municipalities (positions) of every part."""
    truth = delivery.root / "truth"
    records = {cohort: TableFile(truth / f"{cohort}.parquet") for cohort in cohorts}
    births = years(cohorts, "births")
    if years(cohorts, "mbo"):
        records["mbo"] = TableFile(truth / "mbo.parquet")
    for part, municipalities in enumerate(places, start=1):
        some = make_young(municipalities, births, scale=scale, seed=seed, part=part, parts=parts, line=line)
        number = len(some.people.children)
        drawn = number // PART_OF_DRAWING
        task.advance(drawn)
        delivery.write(young_steps(some, cohorts), task, number - drawn)
        for cohort, file in records.items():
            file.append(mbo.truth(some) if cohort == "mbo" else cohort_truth(some, cohort))
        del some
    if "mbo" in records:
        write_json(truth / "mbo.json", {"synthetic": True, "scale": scale, "seed": seed, "world": load_mbo()})
    records["places"] = TableFile(truth / "youth_places.parquet")
    records["places"].append(place_effects(YouthTruth(load_places(), load_youth())))
    for file in records.values():
        file.close()
    write_json(truth / "youth.json", {"synthetic": True, "scale": scale, "seed": seed, "world": load_youth()})
