"""Effects in words and as JSON, and the tables that the commands read."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from kansen.effects.events import Policy
from kansen.effects.movers import Exposure
from kansen.effects.regress import Estimate
from kansen.errors import InputError

_TEXTS = ("area", "origin", "destination", "date")
"""Columns that are text in a csv, so that codes keep their leading zeros."""

_REASONS = {
    "too_few_movers": "too few movers",
    "too_few_pairs": "too few pairs of origin and destination",
    "no_variation": "nothing to tell it from",
}


def read(path: Path) -> pa.Table:
    """A table from Parquet or csv; `InputError` for a file that is neither."""
    try:
        if path.suffix.lower() == ".csv":
            options = pc.ConvertOptions(column_types=dict.fromkeys(_TEXTS, pa.string()), strings_can_be_null=True)
            return pc.read_csv(path, convert_options=options)
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            "The table cannot be read", where=path, found=str(error).split("\n")[0], expected="Parquet, or csv"
        ) from error


def read_dates(path: Path) -> dict[str, object]:
    """The start of a policy per area, from a csv or Parquet with `area` and `date`; `InputError` for an area twice."""
    table = read(path)
    missing = [name for name in ("area", "date") if name not in table.column_names]
    if missing:
        found = ", ".join(table.column_names)
        raise InputError("The policy lacks a column", where=path, column=missing[0], found=found, expected="area, date")
    dates: dict[str, object] = {}
    for row, (area, date) in enumerate(zip(table["area"].to_pylist(), table["date"].to_pylist(), strict=True), start=1):
        if area is None or date is None or area in dates:
            what = (
                "An area of the policy stands there twice" if area in dates else "A row of the policy lacks something"
            )
            raise InputError(
                what, where=path, row=row, found=f"{area}, {date}", expected="each area once, with its date"
            )
        dates[area] = date
    return dates


def as_json(found: Exposure | Policy) -> str:
    """Everything that was found; null where there is no number. Of a panel what it is, not its figures."""
    told = asdict(found)
    if isinstance(found, Policy):
        panel = found.panel
        told |= {"panel": {"years": panel.years, "left_out": panel.left_out, "merged": panel.merged}}
    return json.dumps(_plain(told), indent=2, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def of_movers(found: Exposure) -> str:
    """The exposure effect in words."""
    what = f"the logarithm of {found.outcome}" if found.log else found.outcome
    per_year = found.per_year
    return "\n".join(
        [
            f"Children who moved: {found.movers:,} (of {found.movers + found.residents:,}; {found.dropped:,} left out)",
            f"Explained: {what}",
            "",
            f"A year in a place makes {100 * per_year.value:.1f} % of the difference between two places "
            f"(95 %: {100 * per_year.lwr:.1f} to {100 * per_year.upr:.1f}), up to the age of {found.until:g}.",
            f"Whatever the age, movers differ by {100 * found.chosen.value:.0f} % of it: who moves where.",
            "",
            "Placebos (late and other_cohort should be about 0, siblings and own_cohort about the effect):",
            *(f"  {_line(one, 100, ' %')}" for one in found.placebos),
            "",
            "Share of the difference by age at the move:",
            *(f"  {_line(one, 100, ' %')}" for one in found.by_age),
        ]
    )


def of_policy(found: Policy) -> str:
    """The effect of a policy in words."""
    panel = found.panel
    lines = [
        f"{found.treated} areas with the policy, {found.untreated} without, {panel.years[0]} to {panel.years[-1]}",
        *(f"Left out: {area} ({why})" for area, why in panel.left_out),
        *(f"Counted as {new}: {old}" for old, new in panel.merged),
        "",
        _line(found.overall, 1, ""),
        f"No effect at all: p = {found.p_wild:.3f} (wild bootstrap), {found.p_permutation:.3f} (permutation)",
        "",
        "By years since the start:",
        *(f"  {_line(one, 1, '')}" for one in found.by_year),
        "",
    ]
    if found.few:
        lines.append("Few areas had the policy: intervals are too narrow. Read the p-values of no effect at all.")
    if not math.isnan(found.pretrend_p):
        told = "differed" if found.pretrend_p < 0.05 else "did not clearly differ"
        lines.append(f"Before the start, areas with and without the policy {told} (p = {found.pretrend_p:.3f}).")
    return "\n".join(lines).rstrip()


def _line(one: Estimate, times: float, unit: str) -> str:
    if one.reason:
        return f"{one.name:>13}  {_REASONS[one.reason]}"
    value, low, high = (f"{times * part:.3g}{unit}" for part in (one.value, one.lwr, one.upr))
    return f"{one.name:>13}  {value} ({low} to {high}), p = {one.p:.3f}"
