"""Specs: what may be left out, what follows from what, and one message for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansen import moments
from kansen.cohorts import Label, Spec, cohort_ids, load_cohort, read_spec, spec
from kansen.cohorts.spec import KEY_COLUMNS
from kansen.errors import DeclarationError, MissingInputError

CODES = {dimension.column: dimension.codes for dimension in moments.load_grid().dimensions}
ROOT = Path(__file__).parents[2]
ONE = '[[outcome]]\nid = "c35_income"\nkind = "money"\n'


def read(folder: Path, text: str) -> Spec:
    path = folder / "spec.toml"
    path.write_text(text, encoding="utf-8")
    return read_spec(path, CODES)


def test_the_shortest_spec(tmp_path: Path) -> None:
    told = read(tmp_path, '[[outcome]]\nid = "happy"\nkind = "share"\n')
    assert (told.cohort.id, told.cohort.births, told.synthetic, told.hierarchy) == ("cohort", None, False, None)
    [outcome] = told.cohort.outcomes
    assert (outcome.label, outcome.unit, outcome.polarity, outcome.theme, outcome.basis) == (
        Label("happy", "happy"), "fraction", "none", "other", "home",
    )  # fmt: skip


def test_a_declared_outcome_brings_its_words_and_for_its_own_cohort_everything(tmp_path: Path) -> None:
    declared = load_cohort("age35").outcome("c35_income")
    [elsewhere] = read(tmp_path, ONE).cohort.outcomes
    assert (elsewhere.label, elsewhere.polarity, elsewhere.theme) == (declared.label, "higher", "income")
    assert (elsewhere.unit, elsewhere.years, elsewhere.source) == ("EUR", "", Label("", ""))
    [here] = read(tmp_path, '[cohort]\nid = "age35"\n' + ONE).cohort.outcomes
    assert here.public() == declared.public()
    [other_kind] = read(tmp_path, ONE.replace("money", "rank")).cohort.outcomes
    assert (other_kind.label.nl, other_kind.unit) == ("c35_income", "percentile 0-1")


def test_what_is_said_holds(tmp_path: Path) -> None:
    told = read(
        tmp_path,
        '[cohort]\nid = "mine"\nlabel = "Mine"\nbirths = [1990, 1991]\nsynthetic = true\ntitle = "T"\n'
        '[columns]\nperson = "id"\nc35_income = "inc"\n[labels.sex]\nmen = [1, "M"]\nwomen = "2"\n'
        '[areas]\nhierarchy = "regions.csv"\n[areas.columns]\ntown = "town_code"\n'
        + ONE
        + 'label = { nl = "Geld", en = "Money" }\nunit = "kEUR"\nbasis = "birth"\nminimum = -2.5\n',
    )
    assert (told.cohort.label, told.cohort.births, told.synthetic) == (Label("Mine", "Mine"), (1990, 1991), True)
    assert told.columns == {"person": "id", "c35_income": "inc"}
    assert told.labels["sex"] == {"1": "men", "M": "men", "2": "women"}
    assert (told.hierarchy, told.levels) == (tmp_path / "regions.csv", {"town": "town_code"})
    [outcome] = told.cohort.outcomes
    assert (outcome.label, outcome.short, outcome.unit, outcome.basis, outcome.minimum) == (
        Label("Geld", "Money"), Label("Geld", "Money"), "kEUR", "birth", -2.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[columns\n", ["TOML", "line 1"]),
        ("", ["outcome", "[[outcome]]"]),
        ("outcome = 3\n", ["outcome"]),
        ('[colums]\nperson = "x"\n' + ONE, ["colums", "did you mean columns?"]),
        ('columns = "x"\n' + ONE, ["columns", "not a table"]),
        ('[columns]\nmunicipality = "x"\n' + ONE, ["table columns", "municipality", "[areas.columns]"]),
        ("[columns]\nperson = 3\n" + ONE, ["table columns", "key person", "3", "text"]),
        ('[columns]\nperson = ""\n' + ONE, ["key person"]),
        ('[labels.gender]\nmen = "M"\n' + ONE, ["table labels", "gender", "sex"]),
        ('[labels.sex]\nmale = "M"\n' + ONE, ["table labels.sex", "male", "men, women"]),
        ("[labels.sex]\nmen = 1.5\n" + ONE, ["table labels.sex", "1.5"]),
        ('[labels.sex]\nmen = "M"\nwomen = "M"\n' + ONE, ["table labels.sex", "key women", "'M'", "men"]),
        ('[areas]\nfile = "x"\n' + ONE, ["table areas", "file", "hierarchy"]),
        ("[areas]\nhierarchy = 1\n" + ONE, ["table areas", "hierarchy"]),
        ('[cohort]\nid = "../x"\n' + ONE, ["table cohort", "key id", "'../x'"]),
        ("[cohort]\nbirths = [1985, 1981]\n" + ONE, ["table cohort", "births", "1985"]),
        ('[cohort]\nsynthetic = "no"\n' + ONE, ["table cohort", "synthetic", "true or false"]),
        ('[cohort]\nlabel = { nl = "x" }\n' + ONE, ["table cohort", "label"]),
        ('[[outcome]]\nkind = "money"\n', ["outcome 1", "key id"]),
        ('[[outcome]]\nid = "a/b"\nkind = "money"\n', ["outcome 1 (a/b)", "key id", "'a/b'"]),
        ('[[outcome]]\nid = "x"\n', ["outcome 1 (x)", "key kind", "binary, share, money, count, rank"]),
        ('[[outcome]]\nid = "x"\nkind = "percentage"\n', ["outcome 1 (x)", "kind", "'percentage'", "binary"]),
        (ONE + "[[outcome]]\nid = 'x'\nkind = 'share'\ntheme = 'fun'\n", ["outcome 2 (x)", "'fun'", "health"]),
        (ONE + "unit = 3\n", ["outcome 1 (c35_income)", "key unit", "3"]),
        (ONE + 'minimum = "0"\n', ["outcome 1 (c35_income)", "key minimum", "'0'"]),
        (ONE + "minimum = nan\n", ["outcome 1 (c35_income)", "key minimum", "nan"]),
        ('[[outcome]]\nid = "x"\nkind = "rank"\nminimum = 0\n', ["outcome 1 (x)", "minimum", "rank"]),
        (ONE + 'colour = "red"\n', ["outcome 1 (c35_income)", "colour"]),
        (ONE + ONE, ["twice", "c35_income"]),
        ('[[outcome]]\nid = "person"\nkind = "count"\n', ["person"]),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(DeclarationError) as error:
        read(tmp_path, text)
    for word in [str(tmp_path / "spec.toml"), *words]:
        assert word in str(error.value)


def test_a_spec_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="not there"):
        read_spec(tmp_path / "none.toml", CODES)
    with pytest.raises(MissingInputError, match="folder"):
        read_spec(tmp_path, CODES)
    (tmp_path / "latin.toml").write_bytes(b'[cohort]\nid = "\xe9"\n')
    with pytest.raises(DeclarationError, match="UTF-8"):
        read_spec(tmp_path / "latin.toml", CODES)


def test_only_wealth_among_amounts_and_counts_can_be_negative() -> None:
    everything = [outcome for id in cohort_ids() for outcome in load_cohort(id).outcomes]
    amounts = {one.id: one.public()["minimum"] for one in everything if one.kind in ("money", "count")}
    free = {id for id, minimum in amounts.items() if minimum is None}
    assert free == {"c35_wealth", "c35_wealth_no_home", "c35_home_wealth"}
    assert {minimum for id, minimum in amounts.items() if id not in free} == {0}


def test_every_key_is_documented() -> None:
    page = (ROOT / "docs" / "estimate.md").read_text(encoding="utf-8")
    outcome = [name for name in load_cohort("age35").outcomes[0].public() if name != "cohort"]
    keys = [
        *spec._TABLES,
        *spec._COHORT,
        *spec._AREAS,
        *KEY_COLUMNS,
        *outcome,
        *(code for codes in CODES.values() for code in codes),
    ]
    assert [key for key in keys if f"`{key}" not in page and f"[{key}" not in page and f".{key}]" not in page] == []
