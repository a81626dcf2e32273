"""Figures read from a cohort table, each with its standard error and the limits that it should lie within."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kansen.geography.tables import read_table
from kansen.synthetic.adults import fit_at

BANDS = {
    "very_low": (0.0, 0.2, 0.1),
    "low": (0.15, 0.35, 0.25),
    "mid": (0.4, 0.6, 0.5),
    "high": (0.65, 0.85, 0.75),
    "very_high": (0.8, 1.0, 0.9),
}
"""Lower and upper parental rank of each position, and the rank where its line is read."""
NORTH = ("PV20", "PV21", "PV22")
LARGE_CITIES = ("GM0363", "GM0599", "GM0518", "GM0344")
NON_WESTERN = ("turkey", "morocco", "suriname", "dutch_caribbean")
STATES = ("sex", "origin", "household_type", "parent_education", "municipality", "wijk")


@dataclass(frozen=True)
class Found:
    """A value and its standard error."""

    value: float
    se: float

    def __sub__(self, other: Found) -> Found:
        return Found(self.value - other.value, float(np.hypot(self.se, other.se)))

    def __truediv__(self, other: Found) -> Found:
        if not other.value:
            return NOTHING
        ratio = self.value / other.value
        return Found(ratio, float(np.hypot(self.se, ratio * other.se)) / abs(other.value))


NOTHING = Found(float("nan"), float("nan"))


@dataclass(frozen=True)
class Figure:
    """One figure: its source in the requirements, what is wanted, what came out, and its limits.

    `wanted` and `shown` are text for people; `found` lies within `low` and `high` where the figure holds. `full` : of
    single wijken or schools, so that it holds in a country of full scale only.
    """

    name: str
    source: str
    wanted: str
    shown: str
    found: Found
    low: float
    high: float
    full: bool = False

    @property
    def holds(self) -> bool:
        """Whether what was found lies within the limits."""
        return bool(self.low <= self.found.value <= self.high)

    def near(self, errors: float) -> bool:
        """Whether it lies within the limits or at most so many standard errors outside, as in a small country."""
        room = errors * self.found.se
        return bool(self.low - room <= self.found.value <= self.high + room)


class Cohort:
    """The columns of a cohort table that figures need. Outcomes are named without the prefix of the cohort."""

    def __init__(self, table: pa.Table, prefix: str) -> None:
        self.rank = _numbers(table, "income_rank")
        self.wealth_rank = _numbers(table, "wealth_rank") if "wealth_rank" in table.column_names else None
        self.outcome = {
            name.removeprefix(prefix): _numbers(table, name) for name in table.column_names if name.startswith(prefix)
        }
        self.text = {name: _texts(table, name) for name in STATES if name in table.column_names}
        rows = {row["code"]: row for row in read_table("municipalities")}
        known, positions = np.unique(self.text["municipality"], return_inverse=True)
        for level in ("province_code", "corop_code"):
            self.text[level] = np.array([rows[code][level] if code else "" for code in known])[positions]

    def __len__(self) -> int:
        return len(self.rank)

    def where(self, **values: str | tuple[str, ...]) -> np.ndarray:
        """Children whose column has that value, or one of several; bool, shape (children,)."""
        chosen = np.ones(len(self.rank), bool)
        for name, value in values.items():
            chosen &= np.isin(self.text[name], (value,) if isinstance(value, str) else value)
        return chosen

    def found(self, outcome: str, who: np.ndarray | None = None, position: str = "all") -> Found:
        """The mean of an outcome, or its line within a band of parental rank; nothing with too few children."""
        value = self.outcome[outcome]
        who = ~np.isnan(value) if who is None else who & ~np.isnan(value)
        if position == "all":
            n = int(who.sum())
            return Found(float(value[who].mean()), float(value[who].std() / np.sqrt(n))) if n > 1 else NOTHING
        low, high, at = BANDS[position]
        who = who & (self.rank >= low) & (self.rank <= high)
        x, y = self.rank[who], value[who]
        if len(x) < 3 or not np.ptp(x):
            return NOTHING
        away = x - x.mean()
        rest = y - y.mean() - (away @ y) / (away @ away) * away
        spread = (rest @ rest) / (len(x) - 2) * (1 / len(x) + (at - x.mean()) ** 2 / (away @ away))
        return Found(fit_at(x, y, at), float(np.sqrt(spread)))


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table.column(name).cast(pa.float64()).fill_null(float("nan")))


def _texts(table: pa.Table, name: str) -> np.ndarray:
    return np.array(table.column(name).cast(pa.string()).fill_null("").to_pylist())


@dataclass(frozen=True)
class Unit:
    """How values of one kind are written."""

    before: str
    after: str
    factor: float
    digits: int

    def __call__(self, value: float) -> str:
        """The value as text, with its sign before the unit's."""
        return f"{self.before}{self.factor * value:,.{self.digits}f}{self.after}"


EUROS = Unit("€", "", 1, 0)
CENTS = Unit("€", "", 1, 2)
SHARE = Unit("", " %", 100, 1)
SMALL = Unit("", " %", 100, 2)
RANK = Unit("", "", 1, 3)
NUMBER = Unit("", "", 1, 1)
TIMES = Unit("", " times", 1, 2)


def near(
    name: str, source: str, target: float, tolerance: float, found: Found, unit: Unit, *, full: bool = False
) -> Figure:
    """A published figure and how far from it is still good."""
    margin = f"{100 * tolerance / target:.0f} %" if unit is EUROS else f"{100 * tolerance:.1f} pp"
    wanted = f"{unit(target)} ± {margin}"
    return Figure(name, source, wanted, unit(found.value), found, target - tolerance, target + tolerance, full)


def inside(name: str, source: str, low: float, high: float, found: Found, unit: Unit, *, full: bool = False) -> Figure:
    """A range, published or what is known of the country."""
    return Figure(name, source, f"{unit(low)} to {unit(high)}", unit(found.value), found, low, high, full)


def above(name: str, source: str, more: Found, less: Found, unit: Unit) -> Figure:
    """An order: the first of two is larger."""
    shown = f"{unit(more.value)} and {unit(less.value)}"
    return Figure(name, source, "first above second", shown, more - less, np.nextafter(0, 1), np.inf)
