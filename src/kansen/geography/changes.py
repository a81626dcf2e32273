"""Municipalities of other years: what became of a code, in words and as a code of the shipped year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kansen.geography.tables import read_table


@dataclass(frozen=True)
class Change:
    """One step in the life of a municipality code.

    `kind` is `merged`, `renamed` (the same area under another name) or `divided` (parts went to several; the step
    leads to the one that counts as the successor).
    """

    effective: str
    old_code: str
    old_name: str
    new_code: str
    new_name: str
    kind: str

    def sentence(self, lang: str = "en") -> str:
        """The step in one sentence, without a full stop."""
        old, new = f"{self.old_code} {self.old_name}", f"{self.new_code} {self.new_name}"
        return _SENTENCES[self.kind][lang].format(old=old, new=new, date=self.effective)

    def note(self, lang: str = "en") -> str:
        """The step in one sentence for a reader of the map: names and year, without codes."""
        return _NOTES[self.kind][lang].format(old=self.old_name, new=self.new_name, year=self.effective[:4])


_NOTES = {
    "merged": {"en": "{old} merged into {new} in {year}.", "nl": "{old} is in {year} opgegaan in {new}."},
    "renamed": {"en": "{old} was renamed {new} in {year}.", "nl": "{old} heet sinds {year} {new}."},
    "divided": {
        "en": "{old} was divided in {year}; this map counts it as part of {new}.",
        "nl": "{old} is in {year} verdeeld; op deze kaart hoort het bij {new}.",
    },
}
_SENTENCES = {
    "merged": {
        "en": "{old} merged into {new} on {date}",
        "nl": "{old} is opgegaan in {new} op {date}",
    },
    "renamed": {
        "en": "{old} was renamed {new} on {date}",
        "nl": "{old} heet {new} sinds {date}",
    },
    "divided": {
        "en": "{old} was divided on {date}; {new} counts as its successor",
        "nl": "{old} is verdeeld op {date}; {new} geldt als opvolger",
    },
}


@cache
def changes() -> tuple[Change, ...]:
    """Every municipality code that ended in 2015-2023, in order of date and code."""
    rows = [row for row in read_table("municipality_changes") if row["primary"] == "True"]
    known: dict[str, set[str]] = {}
    for row in read_table("municipality_codes_by_year"):
        known.setdefault(row["year"], set()).add(row["code"])
    found = []
    for row in rows:
        origins = [r for r in rows if (r["new_code"], r["effective"]) == (row["new_code"], row["effective"])]
        existed = row["new_code"] in known.get(str(int(row["effective"][:4]) - 1), set())
        alone = len(origins) == 1 and not existed
        kind = "divided" if row["split"] == "yes" else "renamed" if alone else "merged"
        found.append(Change(row["effective"], row["old_code"], row["old_name"], row["new_code"], row["new_name"], kind))
    return tuple(sorted(found, key=lambda change: (change.effective, change.old_code)))


@cache
def _by_old_code() -> dict[str, Change]:
    return {change.old_code: change for change in changes()}


def history(code: str) -> tuple[Change, ...]:
    """The steps from a former municipality code to one of 2023; empty for a code that never ended.

    >>> [step.new_code for step in history("GM0265")]
    ['GM0241', 'GM1945']
    """
    steps: list[Change] = []
    while code in _by_old_code():
        steps.append(_by_old_code()[code])
        code = steps[-1].new_code
    return tuple(steps)


def explain_history(code: str, lang: str = "en") -> str:
    """What became of a former municipality code, in words; empty when the code never ended.

    >>> explain_history("GM0457")
    'GM0457 Weesp merged into GM0363 Amsterdam on 2022-03-24'
    """
    return "; ".join(step.sentence(lang) for step in history(code))


def successor(code: str) -> str | None:
    """The municipality of 2023 that a former code counts to, or None when the code never ended.

    >>> successor("GM0457")
    'GM0363'
    """
    steps = history(code)
    return steps[-1].new_code if steps else None
