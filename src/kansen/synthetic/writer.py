"""`kansen synth`: a synthetic country as register tables, and the truth beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import kansen
from kansen.errors import UsageError
from kansen.files import atomic_dir, write_json
from kansen.progress import Progress, Quiet
from kansen.synthetic import adult_tables, circumstance_tables, housing, parent_tables, tables
from kansen.synthetic.country import Country, make_country
from kansen.synthetic.delivery import Delivery, Step
from kansen.synthetic.files import FORMATS
from kansen.synthetic.record import write_truth

WARNING = """# SYNTHETIC DATA

**Everything in this folder is made up.** No row is about a real person. The tables have the names, columns and codes of
Dutch register tables, the places are real, and who lives where follows published key figures, so that maps made from it
look like the Netherlands. The outcomes are drawn from a model with known truth, which is in `truth/`. Nothing may be
concluded from these tables about any place or group.

Made by Kansen {version}, scale {scale}, seed {seed}.
Key figures per wijk: CBS, Kerncijfers wijken en buurten 2022, CC BY 4.0.
"""


def adult_steps(country: Country) -> list[Step]:
    """All tables of the children born 1981-1985 and their parents."""
    cohorts = ("age35",)
    return [
        *tables.steps(country, 2020),
        *parent_tables.steps(country, cohorts),
        *adult_tables.steps(country),
        *circumstance_tables.steps(country),
        *housing.steps(country, cohorts),
    ]


def write(
    root: Path,
    *,
    scale: float = 1.0,
    seed: int = 1,
    formats: Sequence[str] = ("parquet",),
    progress: Progress | None = None,
) -> None:
    """Write a synthetic Netherlands below `root`: register tables, `truth/`, and files that say it is made up.

    Parameters
    ----------
    root : folder to make; an existing one is replaced when everything is written.
    scale : 1 is 900,000 children born 1981-1985. seed : the same seed gives the same bytes.
    formats : `parquet`, `sav` or both.

    Raises `UsageError` for a scale, seed or format that cannot be used, and for a `root` that holds something else.
    """
    progress = progress or Quiet()
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            "The format of the synthetic tables is not known",
            found=", ".join(unknown) or "none",
            expected=" or ".join(FORMATS),
        )
    if root.exists() and (root.is_file() or (any(root.iterdir()) and not (root / "synthetic.json").is_file())):
        raise UsageError(
            "The folder for the synthetic Netherlands holds something else",
            where=root,
            expected="a folder that does not exist yet, or an earlier synthetic country",
            todo="choose another folder",
        )
    with progress.task("Drawing a synthetic country", unit="children") as task:
        country = make_country(scale=scale, seed=seed)
        task.advance(len(country.people.children))
    with atomic_dir(root) as aside:
        steps = adult_steps(country)
        with Delivery(aside, formats) as delivery:
            with progress.task("Writing register tables", total=len(steps), unit="tables") as task:
                delivery.write(steps, task)
            delivery.finish()
        with progress.task("Writing the truth", unit="children") as task:
            write_truth(aside / "truth", country)
            task.advance(len(country.people.children))
        (aside / "SYNTHETIC.md").write_text(
            WARNING.format(version=kansen.__version__, scale=f"{scale:g}", seed=seed), encoding="utf-8"
        )
        write_json(
            aside / "synthetic.json",
            {"synthetic": True, "scale": scale, "seed": seed, "software_version": kansen.__version__},
        )
