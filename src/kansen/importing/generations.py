"""Of which generation each outcome is: from the header and the labels of the files that have it."""

from __future__ import annotations

from collections.abc import Container, Sequence

from kansen.errors import TableError
from kansen.importing.labels import Generation, LabelMap
from kansen.importing.report import Report
from kansen.importing.rows import Seen

PREFERENCE = ("G3", "G4", "G2", "G5", "G1")
"""Which generation is assumed where labels fit several and nothing else in the import tells."""


def generation_of_each(
    seen: Sequence[Seen], outcomes: Container[str], labels: LabelMap, report: Report
) -> dict[str, Generation]:
    """The generation of each of the outcomes.

    Raises `TableError` when an outcome comes from files of two generations: their figures are of other children.
    """
    bare = frozenset(id for id, one in labels.generations.items() if not one.header)
    candidates: dict[str, frozenset[str]] = {}
    first: dict[str, Seen] = {}
    for one in seen:
        for outcome in sorted(id for id in one.outcomes if id in outcomes):
            before = candidates.get(outcome)
            left = one.generations if before is None else before & one.generations
            same_layout = before is None or bool(one.source.generations & bare) == bool(
                first[outcome].source.generations & bare
            )
            if not left or not same_layout:
                raise TableError(
                    "One outcome comes from files of two generations",
                    where=one.source.path,
                    found=f"{outcome} as {_names(one.generations, labels)}, and in {first[outcome].source.name} as "
                    f"{_names(before or frozenset(), labels)}",
                    expected="files of one generation for each outcome",
                    todo="import the two generations apart, and compare the releases with kansen diff",
                )
            candidates[outcome] = left
            first.setdefault(outcome, one)
    by_prefix: dict[str, frozenset[str]] = {}
    for outcome, of in candidates.items():
        own = of & labels.generations_of(outcome)
        by_prefix[outcome] = own & bare or own or of & bare or of
    certain = {next(iter(of)) for of in by_prefix.values() if len(of) == 1}
    found: dict[str, Generation] = {}
    for outcome, of in by_prefix.items():
        order = sorted(of, key=lambda id: (id not in certain, PREFERENCE.index(id)))
        found[outcome] = labels.generations[order[0]]
        if len(of) > 1 and not certain & of:
            report.add(
                "note", f"outcomes whose labels fit {_names(of, labels)}: taken as {found[outcome].label.en}",
                example=outcome,
            )  # fmt: skip
    for generation in sorted({one.id for one in found.values()}):
        of_it = [id for id, one in found.items() if one.id == generation]
        one = labels.generations[generation]
        report.add("note", f"outcomes of {one.label.en}", len(of_it))
        if one.n_in > 1:
            report.add("note", f"outcomes of which n is rounded to {one.n_in}", len(of_it))
        if one.area_year:
            report.add("note", f"outcomes by the areas of {one.area_year}", len(of_it))
    return found


def _names(generations: frozenset[str], labels: LabelMap) -> str:
    return " or ".join(labels.generations[id].label.en for id in sorted(generations))
