"""The spec of a ready cohort file: what its columns and labels are called, its areas, and its outcomes.

A spec says in TOML what a declaration says of a cohort that Kansen follows itself. Nearly all of it may be left out;
`docs/estimate.md` lists every key. Every mistake is one `DeclarationError` that names file, table and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from kansen.cohorts.declarations import (
    Basis,
    Kind,
    Label,
    Outcome,
    Polarity,
    Theme,
    check_minimum,
    cohort_ids,
    load_cohort,
    load_themes,
)
from kansen.errors import DeclarationError, MissingInputError

KEY_COLUMNS = (
    "person",
    "household",
    "birth_year",
    "sex",
    "origin",
    "household_type",
    "income_rank",
    "wealth_rank",
    "parent_education",
)
"""Our columns of a cohort file before its areas and outcomes."""

OTHER = Theme("other", Label("Overig", "Other"))
"""The theme of outcomes whose spec names none."""

_UNITS: Mapping[Kind, str] = {
    "binary": "fraction",
    "share": "fraction",
    "money": "EUR",
    "count": "number",
    "rank": "percentile 0-1",
}
_TABLES = ("cohort", "columns", "labels", "areas", "outcome")
_COHORT = ("id", "label", "description", "births", "home_age", "title", "synthetic")
_AREAS = ("hierarchy", "columns")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_NOTHING = Label("", "")
MEASURES = "measures"
"""The key of an outcome that names the measures over it that are wanted."""
_WORDS = ("label", "short", "polarity", "theme", "life_phase")
_COHORT_ID = "cohort"


@dataclass(frozen=True)
class ReadyDeclaration:
    """What a spec tells of the cohort itself. `births`, `home_age` and the rest are None where nobody said them.

    prefix : what the ids of its outcomes begin with. outcome_age : at which age outcomes are measured.

    measures : by outcome, the measures over it that are wanted (`kansen.measures`); None: those that are declared.
    """

    id: str
    label: Label
    description: Label
    births: tuple[int, int] | None
    home_age: int | None
    outcomes: tuple[Outcome, ...]
    measures: Mapping[str, tuple[str, ...]] | None = field(default_factory=dict)
    prefix: str | None = None
    outcome_age: int | None = None

    def public(self) -> dict[str, Any]:
        """Everything that a release says about the cohort, ready for JSON."""
        return {
            "id": self.id,
            "label": self.label.as_dict(),
            "description": self.description.as_dict(),
            "births": list(self.births) if self.births else None,
            "home_age": self.home_age,
            "prefix": self.prefix,
            "outcome_age": self.outcome_age,
            "origin": None,
        }


@dataclass(frozen=True)
class Spec:
    """A spec that was read and checked.

    columns : their name of each of our columns and outcomes that is called otherwise. labels : per column of ours, our
    label for each of theirs. hierarchy : the csv of someone's own areas. levels : their column of each area level that
    the spec names. title : what the release is called, None when not said. synthetic : whether people are made up.
    """

    path: Path
    cohort: ReadyDeclaration
    title: Label | None = None
    synthetic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hierarchy: Path | None = None
    levels: Mapping[str, str] = field(default_factory=dict)


def read_spec(path: Path, codes: Mapping[str, Sequence[str]]) -> Spec:
    """Read and check a spec.

    codes : our labels of each column that has labels, e.g. {"sex": ("men", "women")}.
    Raises `MissingInputError` when the file is not there, `DeclarationError` for everything that is wrong in it.
    """
    content = _load(path)
    _known(content, _TABLES, path, None)
    tables = {name: _table(content, name, path) for name in _TABLES[:-1]}
    about, areas = tables["cohort"], tables["areas"]
    _known(about, _COHORT, path, "cohort")
    _known(areas, _AREAS, path, "areas")
    id = _id(about, path, "cohort") if "id" in about else _COHORT_ID
    outcomes = _outcomes(content.get("outcome"), id, path)
    cohort = _cohort(id, about, outcomes, _measures(content["outcome"], path), path)
    ids = [outcome.id for outcome in cohort.outcomes]
    _known(tables["columns"], (*KEY_COLUMNS, *ids), path, "columns", "area columns go under [areas.columns]")
    labels: dict[str, Mapping[str, str]] = {}
    _known(tables["labels"], tuple(codes), path, "labels")
    for column, mapped in tables["labels"].items():
        labels[column] = _labels(mapped, codes[column], path, f"labels.{column}")
    return Spec(
        path=path,
        cohort=cohort,
        title=_label(about["title"], path, "cohort", "title") if "title" in about else None,
        synthetic=_typed(about, "synthetic", bool, path, "cohort", False),
        columns=_names(tables["columns"], path, "columns"),
        labels=labels,
        hierarchy=path.parent / _typed(areas, "hierarchy", str, path, "areas", "") if "hierarchy" in areas else None,
        levels=_names(_table(areas, "columns", path, "areas."), path, "areas.columns"),
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise MissingInputError("The spec is not there", where=path, expected="a TOML file") from None
    except IsADirectoryError:
        raise MissingInputError("The spec is a folder", where=path, expected="a TOML file") from None
    except UnicodeDecodeError as error:
        raise DeclarationError(
            "The spec is not UTF-8 text", where=path, found=f"byte {error.start}", expected="UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError("The spec is not readable as TOML", where=path, found=error, expected="TOML") from error


def _wrong(
    what: str, path: Path, table: str | None, key: str | None, found: object, expected: object, todo: str | None = None
) -> DeclarationError:
    place = [str(path), *([f"table {table}"] if table else []), *([f"key {key}"] if key else [])]
    return DeclarationError(what, where=", ".join(place), found=found, expected=expected, todo=todo)


def _known(
    content: Mapping[str, Any], names: Sequence[str], path: Path, table: str | None, hint: str | None = None
) -> None:
    """Refuse keys that mean nothing: a slip of the pen would otherwise silently do nothing."""
    for key in content:
        if key not in names:
            near = get_close_matches(key, names, 1)
            todo = f"did you mean {near[0]}?" if near else hint
            raise _wrong("The spec has an unknown key", path, table, key, key, ", ".join(names), todo)


def _table(content: Mapping[str, Any], name: str, path: Path, above: str = "") -> dict[str, Any]:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise _wrong("A table of the spec is not a table", path, above + name, None, repr(found), f"[{above}{name}]")
    return found


def _typed(content: Mapping[str, Any], key: str, kind: type, path: Path, table: str, default: Any) -> Any:
    value = content.get(key, default)
    if type(value) is not kind and key in content:
        words = {str: "text", bool: "true or false", int: "a whole number"}
        raise _wrong("A key of the spec has the wrong type", path, table, key, repr(value), words[kind])
    return value


def _names(content: Mapping[str, Any], path: Path, table: str) -> dict[str, str]:
    found = {key: _typed(content, key, str, path, table, "") for key in content}
    for ours, theirs in found.items():
        if not theirs:
            raise _wrong("A column has no name", path, table, ours, "''", "the name of a column of the cohort file")
    return found


def _label(value: Any, path: Path, table: str, key: str) -> Label:
    """A label in both languages, or one text that serves for both."""
    if isinstance(value, str):
        return Label(value, value)
    if not isinstance(value, dict) or set(value) != {"nl", "en"} or not all(isinstance(v, str) for v in value.values()):
        raise _wrong("A label of the spec is wrong", path, table, key, repr(value), "a text, or { nl = ..., en = ... }")
    return Label(value["nl"], value["en"])


def _labels(mapped: Any, codes: Sequence[str], path: Path, table: str) -> Mapping[str, str]:
    """Our label for each of theirs. A label of theirs may be text or a whole number; several may have one of ours."""
    if not isinstance(mapped, dict):
        raise _wrong("A table of the spec is not a table", path, table, None, repr(mapped), f"[{table}]")
    _known(mapped, codes, path, table)
    found: dict[str, str] = {}
    for ours, value in mapped.items():
        for theirs in value if isinstance(value, list) else [value]:
            if not isinstance(theirs, str | int) or isinstance(theirs, bool):
                raise _wrong(
                    "A label is not a text", path, table, ours, repr(theirs), "text, a whole number, or a list"
                )
            if found.setdefault(str(theirs), ours) != ours:
                raise _wrong(
                    "A label of the cohort file has two meanings",
                    path, table, ours, repr(theirs), f"once; it is {found[str(theirs)]} already",
                )  # fmt: skip
    return MappingProxyType(found)


def _id(content: Mapping[str, Any], path: Path, table: str) -> str:
    value = content.get("id")
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _wrong("An id is absent or wrong", path, table, "id", repr(value), "a letter, then letters, digits and _")
    return value


def _measures(content: Sequence[Mapping[str, Any]], path: Path) -> dict[str, tuple[str, ...]]:
    """The measures that are wanted over each outcome; those that there are, `kansen.measures` knows."""
    found: dict[str, tuple[str, ...]] = {}
    for number, item in enumerate(content, 1):
        wanted = item.get(MEASURES, [])
        if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
            raise _wrong("Measures are wrong", path, f"outcome {number}", MEASURES, repr(wanted), '["slope", ...]')
        if wanted:
            found[str(item["id"])] = tuple(dict.fromkeys(wanted))
    return found


def _cohort(
    id: str,
    about: Mapping[str, Any],
    outcomes: tuple[Outcome, ...],
    measures: Mapping[str, tuple[str, ...]],
    path: Path,
) -> ReadyDeclaration:
    births = about.get("births")
    if births is not None:
        years = births if isinstance(births, list) else []
        if len(years) != 2 or any(type(year) is not int for year in years) or years[0] > years[1]:
            raise _wrong("Years of birth are wrong", path, "cohort", "births", births, "[first year, last year]")
        births = (years[0], years[1])
    known = load_cohort(id) if id in cohort_ids() else None
    words = {"label": known.label if known else Label(id, id), "description": known.description if known else _NOTHING}
    words |= {name: _label(about[name], path, "cohort", name) for name in words if name in about}
    home_age = _typed(about, "home_age", int, path, "cohort", known.home_age if known else None)
    # Who names every outcome of a cohort that Kansen follows has that cohort, and gets what `build` tells of it.
    whole = known is not None and {o.id for o in known.outcomes if not o.optional} <= {o.id for o in outcomes}
    told = None if whole and not measures else measures
    return ReadyDeclaration(id, words["label"], words["description"], births, home_age, outcomes, told)


def _outcomes(content: Any, cohort: str, path: Path) -> tuple[Outcome, ...]:
    if not isinstance(content, list) or not content or not all(isinstance(item, dict) for item in content):
        raise _wrong("The spec has no outcomes", path, "outcome", None, repr(content), "one [[outcome]] or more")
    declared = {outcome.id: outcome for name in cohort_ids() for outcome in load_cohort(name).outcomes}
    found = [_outcome(item, number, cohort, declared, path) for number, item in enumerate(content, 1)]
    ids = [outcome.id for outcome in found]
    for id in ids:
        if ids.count(id) > 1:
            raise _wrong("An outcome is there twice", path, "outcome", "id", id, "each id once")
        if id in KEY_COLUMNS:
            raise _wrong("An outcome has the name of another column", path, "outcome", "id", id, "a name of its own")
    return tuple(found)


def _outcome(item: dict[str, Any], number: int, cohort: str, declared: Mapping[str, Outcome], path: Path) -> Outcome:
    table = f"outcome {number}" + (f" ({item['id']})" if isinstance(item.get("id"), str) else "")
    names = {part.name: part for part in fields(Outcome) if part.name not in ("cohort", "recipe", "measure", "of")}
    _known(item, (*names, MEASURES), path, table)
    id = _id(item, path, table)
    allowed = {
        "kind": get_args(Kind),
        "basis": get_args(Basis),
        "polarity": get_args(Polarity),
        "theme": tuple(theme.id for theme in (*load_themes(), OTHER)),
    }
    if "kind" not in item:
        raise _wrong("An outcome lacks its kind", path, table, "kind", "nothing", ", ".join(allowed["kind"]))
    for name, choices in allowed.items():
        if name in item and item[name] not in choices:
            raise _wrong(f"Unknown {name}", path, table, name, repr(item[name]), ", ".join(choices))
    check_minimum(item.get("minimum"), item["kind"], f"{path} table {table} key minimum")
    given: dict[str, Any] = {}
    for name in item:
        if name == MEASURES:
            continue
        if name == "minimum":
            given[name] = item[name]
            continue
        labelled = names[name].type in (Label, "Label")
        given[name] = _label(item[name], path, table, name) if labelled else _typed(item, name, str, path, table, "")
    label = given.get("label", Label(id, id))
    values: dict[str, Any] = {
        "unit": _UNITS[item["kind"]], "polarity": "none", "theme": OTHER.id, "life_phase": "", "years": "",
        "label": label, "short": label, "formula": "", "basis": "home",
        "minimum": None,
        **dict.fromkeys(("description", "definition", "source", "missing"), _NOTHING),
    }  # fmt: skip
    known = declared.get(id)
    if known and known.kind == item["kind"]:
        # Years, source and unit are facts of the cohort that Kansen follows: another cohort only shares the words.
        shared = values if known.cohort == cohort else _WORDS
        values |= {name: getattr(known, name) for name in shared}
    if "label" in given:
        values["short"] = label
    return Outcome(cohort=cohort, **(values | given))
