"""Differences of two releases as text for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from kansen.geography import Areas
from kansen.release.differences import Differences, LevelChanges

MOST_LINES = 12
"""Of differences of definition and of outcomes: more are counted, and all are in the JSON."""

_WIDEST = 60


def as_json(found: Differences) -> str:
    """Everything, as JSON."""
    content = {"is_same": found.is_same, **asdict(found)}
    return json.dumps(content, ensure_ascii=False, indent=1)


def as_text(found: Differences, areas: Areas, by_level: bool = False) -> str:
    """What changed, in plain lines. areas : for their names. by_level : outcomes by level too."""
    lines = [f"A  {_release(found.a)}", f"B  {_release(found.b)}", ""]
    if found.is_same:
        total = found.total("same")
        lines.append(f"Identical: the same {total:,} figures and the same definitions.")
        if found.a["id"] != found.b["id"]:
            lines.append("The ids differ: input files, areas without figures or the layout of files do.")
        return "\n".join(lines)
    lines += _definitions(found)
    for title, ids in (("Outcomes only in A", found.only_a), ("Outcomes only in B", found.only_b)):
        if ids:
            lines += [
                f"{title} ({len(ids)}): {', '.join(ids[:MOST_LINES])}{', ...' if len(ids) > MOST_LINES else ''}",
                "",
            ]
    if found.levels:
        lines += _figures(found, by_level)
    if any(found.largest.values()):
        lines += _largest(found, areas)
    return "\n".join(lines).rstrip()


def _release(about: dict[str, Any]) -> str:
    return f"{about['id']}  {about['title']['en']}  {about['created']}  {about['path']}"


def _definitions(found: Differences) -> list[str]:
    """Differences of definition; the same difference in several outcomes is one line."""
    if not found.definitions:
        return ["Definitions are the same.", ""]
    told: dict[tuple[str, str, str, str], list[str]] = {}
    for one in found.definitions:
        of, _, field = one.which.rpartition(" ") if one.what == "outcome" else ("", "", one.which)
        told.setdefault((one.what, field, _short(one.a), _short(one.b)), []).append(of)
    lines = [f"Defined otherwise ({len(found.definitions)})"]
    for (what, field, a, b), of in list(told.items())[:MOST_LINES]:
        where = f"{what} {field}" if what != "outcome" else f"outcome {of[0]} {field}"
        lines.append(f"  {where}: {a} -> {b}" + (f" (and {len(of) - 1} more outcomes)" if len(of) > 1 else ""))
    if len(told) > MOST_LINES:
        lines.append(f"  and {len(told) - MOST_LINES} more: --json lists all")
    return [*lines, ""]


def _short(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict) and set(value) == {"nl", "en"}:
        value = value["en"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


_COLUMNS = ("same", "changed", "appeared", "vanished", "beyond")


def _figures(found: Differences, by_level: bool) -> list[str]:
    counts = ", ".join(f"{found.total(state):,} {state}" for state in ("same", "changed", "appeared", "vanished"))
    lines = [f"Figures: {counts}", ""]
    levels = list(dict.fromkeys(one.level for one in found.levels))
    rows = [(level, [one for one in found.levels if one.level == level]) for level in levels]
    lines += [*_table("level", rows), ""]
    outcomes = list(dict.fromkeys(one.outcome for one in found.levels))
    of = [(outcome, [one for one in found.levels if one.outcome == outcome]) for outcome in outcomes]
    differing = [(outcome, ones) for outcome, ones in of if any(o.changed + o.appeared + o.vanished for o in ones)]
    if by_level:
        differing = [(f"{one.outcome} {one.level}", [one]) for _, ones in differing for one in ones]
    lines += _table("outcome", differing) if differing else []
    if len(outcomes) > len(differing) and not by_level:
        lines.append(f"{len(outcomes) - len(differing)} outcomes are the same")
    lines.append(
        "beyond: the new estimate lies outside the old interval. Half widths of the old interval: 90 %, largest."
    )
    return [*lines, ""]


def _table(name: str, rows: Sequence[tuple[str, Sequence[LevelChanges]]]) -> list[str]:
    wide = max([len(name), *(len(title) for title, _ in rows)])
    lines = [f"  {name:<{wide}}" + "".join(f"{column:>12}" for column in _COLUMNS) + f"{'90 %':>9}{'largest':>9}"]
    for title, ones in rows:
        counts = "".join(f"{sum(getattr(one, column) for one in ones):>12,}" for column in _COLUMNS)
        lines.append(f"  {title:<{wide}}{counts}{_most(ones, 'p90')}{_most(ones, 'largest')}")
    return lines


def _most(ones: Iterable[LevelChanges], quantile: str) -> str:
    """The largest of a quantile over levels, in half widths."""
    values = [one.half_widths[quantile] for one in ones if one.half_widths]
    return f"{max(values):>9.3g}" if values else f"{'-':>9}"


def _largest(found: Differences, areas: Areas) -> list[str]:
    def size(row: dict[str, Any]) -> float:
        return abs(
            next((row[n] for n in ("change_half_widths", "change_relative") if row[n] is not None), row["change"])
        )

    rows = sorted((row for of in found.largest.values() for row in of), key=size, reverse=True)[:MOST_LINES]
    lines = ["Largest changes, in half widths of the old interval"]
    for row in rows:
        name = areas.name(row["area"], row["level"]) if areas.has(row["area"], row["level"]) else ""
        group = ";".join(row[part] for part in ("position", "sex", "origin", "household"))
        steps = "" if row["change_half_widths"] is None else f"  {row['change_half_widths']:+.3g}"
        counts = "" if row["n_a"] == row["n_b"] else f" (n {_count(row['n_a'])} -> {_count(row['n_b'])})"
        lines.append(
            f"  {row['outcome']} {row['level']} {row['area']} {name if name != row['area'] else ''} "
            f"{row['axis']}={group}: {row['est_a']:.6g} -> {row['est_b']:.6g}{counts}{steps}".replace("  ", " ")
        )
    return lines


def _count(n: int | None) -> str:
    return "-" if n is None else f"{n:,}"
