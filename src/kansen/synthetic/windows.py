"""Which births and calendar years each cohort needs (`windows.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Years = tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """What one cohort needs; calendar years in order, empty where it needs none.

    births : of everyone who has rows; core : of the cohort itself. income, wealth, education : years of the parents.
    home : years whose homes are read. primary, secondary : years of enrolment in schools. level : of the children's
    level of education. care, protection : of care costs and child protection. death : of deaths. mbo : of the
    study of who has been in mbo.
    """

    name: str
    births: Years
    core: Years
    income: Years
    wealth: Years
    education: Years
    home: Years
    primary: Years
    secondary: Years
    level: Years
    care: Years
    protection: Years
    death: Years
    mbo: Years


@cache
def load_windows() -> dict[str, Window]:
    """The declared windows by name of the cohort.

    >>> load_windows()["age16"].births
    (1998, 1999, 2000, 2001, 2002, 2003, 2004, 2005, 2006)
    """
    declared = tomllib.loads(files("kansen.synthetic").joinpath("windows.toml").read_text(encoding="utf-8"))
    return {name: Window(name=name, **{part: _years(declared[name].get(part)) for part in _PARTS}) for name in declared}


_PARTS = (
    "births",
    "core",
    "income",
    "wealth",
    "education",
    "home",
    "primary",
    "secondary",
    "level",
    "care",
    "protection",
    "death",
    "mbo",
)


def _years(limits: list[int] | None) -> Years:
    return tuple(range(limits[0], limits[1] + 1)) if limits else ()


def years(cohorts: Iterable[str], part: str) -> Years:
    """The calendar years that any of the cohorts needs for one part of its window, in order.

    >>> years(["age21", "age16"], "income")
    (2008, 2009, 2010, 2011, 2012, 2014, 2015, 2016, 2017, 2018)
    """
    windows = load_windows()
    needed: set[int] = set()
    for name in cohorts:
        needed.update(getattr(windows[name], part))
    return tuple(sorted(needed))
