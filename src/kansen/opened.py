"""A release in a notebook: `kansen.open(RELEASE)`. Figures, and how sure they are, as Arrow tables.

Every answer is a `pyarrow.Table`, sorted by area: `table.to_pandas()`, `polars.from_arrow(table)` and DuckDB
(`duckdb.sql("select * from table")`) take it as it is. Null means not there: no interval, not told, not worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kansen import precision
from kansen.errors import InputError, UsageError
from kansen.release import Release, open_release
from kansen.release import format as names
from kansen.release.composed import NOT_TOLD, composed
from kansen.release.neighbourhood import PERMUTATIONS, touching
from kansen.release.precise import Column, changed, column, differences, ranked, shrunk


class Opened:
    """An opened release. Made by `kansen.open`; may be used in a `with` block.

    `release` is the reader beneath it, with the manifest, the areas and everything that the server sends.
    """

    def __init__(self, release: Release) -> None:
        self.release = release

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        made_up = ", made up" if self.release.manifest["synthetic"] else ""
        return f"<release {self.id}: {len(self.release.outcome_ids)} outcomes{made_up}>"

    def close(self) -> None:
        """Close its files."""
        self.release.close()

    # what there is

    @property
    def id(self) -> str:
        """The id of the release, which follows from its content."""
        return self.release.id

    @property
    def outcomes(self) -> pa.Table:
        """The outcomes: outcome, cohort, label, label_nl, kind, unit, polarity, years, national figure and spread.

        earlier : the outcomes that are the same measure of earlier cohorts, the nearest first; for `change`.
        """
        rows = []
        for one in self.release.outcomes["outcomes"]:
            national = one["national"] or {}
            about = {name: one[name] for name in ("cohort", "kind", "unit", "polarity", "years", "spread")}
            label = {"outcome": one["id"], "label": one["label"]["en"], "label_nl": one["label"]["nl"]}
            rows.append({**label, **about, "national": national.get("est"), "earlier": one.get("earlier", [])})
        return pa.Table.from_pylist(rows, schema=_OUTCOMES)

    @property
    def levels(self) -> tuple[str, ...]:
        """Area levels with figures, from large to small."""
        return self.release.levels

    @property
    def groups(self) -> tuple[str, ...]:
        """Ids of all groups: `axis=position;sex;origin;household`."""
        return self.release.group_ids

    @property
    def everybody(self) -> str:
        """The id of the group that everybody is in."""
        return str(self.release.groups["default"])

    def areas(self, level: str) -> pa.Table:
        """All areas of a level: area, name, population (null where not known). `UsageError` for an unknown level."""
        if level not in self.levels:
            raise UsageError(f"This release has no level {level}", found=level, expected=", ".join(self.levels))
        table = self.release.areas.table(level)
        people = pa.array(table.population, mask=np.isnan(table.population)).cast(pa.int64())
        return pa.table({"area": list(table.ids), "name": list(table.names), "population": people})

    # figures

    def layer(self, outcome: str, level: str = "municipality", group: str | None = None) -> pa.Table:
        """The shown figures of one outcome, level and group.

        Columns: area, name, n, est, lwr, upr (in the outcome's unit, 95 % interval), se (noise included), reliability
        (A, B, C), protection (exact, noise), noise_sd. Areas that are not there are hidden or empty.
        """
        of = column(self.release, outcome, level, group or self.everybody)
        return pa.table({**self._areas(of, level), **_figures(of)})

    def area(self, area: str, group: str | None = None, level: str | None = None) -> pa.Table:
        """All shown figures of one area: outcome, n, est, lwr, upr, reliability, protection, noise_sd.

        `AreaError` for an area that does not exist; level : where two levels share an id.
        """
        return pa.Table.from_pylist(self.release.area_figures(area, group, level), schema=_AREA)

    def estimates(self, outcome: str) -> pa.Table:
        """All shown figures of an outcome, every level and group, as they lie in the release."""
        return self.release.estimates(outcome)

    def spells(self, outcome: str) -> pa.Table:
        """What is told of spells of a low income in the country beside an outcome (docs/working-life.md).

        Columns: part (`leaving` and `again` by years that it has lasted, `by_year` by calendar year, `trend` per year,
        `none` and `gamma` for the test of dependence without and with frailty), place (null where there is none), est,
        lwr, upr, weighted (for those who are not seen any more), step (null where it is not in steps).

        `UsageError` for an outcome of which this is not told.
        """
        told = {one["id"]: one["spells"] for one in self.release.outcomes["outcomes"] if one.get("spells")}
        if outcome not in told:
            raise UsageError(
                "Nothing is told of spells beside this outcome",
                found=outcome,
                expected=", ".join(told) or "nothing: this release tells of no spells",
            )
        found = told[outcome]
        rows = [
            {"part": part} | {name: values[at] for name, values in found[part].items() if isinstance(values, list)}
            for part in ("leaving", "again", "by_year")
            for at in range(len(found[part]["place"]))
        ]
        rows += [{"part": "trend"} | found["trend"]] if found["trend"] else []
        rows += [{"part": one["frailty"]} | one for one in found["dependence"]]
        return pa.Table.from_pylist([{name: row.get(name) for name in _SPELLS.names} for row in rows], schema=_SPELLS)

    def decompositions(self, outcome: str) -> pa.Table:
        """What the gaps between groups in an outcome go with, in the country and in areas (docs/measures.md).

        Columns: decomposition, level, area, dimension, a, b (the gap is the mean of a less that of b), part (`gap`,
        `explained`, `unexplained`; of the country also `endowments`, `coefficients`, `interaction`), block (a row of
        `explained` with a block is its part of it; null for the whole), est, lwr, upr (in the outcome's unit), step
        (every figure is a multiple of it, and it stands for at least twenty people).

        What is unexplained is not the same as discrimination. `UsageError` for an outcome of which this is not told.
        """
        told = [one["id"] for one in self.release.outcomes["outcomes"] if one.get("decompositions")]
        if outcome not in told:
            raise UsageError(
                "Gaps in this outcome are not decomposed",
                found=outcome,
                expected=", ".join(told) or "nothing: this release decomposes no gap",
            )
        return self.release.decompositions(outcome)

    def effects(self) -> pa.Table:
        """Effects that were attached to the release, apart from its figures (docs/effects.md); perhaps no row.

        Columns: effect, method (movers, policy), title, part (`effect`, `chosen` of movers, `along` by age at the move
        or year since the start, `placebo`), name (of a placebo), place (age or year), est, lwr, upr (shares of the
        difference between two places, or the unit of the outcome), step, people (in tens), expected and verdict (of a
        placebo: `none` or `effect`; `as_expected`, `fails` or `unknown`), p, reason (why there is no estimate).
        """
        rows: list[dict[str, Any]] = []
        for one in self.release.effects:
            parts = [("effect", one["effect"]), ("chosen", one["chosen"])]
            parts += [("along", at) for at in one["along"]] + [("placebo", at) for at in one["placebos"]]
            about = {"effect": one["id"], "method": one["method"], "title": one["title"]["en"]}
            rows += [{**figure, **about, "part": part} for part, figure in parts if figure is not None]
        return pa.Table.from_pylist([{name: row.get(name) for name in _EFFECTS.names} for row in rows], schema=_EFFECTS)

    def composition(self, outcome: str, area: str, group: str | None = None, by: str = "origin") -> pa.Table:
        """How much of an area's difference from the country goes with who grew up there (Kitagawa 1955).

        by : `origin` or `sex`. Columns: part (`difference`, `composition`, `rates`; the last two add up to the first),
        est, lwr, upr (in the outcome's unit; null with a reason in `table.schema.metadata[b"reason"]` where groups
        without a figure hold too many people, or a figure that it takes is not told). From published figures alone.

        `UsageError` for a group of one origin (or sex) only, `AreaError` for an unknown area.
        """
        found = composed(self.release, outcome, area, group, by).parts
        whole = {"part": "difference", "est": None if found.reason == NOT_TOLD else found.difference}
        rows = [whole, *(
            {"part": part, "est": est, "lwr": lwr, "upr": upr} for part, (est, lwr, upr) in found.intervals().items()
        )]  # fmt: skip
        table = pa.Table.from_pylist([{name: row.get(name) for name in _PARTS.names} for row in rows], schema=_PARTS)
        return table.replace_schema_metadata({"reason": found.reason}) if found.reason else table

    # how sure they are

    def ranks(
        self,
        outcome: str,
        level: str = "municipality",
        group: str | None = None,
        *,
        less: str | None = None,
        highest_first: bool = True,
        confidence: float = 0.95,
    ) -> pa.Table:
        """Which places areas can have (Mogstad, Romano, Shaikh and Wilhelm 2024); wijken within their municipality.

        less : a group that is taken off, so that the differences between two groups are ranked.

        Columns: area, name, est, se, rank, low, high (for one area chosen beforehand), low_all, high_all (for all areas
        together), of, tier (areas that cannot be told from its first), within (the area that they are ranked in; null
        for the whole level).
        """
        found = ranked(
            self.release, outcome, level, group or self.everybody,
            less=less, highest_first=highest_first, confidence=confidence,
        )  # fmt: skip
        sets = {name: _places(values) for name, values in vars(found.sets).items()}
        within = pa.array(found.within, pa.string())
        return pa.table({**self._areas(found.column, level), **_sure(found.column), **sets, "within": within})

    def shrunk(
        self,
        outcome: str,
        level: str = "municipality",
        group: str | None = None,
        *,
        prior: str = "normal",
        covariates: Mapping[str, Mapping[str, float]] | pa.Table | None = None,
        confidence: float = 0.95,
    ) -> pa.Table:
        """Empirical-Bayes figures beside the raw ones; not to be ranked or regressed on.

        prior : `normal` (one for all), `close` (depends on precision, Chen 2025), `close-any` (and of any shape).
        covariates : a number per area and name, `{"density": {"GM0363": 5333.0, ...}}`, or a table with a column
        `area`.

        Columns: area, name, est, se, post, post_sd, lwr, upr (of post), prior, prior_sd, weight (of the own figure).
        Why nothing was shrunk is in `table.schema.metadata[b"reason"]`.
        """
        given = _by_area(covariates)
        of, found = shrunk(
            self.release, outcome, level, group or self.everybody,
            prior=prior, covariates=given, confidence=confidence,
        )  # fmt: skip
        parts = ("post", "post_sd", "lwr", "upr", "prior", "prior_sd", "weight")
        columns = {name: _numbers(getattr(found, name)) for name in parts}
        table = pa.table({**self._areas(of, level), **_sure(of), **columns})
        return table.replace_schema_metadata({"reason": found.reason}) if found.reason else table

    def differs(
        self,
        outcome: str,
        level: str = "municipality",
        group: str | None = None,
        *,
        reference: str | None = None,
        method: precision.Method = "bh",
        rate: float = 0.05,
    ) -> pa.Table:
        """Which areas differ from the country, or another area, in the same group, when all are looked at together.

        method : `holm` (not one wrong, with 95 %), `bh` (5 % of those named wrong), `by` (the same, however dependent).
        Columns: area, name, est, se, difference, difference_se, p, p_adjusted, differs.
        """
        of, found = differences(
            self.release, outcome, level, group or self.everybody, reference=reference, method=method, rate=rate
        )
        columns = {"difference": found.difference, "difference_se": found.se, "p": found.p}
        return pa.table(
            {
                **self._areas(of, level),
                **_sure(of),
                **{name: _numbers(values) for name, values in columns.items()},
                "p_adjusted": _numbers(found.p_adjusted),
                "differs": pa.array(found.differs),
            }
        )

    def change(
        self,
        outcome: str,
        other: str,
        level: str = "municipality",
        group: str | None = None,
        *,
        later: Opened | None = None,
    ) -> pa.Table:
        """The same measure in a later cohort: `other` of this release, or of the release `later`.

        Columns: area, name, est_earlier, est_later, change, se (joint: of cohorts that share years of birth too), lwr,
        upr, p_adjusted (among all areas), break (what changed in the measure between them; null when nothing did).
        """
        found = changed(
            self.release, outcome, other, level, group or self.everybody, later=later.release if later else None
        )
        broken = "; ".join(one.label["en"] for one in found.breaks) or None
        of = found.changes
        columns = {"change": of.change[0], "se": of.se[0], "lwr": of.lwr[0], "upr": of.upr[0]}
        return pa.table(
            {
                **self._areas(found.later, level),
                "est_earlier": _numbers(found.earlier.est),
                "est_later": _numbers(found.later.est),
                **{name: _numbers(values) for name, values in columns.items()},
                "p_adjusted": _numbers(found.p_adjusted),
                "break": pa.array([broken] * len(found.areas), pa.string()),
            }
        )

    def reliability(self, level: str = "municipality", group: str | None = None) -> pa.Table:
        """How much of the differences between areas is real, per outcome.

        Columns: outcome, areas, variance, error (mean squared standard error), signal, reliability (0 to 1), reason.
        """
        rows = []
        for outcome in self.release.outcome_ids:
            of = column(self.release, outcome, level, group or self.everybody)
            rows.append({"outcome": outcome, **vars(precision.reliability(of.est, of.se))})
        kinds = {"outcome": pa.string(), "areas": pa.int64(), "reason": pa.string()}
        parts = ("outcome", "areas", "variance", "error", "signal", "reliability", "reason")
        return pa.table(
            {
                name: pa.array([row[name] for row in rows], kinds.get(name, pa.float64()), from_pandas=True)
                for name in parts
            }
        )

    def autocorrelation(
        self, outcome: str, level: str = "municipality", group: str | None = None, *, view: str = "schematic"
    ) -> Any:
        """Moran's I between areas that touch on a map of the release (`kansen.precision.spatial.Autocorrelation`).

        Needs the extra `kansen[analysis]`. view : the map; a schematic one has other borders than the real one.
        """
        return touching(self.release, outcome, level, group or self.everybody, view).moran()

    def clusters(
        self,
        outcome: str,
        level: str = "municipality",
        group: str | None = None,
        *,
        view: str = "schematic",
        permutations: int = PERMUTATIONS,
        method: precision.Method = "bh",
        rate: float = 0.05,
    ) -> pa.Table:
        """Areas that are like or unlike those they touch, with control of false discoveries. Needs `kansen[analysis]`.

        Columns: area, name, value (local Moran), p, p_adjusted, kind (high_high, low_low, high_low, low_high; null
        where not named), island. Areas without a figure are not there.
        """
        of = touching(self.release, outcome, level, group or self.everybody, view)
        found = of.clusters(permutations=permutations, method=method, rate=rate)
        shown = of.column.position
        return pa.table(
            {
                **self._areas(of.column, level),
                **{name: _numbers(getattr(found, name)[shown]) for name in ("value", "p", "p_adjusted")},
                "kind": pa.array([found.kind[i] or None for i in shown.tolist()], pa.string()),
                "island": pa.array(found.islands[shown]),
            }
        )

    def _areas(self, of: Column, level: str) -> dict[str, pa.Array]:
        known = self.release.areas.names(level)
        return {
            "area": pa.array(of.areas, pa.string()),
            "name": pa.array([known[i] for i in of.position.tolist()], pa.string()),
        }


def open(path: str | Path) -> Opened:
    """Open a release directory; `ReleaseError` when it is none, or damaged. Takes milliseconds."""
    return Opened(open_release(path))


_OUTCOMES = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("outcome", "cohort", "label", "label_nl", "kind", "unit")),
        *(pa.field(name, pa.string()) for name in ("polarity", "years")),
        *(pa.field(name, pa.float64()) for name in ("national", "spread")),
        pa.field("earlier", pa.list_(pa.string())),
    ]
)
_PARTS = pa.schema([("part", pa.string()), *((name, pa.float64()) for name in ("est", "lwr", "upr"))])
_SPELLS = pa.schema(
    [
        pa.field("part", pa.string()),
        pa.field("place", pa.int64()),
        *(pa.field(name, pa.float64()) for name in ("est", "lwr", "upr", "weighted", "step")),
    ]
)
_EFFECTS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("effect", "method", "title", "part", "name")),
        pa.field("place", pa.int64()),
        *(pa.field(name, pa.float64()) for name in ("est", "lwr", "upr", "step")),
        pa.field("people", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("expected", "verdict")),
        pa.field("p", pa.float64()),
        pa.field("reason", pa.string()),
    ]
)
_AREA = pa.schema(
    [
        pa.field("outcome", pa.string()),
        pa.field("n", pa.int64()),
        *(pa.field(name, pa.float64()) for name in ("est", "lwr", "upr")),
        *(pa.field(name, pa.string()) for name in ("reliability", "protection")),
        pa.field("noise_sd", pa.float64()),
    ]
)


def _numbers(values: Any) -> pa.Array:
    """Numbers, null where they are not known."""
    return pa.array(np.asarray(values, np.float64), pa.float64(), from_pandas=True)


def _places(values: Any) -> pa.Array:
    """Places in a ranking, null where there is none."""
    return pa.array(values, pa.int64(), mask=np.asarray(values) == 0)


def _sure(of: Column) -> dict[str, pa.Array]:
    return {"est": _numbers(of.est), "se": _numbers(of.se)}


def _figures(of: Column) -> dict[str, pa.Array]:
    letters, kinds = np.array(names.LETTERS), np.array(names.PROTECTIONS)
    return {
        "n": pa.array(of.n, pa.int64(), mask=of.n < 0),
        "est": _numbers(of.est),
        "lwr": _numbers(of.lwr),
        "upr": _numbers(of.upr),
        "se": _numbers(of.se),
        "reliability": pa.array(letters[of.reliability].tolist(), pa.string()),
        "protection": pa.array(kinds[(of.noise_sd > 0).astype(int)].tolist(), pa.string()),
        "noise_sd": _numbers(of.noise_sd),
    }


def _by_area(given: Mapping[str, Mapping[str, float]] | pa.Table | None) -> Mapping[str, Mapping[str, float]] | None:
    """Covariates as numbers per area; `InputError` when a table has no column `area`."""
    if given is None or isinstance(given, Mapping):
        return given
    if "area" not in given.column_names:
        found = ", ".join(given.column_names)
        raise InputError(
            "The covariates have no column area", found=found, expected="area and one column per covariate"
        )
    areas = given["area"].to_pylist()
    return {
        name: {a: float("nan") if v is None else float(v) for a, v in zip(areas, given[name].to_pylist(), strict=True)}
        for name in given.column_names
        if name != "area"
    }
