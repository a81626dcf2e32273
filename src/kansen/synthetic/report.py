"""How the synthetic country compares with the figures it is tuned to, as computed from a cohort.

::

    python -m kansen.synthetic.report COHORT.parquet

`COHORT.parquet` is the cohort file that `kansen build` leaves in its vault (`cohorts/age35/cohort.parquet`), so what is
compared is what comes out of the registers, not the model behind them. Prints the table of docs/synthetic.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

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
OUD_ZUID = tuple(f"WK0363{number}" for number in range(44, 50))
NORTH = ("PV20", "PV21", "PV22")
LARGE_CITIES = ("GM0363", "GM0599", "GM0518", "GM0344")


@dataclass(frozen=True)
class Figure:
    """One figure: its source in the requirements, what is wanted, what came out, and whether that will do."""

    name: str
    source: str
    wanted: str
    found: str
    holds: bool


class Cohort:
    """The columns of a cohort file that the figures need."""

    def __init__(self, table: pa.Table) -> None:
        self.rank = _numbers(table, "income_rank")
        self.outcome = {name: _numbers(table, name) for name in table.column_names if name.startswith("c35_")}
        self.text = {
            name: np.array(table.column(name).cast(pa.string()).fill_null("").to_pylist())
            for name in ("sex", "origin", "household_type", "municipality", "wijk")
        }
        rows = {row["code"]: row for row in read_table("municipalities")}
        known, positions = np.unique(self.text["municipality"], return_inverse=True)
        for level in ("province_code", "corop_code"):
            self.text[level] = np.array([rows[code][level] if code else "" for code in known])[positions]

    def where(self, **values: str | tuple[str, ...]) -> np.ndarray:
        """Children whose column has that value, or one of several; bool, shape (children,)."""
        chosen = np.ones(len(self.rank), bool)
        for name, value in values.items():
            chosen &= np.isin(self.text[name], (value,) if isinstance(value, str) else value)
        return chosen

    def expectation(self, outcome: str, who: np.ndarray, position: str = "all") -> float:
        """The mean of an outcome, or its line within a band of parental rank; NaN with too few children."""
        value = self.outcome[outcome]
        who = who & ~np.isnan(value)
        if position == "all":
            return float(value[who].mean()) if who.any() else float("nan")
        low, high, at = BANDS[position]
        who = who & (self.rank >= low) & (self.rank <= high)
        return fit_at(self.rank[who], value[who], at) if who.sum() > 2 else float("nan")


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table.column(name).cast(pa.float64()).fill_null(float("nan")))


def _euros(value: float) -> str:
    return f"€{value:,.0f}"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _near(
    name: str, source: str, target: float, found: float, tolerance: float, show: Callable[[float], str]
) -> Figure:
    margin = f"{show(target)} ± {100 * tolerance / target:.0f} %" if show is _euros else f"{show(target)} ± 0.5 pp"
    return Figure(name, source, margin, show(found), bool(abs(found - target) <= tolerance))


def _inside(name: str, source: str, low: float, high: float, found: float, show: Callable[[float], str]) -> Figure:
    return Figure(name, source, f"{show(low)} to {show(high)}", show(found), bool(low <= found <= high))


def _above(name: str, source: str, more: float, less: float, show: Callable[[float], str]) -> Figure:
    return Figure(name, source, "first above second", f"{show(more)} and {show(less)}", bool(more > less))


def figures(table: pa.Table) -> list[Figure]:
    """All tuned figures of a cohort table, in the order of docs/synthetic.md."""
    cohort = Cohort(table)
    return [*_levels(cohort), *_places(cohort), *_directions(cohort), *_country(cohort)]


def _levels(cohort: Cohort) -> list[Figure]:
    everyone = cohort.where()
    income = {
        code: cohort.expectation("c35_income", cohort.where(municipality=code))
        for code in (*LARGE_CITIES, "GM0080", "GM0917")
    }
    top = cohort.expectation("c35_top_20_income", everyone, "very_low")
    return [
        _near("Top 20 % income, parents very low", "N01", 0.12, top, 0.005, _share),
        _near("Mean income, Amsterdam", "N04", 28_592, income["GM0363"], 0.02 * 28_592, _euros),
        _near("Mean income, Rotterdam", "N04", 30_504, income["GM0599"], 0.02 * 30_504, _euros),
        _inside("Mean income, Rotterdam", "N07", 29_000, 31_000, income["GM0599"], _euros),
        _inside("Mean income, Leeuwarden", "N07", 29_000, 31_000, income["GM0080"], _euros),
        _inside("Mean income, Heerlen", "N07", 29_000, 31_000, income["GM0917"], _euros),
        _inside("Mean income, Amsterdam: below that range", "N07", 0, 28_999, income["GM0363"], _euros),
    ]


def _places(cohort: Cohort) -> list[Figure]:
    names = {row["code"]: row["name"] for row in read_table("wijken")}
    rows = [
        _near(
            "Income, parents low, Oud-Zuid (six wijken together)",
            "N09",
            26_000,
            cohort.expectation("c35_income", cohort.where(wijk=OUD_ZUID), "low"),
            520,
            _euros,
        )
    ]
    for code in OUD_ZUID:
        found = cohort.expectation("c35_income", cohort.where(wijk=code), "low")
        rows.append(_near(f"— {names[code]}", "N09", 26_000, found, 520, _euros))
    found = cohort.expectation("c35_income", cohort.where(wijk="WK036386"), "low")
    rows.append(_near("Income, parents low, Overtoomse Veld", "N09", 19_000, found, 380, _euros))
    return rows


def _directions(cohort: Cohort) -> list[Figure]:
    def gap(**who: str | tuple[str, ...]) -> float:
        chosen = cohort.where(**who)
        return cohort.expectation("c35_income", chosen, "high") - cohort.expectation("c35_income", chosen, "low")

    def income(position: str, **who: str | tuple[str, ...]) -> float:
        return cohort.expectation("c35_income", cohort.where(**who), position)

    def rank(position: str, **who: str | tuple[str, ...]) -> float:
        return cohort.expectation("c35_income_perc", cohort.where(**who), position)

    rotterdam, amsterdam = {"municipality": "GM0599"}, {"municipality": "GM0363"}
    rest = tuple(code for code in np.unique(cohort.text["province_code"]) if code and code not in NORTH)
    near_cities = cohort.where(
        corop_code=tuple(np.unique(cohort.text["corop_code"][cohort.where(municipality=LARGE_CITIES)]))
    ) & ~cohort.where(municipality=LARGE_CITIES)
    cities = cohort.where(municipality=LARGE_CITIES)
    men, women = cohort.where(sex="men"), cohort.where(sex="women")
    gaps = [
        ("all children", {}),
        ("native parents", {"origin": "none"}),
        ("boys", {"sex": "men"}),
        ("boys of native parents", {"sex": "men", "origin": "none"}),
    ]
    rows = [
        _above(
            f"Gap high − low parents, Rotterdam and Amsterdam: {name}",
            "N06",
            gap(**rotterdam, **who),
            gap(**amsterdam, **who),
            _euros,
        )
        for name, who in gaps
    ]
    rows += [
        _above(
            f"Income rank, parents {position}, Zeeland and Groningen",
            "N13",
            rank(position, province_code="PV29"),
            rank(position, province_code="PV20"),
            lambda value: f"{value:.3f}",
        )
        for position in ("low", "mid", "high")
    ]
    for position in ("low", "high"):
        rows.append(
            _above(
                f"Income, parents {position}, other provinces and the north",
                "001",
                income(position, province_code=rest),
                income(position, province_code=NORTH),
                _euros,
            )
        )
        rows.append(
            _above(
                f"Income, parents {position}, around the four large cities and in them",
                "001",
                cohort.expectation("c35_income", near_cities, position),
                cohort.expectation("c35_income", cities, position),
                _euros,
            )
        )
        rows.append(
            _above(
                f"Income, parents {position}, other provinces and Limburg",
                "001",
                income(position, province_code=tuple(code for code in (*rest, *NORTH) if code != "PV31")),
                income(position, province_code="PV31"),
                _euros,
            )
        )
        rows.append(
            _above(
                f"Income, parents {position}, no migration background and Moroccan origin",
                "N11",
                income(position, origin="none"),
                income(position, origin="morocco"),
                _euros,
            )
        )
    rows += [
        _above(
            "Mean income, men and women",
            "002",
            cohort.expectation("c35_income", men),
            cohort.expectation("c35_income", women),
            _euros,
        ),
        _above(
            "Hbo or university, women and men",
            "N36",
            cohort.expectation("c35_hbo_attained", women),
            cohort.expectation("c35_hbo_attained", men),
            _share,
        ),
    ]
    return rows


def _country(cohort: Cohort) -> list[Figure]:
    def mean(outcome: str) -> float:
        return cohort.expectation(outcome, cohort.where())

    return [
        _inside("Mean income, country", "plausible", 31_000, 34_000, mean("c35_income"), _euros),
        _inside("Hbo or university", "plausible", 0.38, 0.46, mean("c35_hbo_attained"), _share),
        _inside("University", "plausible", 0.15, 0.20, mean("c35_wo_attained"), _share),
        _inside("Employed", "plausible", 0.83, 0.88, mean("c35_employed"), _share),
        _inside("Social assistance", "plausible", 0.03, 0.05, mean("c35_social_assistance"), _share),
        _inside("Mental health care", "plausible", 0.08, 0.10, mean("c35_mhc"), _share),
        _inside("Health costs", "plausible", 1_300, 1_800, mean("c35_total_health_costs"), _euros),
    ]


def markdown(rows: list[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| figure | source | wanted | from the cohort | holds |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row.name} | {row.source} | {row.wanted} | {row.found} | {'yes' if row.holds else 'no'} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table for the cohort file named on the command line."""
    sys.stdout.write(markdown(figures(pq.read_table(Path(sys.argv[1])))) + "\n")


if __name__ == "__main__":
    main()
