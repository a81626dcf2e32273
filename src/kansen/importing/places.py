"""The areas that published files name, by code or by name: ours where we have them, under their own code where not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from kansen.geography import Areas, explain_history, with_others
from kansen.geography.changes import changes
from kansen.geography.search import aliases, plain
from kansen.importing.report import Report
from kansen.measures.vault import region_id

LETTERS: Mapping[str, tuple[str, int]] = {
    "province": ("PV", 2),
    "corop": ("CR", 2),
    "municipality": ("GM", 4),
    "wijk": ("WK", 6),
    "pc3": ("", 3),
    "pc4": ("", 4),
}
"""Per level the letters that its codes start with, and how many digits follow."""

_NOWHERE = re.compile(r"(-*|NA|0+)")
NOWHERE = -1


class Malformed(ValueError):
    """A text that is no code of its level in any year; says what one looks like."""


def area_code(level: str, text: str) -> str | None:
    """Our id of a published code, with or without letters and leading zeros; None where it means that nobody knows.

    Raises `Malformed` for what is no code of that level in any year.

    >>> area_code("municipality", "363"), area_code("wijk", "WK036344"), area_code("pc3", "101X")
    ('GM0363', 'WK036344', '101')
    >>> area_code("pc4", "----") is None
    True
    """
    if level == "nl":
        if text in ("all", "NL", "NA", ""):  # there is no other
            return "NL"
        raise Malformed("all")
    letters, digits = LETTERS[level]
    if _NOWHERE.fullmatch(text.strip()):
        return None
    bare = text.strip().upper().removeprefix(letters)
    bare = bare.removesuffix("X") if level == "pc3" else bare
    if not bare.isdecimal() or not bare.isascii() or len(bare) > digits:
        raise Malformed(f"{digits} digits" + (f", with or without {letters}" if letters else ""))
    if not letters and (len(bare) < digits or bare.startswith("0")):
        raise Malformed(f"{digits} digits of which the first is not 0")
    return letters + bare.zfill(digits)


class Places:
    """Numbers for the areas of an import, in the order in which they were met."""

    def __init__(self, areas: Areas, report: Report) -> None:
        self.known = areas
        self.met: list[tuple[str, str]] = []
        self._report = report
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, level: str, text: str, file: str) -> int:
        """The number of a published code; `NOWHERE` where the area is not known. Raises `Malformed`."""
        if not self.known.shipped:
            return self.number_of(level, self._own_area(level, text))
        area = area_code(level, text)
        if area is None:
            return NOWHERE
        letters, digits = LETTERS.get(level, ("", 0))
        if letters and len(text.strip().upper().removeprefix(letters)) < digits:
            self._report.add("mapped", f"codes of {level} that had lost a zero", file=file, example=f"{text} to {area}")
        return self.number_of(level, area)

    def _own_area(self, level: str, text: str) -> str:
        """An area of somebody's own hierarchy, by its id as it is or as an export writes it."""
        area = self._own[level].get(text)
        if area is None:
            raise Malformed(f"a {level} of the hierarchy beside the files")
        return area

    @cached_property
    def _own(self) -> dict[str, dict[str, str]]:
        ids = {level: self.known.ids(level) for level in self.known.levels}
        return {
            level: {region_id(level, area): area for area in of} | {area: area for area in of}
            for level, of in ids.items()
        }

    def number_of(self, level: str, area: str) -> int:
        """The number of an area id."""
        key = (level, area)
        if key not in self._numbers:
            self._numbers[key] = len(self.met)
            self.met.append(key)
        return self._numbers[key]

    def named(self, name: str, file: str) -> int | None:
        """The number of a place by its name or code in a KansenKloof table; None where none, or several, are called so.

        A name is that of a municipality first, then of a COROP region or a province.
        """
        if plain(name) in ("nederland", "nl", "total", "totaal", "all"):
            return self.number_of("nl", "NL")
        for level, form in (("pc3", r"[1-9]\d{2}[Xx]"), ("wijk", r"(WK)?\d{6}"), ("pc4", r"[1-9]\d{3}")):
            if re.fullmatch(form, name):
                return self.number(level, name, file)
        area = self._by_name.get(plain(name)) or self._by_name.get(_bare(name))
        if area is None:
            larger = [(level, area) for level in ("corop", "province") for area in self._named(level, name)]
            return self.number_of(*larger[0]) if len(larger) == 1 else None
        if not self.known.has(area, "municipality"):
            self._report.add("mapped", "names of former municipalities", file=file, example=f"{name} to {area}")
        elif plain(name) != plain(self.known.name(area, "municipality")):
            self._report.add("mapped", "other names of municipalities", file=file, example=f"{name} to {area}")
        return self.number_of("municipality", area)

    def _named(self, level: str, name: str) -> list[str]:
        pairs = zip(self.known.ids(level), self.known.names(level), strict=True)
        return [area for area, called in pairs if plain(called) == plain(name)]

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """Municipality by its name without accents; a name that two have (with or without a suffix) leads nowhere."""
        found: dict[str, set[str]] = {}
        for area, name in zip(self.known.ids("municipality"), self.known.names("municipality"), strict=True):
            for text in {plain(name), _bare(name)}:
                found.setdefault(text, set()).add(area)
        former: dict[str, set[str]] = {}
        for change in changes():
            former.setdefault(plain(change.old_name), set()).add(change.old_code)
        for name, areas in former.items():
            found.setdefault(name, areas)
        for area, names in aliases(self.known).items():
            for name in names if self.known.has(area, "municipality") else ():
                found.setdefault(plain(name), {area})
        return {name: next(iter(areas)) for name, areas in found.items() if len(areas) == 1}

    def areas(self) -> Areas:
        """The known areas, and those that were met and are not among them, under their own code."""
        former = {change.old_code: change.old_name for change in changes()}
        others: dict[str, dict[str, str]] = {}
        for level, area in self.met:
            if self.known.has(area, level):
                continue
            others.setdefault(level, {})[area] = former.get(area, area)
            year = self.known.vintage(level)
            history = explain_history(area)
            self._report.add(
                "kept", f"areas of {level} that are not in the area table of {year}: shown without a place on the map",
                example=history or area,
            )  # fmt: skip
        return with_others(self.known, others) if others else self.known


def _bare(name: str) -> str:
    """A name without what tells it from another of the same name."""
    return plain(re.sub(r"\(.*\)", "", name))
