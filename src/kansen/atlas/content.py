"""What the API answers about one release, as plain data: no HTTP here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import orjson

from kansen import geography
from kansen.atlas.answers import Stored
from kansen.atlas.certainty import changes_of, neighbours_of, precision_of, reliability_of
from kansen.atlas.composition import composition_of
from kansen.atlas.gap_parts import area_gaps
from kansen.errors import UsageError
from kansen.release import Release

_COUNTRY = "NL"
KEPT = 256
"""Layers of which each answer about certainty is kept: at most some 10 MB for each kind."""

_CERTAINTY: dict[str, Callable[..., dict[str, Any]]] = {
    "ranks": precision_of,
    "reliability": reliability_of,
    "neighbours": neighbours_of,
    "changes": changes_of,
}


class Content:
    """One release as the API shows it. Answers that never change are compressed once and kept."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._kept: dict[tuple[str, ...], Stored] = {}
        # A release with areas of someone's own has no maps: boundaries that were imported here are of other areas.
        mapped = [level["id"] for level in release.manifest["levels"] if level["geometry"]]
        self._sure = {name: lru_cache(KEPT)(self._storing(work_out)) for name, work_out in _CERTAINTY.items()}
        self._permuting = Lock()
        self._imported = {level: path for level in mapped if (path := geography.find_boundaries(level))}

    def manifest(self, *, inputs: bool = True) -> Stored:
        """The manifest, with the boundaries in use here and the audit when there is one; `inputs` may be left out."""
        manifest = self.release.manifest
        hidden = {"files"} if inputs else {"files", "inputs"}
        shown = {name: value for name, value in manifest.items() if name not in hidden}
        levels = [
            {**level, "geometry": [*level["geometry"], *(["imported"] if level["id"] in self._imported else [])]}
            for level in manifest["levels"]
        ]
        boundaries = {level["id"]: self._boundaries(level["id"]) for level in levels if level["geometry"]}
        return Stored.json({**shown, "levels": levels, "boundaries": boundaries, "audit": self.release.audit})

    def audit(self) -> Stored | None:
        """The report of the audit; None when none is attached. Looked up every time: it comes after the release."""
        report = self.release.audit
        return Stored.json(report) if report else None

    def effects(self) -> Stored:
        """The effects that are attached, apart from the figures. Looked up every time: they come after the release."""
        return Stored.json({"effects": self.release.effects})

    def attrition(self, cohort: str, area: str | None) -> dict[str, Any]:
        """What each rule of a cohort left, for the country or one area; `UsageError` or `AreaError` for unknown ids."""
        known = tuple(one["id"] for one in self.release.manifest["cohorts"])
        if cohort not in known:
            raise _unknown("cohort", cohort, known)
        own = self.release.areas.area(area or _COUNTRY)
        told = self.release.attrition
        here = [i for i, c in enumerate(told["cohort"]) if c == cohort and told["area"][i] == own.id]
        names = ("step", "dimension", "category", "before", "dropped", "left")
        rows = [{name: told[name][i] for name in names} for i in here]
        return {
            "cohort": cohort,
            "area": own.id,
            "name": own.name,
            "steps": [{**row, "label": told["steps"].get(row["step"])} for row in rows],
        }

    def outcomes(self) -> Stored:
        """Themes and outcomes."""
        return self._keep(("outcomes",), lambda: Stored.json(self.release.outcomes))

    def groups(self) -> Stored:
        """Axes and dimensions."""
        return self._keep(("groups",), lambda: Stored.json(self.release.groups))

    def areas(self, level: str) -> Stored:
        """The areas of a level as columns."""
        if level not in self.release.levels:
            raise _unknown("level", level, self.release.levels)
        return self._keep(("areas", level), lambda: Stored.json(self._area_columns(level)))

    def characteristics(self, level: str) -> Stored:
        """What is known of the areas of a level besides outcomes; none of areas of someone's own."""
        if level not in self.release.levels:
            raise _unknown("level", level, self.release.levels)
        return self._keep(("characteristics", level), lambda: Stored.json(self._characteristics(level)))

    def area(self, area: str, group: str | None, level: str | None) -> dict[str, Any]:
        """One area and its shown figures; `AreaError` for an unknown area, `UsageError` for an unknown group."""
        areas = self.release.areas
        own = areas.area(area, level)
        chosen = group or self.release.groups["default"]
        if chosen not in self.release.group_ids:
            raise _unknown("group", chosen, ())
        return {
            "area": own.id,
            "name": own.name,
            "level": own.level,
            "level_label": dict(areas.info(own.level).singular),
            "parents": [{"area": p.id, "name": p.name, "level": p.level} for p in areas.parents(area, own.level)],
            "population": own.population,
            "group": chosen,
            "figures": self.release.area_figures(area, chosen, own.level),
        }

    def gaps(self, outcome: str, area: str) -> dict[str, Any]:
        """What gaps in an outcome go with in an area; `UsageError` or `AreaError` for unknown ids."""
        return area_gaps(self.release, outcome, area)

    def composition(self, outcome: str, area: str, group: str | None, by: str) -> dict[str, Any]:
        """An area's difference from the country by groups; `UsageError` or `AreaError` for what cannot be split."""
        return composition_of(self.release, outcome, area, group, by)

    def search(self, query: str, limit: int) -> dict[str, Any]:
        """Areas by name, code or postcode, best first; only those of levels that have figures."""
        areas = self.release.areas
        hits = geography.search(query, areas, limit=limit, levels=self.release.levels)
        return {
            "query": query,
            "results": [
                {
                    "area": hit.id,
                    "name": hit.name,
                    "level": hit.level,
                    "level_label": dict(areas.info(hit.level).singular),
                    "within": hit.within or None,
                    "note": dict(hit.note) if hit.note else None,
                }
                for hit in hits
            ],
        }

    def ranks(self, outcome: str, level: str, group: str, less: str | None = None) -> Stored:
        """Places, shrunk figures and differences of a layer; the last few hundred are kept, as are those below."""
        return self._sure["ranks"](outcome, level, group, less)

    def reliability(self, outcome: str, level: str, group: str, less: str | None = None) -> Stored:
        """How much of the differences between areas is real."""
        return self._sure["reliability"](outcome, level, group, less)

    def neighbours(self, outcome: str, level: str, group: str, less: str | None = None) -> Stored:
        """Whether areas that touch are alike."""
        return self._sure["neighbours"](outcome, level, group, less)

    def changes(self, outcome: str, level: str, group: str, earlier: str | None = None) -> Stored:
        """The change since the same measure of an earlier cohort."""
        return self._sure["changes"](outcome, level, group, earlier)

    def _storing(self, work_out: Callable[..., dict[str, Any]]) -> Callable[..., Stored]:
        def stored(*asked: str | None) -> Stored:
            # Moran's I of esda takes its permutations from the one global generator of NumPy.
            with self._permuting if work_out is neighbours_of else nullcontext():
                return Stored.json(work_out(self.release, *asked))

        return stored

    def geometry(self, level: str, view: str) -> Stored:
        """A map as TopoJSON; `imported` is what `kansen areas import` left on this computer."""
        if view == "imported" and level in self._imported:
            return self._keep(("geometry", level, view), lambda: _imported(self._imported[level]))
        return self._keep(("geometry", level, view), lambda: self._drawn(level, view))

    def _drawn(self, level: str, view: str) -> Stored:
        return Stored(self.release.geometry(level, view), f"{self.release.id}-{level}-{view}")

    def _keep(self, key: tuple[str, ...], make: Any) -> Stored:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def _boundaries(self, level: str) -> dict[str, Any]:
        path = self._imported.get(level)
        if path is None:
            return {"kind": "schematic", "attribution": None}
        return {"kind": "imported", "attribution": geography.boundary_source(path)}

    def _area_columns(self, level: str) -> dict[str, Any]:
        areas = self.release.areas
        table = areas.table(level)
        within = table.level.mostly_in or (table.level.within[-1] if table.level.within else None)
        parents = table.parents.get(within) if within else None
        ids = areas.ids(within) if within else ()
        return {
            "level": level,
            "area": list(table.ids),
            "name": list(table.names),
            "parent": [None] * len(table.ids)
            if parents is None
            else [ids[i] if i >= 0 else None for i in parents.tolist()],
            "population": [None if np.isnan(people) else int(people) for people in table.population.tolist()],
        }

    def _characteristics(self, level: str) -> dict[str, Any]:
        ids = self.release.areas.table(level).ids
        found = [(one, geography.characteristic_values(one, level, ids)) for one in geography.load_characteristics()]
        return {
            "level": level,
            "area": list(ids),
            "characteristics": [
                {
                    "id": one.id,
                    "label": dict(one.label),
                    "source": dict(one.source),
                    "kind": one.kind,
                    "log": one.is_log,
                    "values": [None if np.isnan(value) else round(value, 4) for value in values.tolist()],
                }
                for one, values in found
                if not np.isnan(values).all()
            ],
        }


def _imported(path: Path) -> Stored:
    return Stored.json(orjson.loads(path.read_bytes()))


def _unknown(what: str, found: str, known: tuple[str, ...]) -> UsageError:
    return UsageError(f"This release has no {what} {found}", found=found, expected=", ".join(known) or None)
