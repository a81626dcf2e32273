"""`kansen synth`: a synthetic country as register tables, and the truth beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kansen
from kansen.errors import UsageError
from kansen.files import atomic_dir, read_json, write_json
from kansen.progress import Progress, Quiet
from kansen.synthetic import adult_tables, tables
from kansen.synthetic.country import Country, make_country
from kansen.synthetic.files import FORMATS, write_table
from kansen.synthetic.incomes import PARENT_YEARS
from kansen.synthetic.record import write_truth

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

Step = tuple[str, str, Callable[[], tables.Columns]]


def _steps(country: Country) -> list[Step]:
    """Catalogue id, place below the root, and maker of every file; the largest first."""
    income = "InkomenBestedingen"
    steps: list[Step] = [
        (
            "gbaadresobject",
            "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1",
            lambda: tables.addresses(country),
        ),
        ("gbahuishoudens", "Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2020BUSV1", lambda: tables.households(country)),
        ("gbapersoon", "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1", lambda: tables.persons(country)),
        ("kindouder", "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1", lambda: tables.parents(country)),
        ("vslpostcode", "BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031", lambda: tables.postcodes(country)),
        ("vslgwb", "BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1", lambda: tables.areas(country)),
        ("secmbus", f"{income}/SECMBUS/SECMBUS2021V1", lambda: adult_tables.categories(country)),
    ]
    yearly: list[tuple[str, str, tuple[int, ...], Callable[[Country, int], tables.Columns]]] = [
        (
            "zvwzorgkosten",
            "GezondheidWelzijn/ZVWZORGKOSTENTAB/{y}/ZVWZORGKOSTEN{y}TABV1",
            adult_tables.OUTCOME_YEARS,
            adult_tables.care,
        ),
        (
            "persoonink",
            income + "/INTEGRAAL PERSOONLIJK INKOMEN/{y}/PERSOONINK{y}TABV1",
            PARENT_YEARS,
            tables.parents_income,
        ),
        ("inpa", income + "/INPATAB/INPA{y}TABV1", adult_tables.INCOME_YEARS, adult_tables.income),
        ("inha", income + "/INHATAB/INHA{y}TABV1", adult_tables.INCOME_YEARS, adult_tables.household_income),
        (
            "koppel",
            income + "/KOPPELPERSOONHUISHOUDEN/KOPPELPERSOONHUISHOUDEN{y}",
            adult_tables.INCOME_YEARS,
            adult_tables.household_link,
        ),
        (
            "hoogsteopl",
            "Onderwijs/HOOGSTEOPLTAB/{y}/HOOGSTEOPL{y}TABV1",
            adult_tables.OUTCOME_YEARS,
            adult_tables.education,
        ),
    ]
    for table, place, years, make in yearly:
        for year in years:
            steps.append((table, place.format(y=year), lambda make=make, year=year: make(country, year)))
    return steps


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
    replace: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write a synthetic Netherlands below `root`: register tables, `truth/`, and files that say it is made up.

    Parameters
    ----------
    root : folder to make.
    scale : 1 is 900,000 children born 1981-1985. seed : the same seed gives the same bytes.
    formats : `parquet`, `sav` or both.
    replace : whether an earlier synthetic country at `root` may be replaced, which happens when everything is written.

    Raises `UsageError` for a scale, seed or format that cannot be used, for a `root` that holds an earlier country
    (unless `replace`), and in any case for a `root` with a file that no earlier run wrote.
    """
    progress = progress or Quiet()
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            "The format of the synthetic tables is not known",
            found=", ".join(unknown) or "none",
            expected=" or ".join(FORMATS),
        )
    check_target(root, replace=replace)
    with progress.task("Drawing a synthetic country", unit="children") as task:
        country = make_country(scale=scale, seed=seed)
        task.advance(len(country.people.children))
    steps = _steps(country)
    with atomic_dir(root) as aside:
        with progress.task("Writing register tables", total=len(steps), unit="tables") as task:

            def run(step: Step) -> None:
                table, place, make = step
                write_table(aside, place, table, make(), formats)
                task.advance()

            with ThreadPoolExecutor(max_workers=2) as workers:
                for done in [workers.submit(run, step) for step in steps]:
                    done.result()
        with progress.task("Writing the truth", unit="children") as task:
            write_truth(aside / "truth", country)
            task.advance(len(country.people.children))
        (aside / "SYNTHETIC.md").write_text(
            WARNING.format(version=kansen.__version__, scale=f"{scale:g}", seed=seed), encoding="utf-8"
        )
        note = {"synthetic": True, "scale": scale, "seed": seed, "software_version": kansen.__version__}
        files = sorted(path.relative_to(aside).as_posix() for path in aside.rglob("*") if path.is_file())
        write_json(aside / NOTE, {**note, "files": [*files, NOTE]})
