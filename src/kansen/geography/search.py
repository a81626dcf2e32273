"""Find an area by what people type: a name, a code, a postcode, a municipality that is no more."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kansen.geography.areas import WHOLE, Areas
from kansen.geography.changes import changes, history
from kansen.geography.levels import Text

_LABEL = re.compile(r"^wijke? ?\d+[\s:\-]*")
"""The "Wijk 01" that many names of wijken start with; the rest is what people know it by."""


@dataclass(frozen=True)
class Match:
    """One area that was found.

    `within` names what it lies in ("Amsterdam, Noord-Holland"; empty for the largest areas); `note` says in both
    languages why another name led here, or is None.
    """

    id: str
    name: str
    level: str
    within: str
    note: Text | None = None


@dataclass(frozen=True)
class _Entry:
    text: str
    area: str
    level: str
    population: float
    note: Text | None


def plain(text: str) -> str:
    """Lower case, without accents, every run of signs one space.

    >>> plain("Súdwest-Fryslân"), plain("'s-Gravenhage")
    ('sudwest fryslan', 's gravenhage')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", bare.lower()).strip()


class Search:
    """An index over all areas; make it once, ask it often (a question takes a few milliseconds).

    >>> from kansen.geography import load_areas
    >>> [(match.id, match.name, match.within) for match in Search(load_areas())("haren", limit=1)]
    [('GM0014', 'Groningen', 'Groningen')]
    """

    def __init__(self, areas: Areas) -> None:
        self._areas = areas
        self._entries: list[_Entry] = []
        for level in areas.levels:
            table = areas.table(level)
            for id_, name, people in zip(table.ids, table.names, table.population.tolist(), strict=True):
                count = people if people == people else 0.0
                whole = plain(name)
                short = _LABEL.sub("", whole).strip()
                bare = plain(re.sub(r"\(.*\)", "", name))
                for text in sorted({whole, short, bare, plain(id_)} - {""}):
                    self._entries.append(_Entry(text, id_, level, count, None))
        self._aliases = aliases(areas) if areas.shipped else {}
        if areas.shipped:
            self._add_aliases()
            self._add_former()
        self._within = [self._place(entry) for entry in self._entries]
        self._people: dict[str, float] = {}
        for entry in self._entries:
            if entry.level != "corop":
                self._people[entry.text] = max(entry.population, self._people.get(entry.text, 0.0))

    def _place(self, entry: _Entry) -> str:
        """The entry's text followed by all names of what it lies in, for questions of several words."""
        table = self._areas.table(entry.level)
        position = table.index[entry.area]
        around = [(level, int(of[position])) for level, of in table.parents.items() if of[position] >= 0]
        names = [self._areas.names(level)[at] for level, at in around]
        other = [name for level, at in around for name in self._aliases.get(self._areas.ids(level)[at], ())]
        return " ".join([entry.text, *map(plain, [*names, *other])])

    def _around(self, area: str, level: str) -> list[str]:
        """Names of what an area lies in, from small to large, along the level listed last; without the whole."""
        table = self._areas.table(level)
        if not table.parents:
            return []
        above, of = list(table.parents.items())[-1]
        position = int(of[table.index[area]])
        parent = self._areas.ids(above)[position]
        if position < 0 or parent == WHOLE:
            return []
        return [self._areas.name(parent, above), *self._around(parent, above)]

    def _add_aliases(self) -> None:
        for id_, names in self._aliases.items():
            area = self._areas.area(id_)
            self._entries += [_Entry(plain(name), id_, area.level, float(area.population or 0), None) for name in names]

    def _add_former(self) -> None:
        for change in changes():
            steps = history(change.old_code)
            target = steps[-1].new_code
            if not self._areas.has(target, "municipality"):
                continue
            note = {lang: " ".join(step.note(lang) for step in steps) for lang in ("nl", "en")}
            for text in (plain(change.old_name), plain(change.old_code)):
                if text != plain(self._areas.name(target)):
                    people = float(self._areas.area(target).population or 0)
                    self._entries.append(_Entry(text, target, "municipality", people, note))

    def _rank(self, entry: _Entry, *, is_named: bool) -> tuple[bool, float, bool, float, str]:
        """The place of an entry among those that fit equally well; `is_named`: what was typed starts its name."""
        if not is_named:
            return (False, 0.0, False, -entry.population, entry.area)
        # A municipality counts for the largest area of its name: nobody who types "utre" looks for the province first.
        people = self._people.get(entry.text, 0.0) if entry.level == "municipality" else entry.population
        return (entry.level == "corop", -people, entry.level != "municipality", -entry.population, entry.area)

    def __call__(self, question: str, limit: int = 10, levels: Collection[str] | None = None) -> list[Match]:
        """The best matches for what was typed, best first.

        A whole name comes before the start of a name, then the start of a word, then any part, then all words anywhere
        in the name and in what it lies in. Among equals the area with most people comes first, but for whole names and
        starts of names a municipality comes before a province of its name, and COROP regions come after all others.
        `levels` limits the answer to those levels.
        """
        wanted = plain(question)
        if not wanted:
            return []
        postcode = re.fullmatch(r"([1-9]\d{3}) ?[a-z]{1,2}", wanted)
        if postcode:
            wanted = postcode[1]
        words = wanted.split()
        found: dict[str, tuple[tuple[int, bool, float, bool, float, str], _Entry]] = {}
        rows = [row for row, place in enumerate(self._within) if words[0] in place]
        for word in words[1:]:
            rows = [row for row in rows if word in self._within[row]]
        for row in rows:
            entry = self._entries[row]
            if levels is not None and entry.level not in levels:
                continue
            grade = _grade(wanted, words, entry.text, self._within[row])
            if grade is None:
                continue
            key = (grade, *self._rank(entry, is_named=grade <= 1))
            if entry.area not in found or key < found[entry.area][0]:
                found[entry.area] = (key, entry)
        best = sorted(found.values(), key=lambda pair: pair[0])[:limit]
        return [
            Match(
                entry.area,
                self._areas.name(entry.area, entry.level),
                entry.level,
                ", ".join(self._around(entry.area, entry.level)),
                entry.note,
            )
            for _, entry in best
        ]


def aliases(areas: Areas) -> dict[str, list[str]]:
    """Other names in use (Den Haag, The Hague) for each area that has any."""
    text = files("kansen.geography").joinpath("aliases.toml").read_text(encoding="utf-8")
    return {id_: names for id_, names in tomllib.loads(text).items() if areas.has(id_)}


def _grade(wanted: str, words: list[str], text: str, place: str) -> int | None:
    """How well a text fits: 0 the whole, 1 its start, 2 the start of a word, 3 any part, 4 all words in the place."""
    if text == wanted:
        return 0
    if text.startswith(wanted):
        return 1
    if f" {wanted}" in text:
        return 2
    if wanted in text:
        return 3 if len(wanted) > 2 else None
    starts = place.split()
    if len(words) > 1 and all(any(start.startswith(word) for start in starts) for word in words):
        return 4
    return None


@cache
def _index(areas: Areas) -> Search:
    return Search(areas)


def search(question: str, areas: Areas, limit: int = 10, levels: Collection[str] | None = None) -> list[Match]:
    """Search with an index that is made at the first question about these `areas` and kept; see `Search`."""
    return _index(areas)(question, limit, levels)
