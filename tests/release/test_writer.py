"""Writing: the wall, the same bytes, nothing half-written."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kansen.cohorts import compat_public, quirks_named
from kansen.cohorts.compat import load_quirks
from kansen.errors import KansenError, ReleaseError, UsageError
from kansen.geography import areas_from_hierarchy
from kansen.protection.protected import Protected, ProtectedAttrition, ProtectedSummary, token
from kansen.protection.scale import LETTERS as PROTECTION_LETTERS
from kansen.release import open_release
from kansen.release.attachments import attach_audit
from kansen.release.format import LETTERS
from release import worlds


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = worlds.small_release(tmp_path / "a"), worlds.small_release(tmp_path / "b")
    assert content(first) == content(second)


def test_only_the_moment_of_making_is_outside_the_id(tmp_path: Path) -> None:
    first = worlds.small_release(tmp_path / "a", created="2026-01-01T00:00:00Z")
    second = worlds.small_release(tmp_path / "b", created="2027-01-01T00:00:00Z")
    other = worlds.small_release(tmp_path / "c", synthetic=False)
    before, after = content(first), content(second)
    assert {name for name in before if before[name] != after[name]} == {"manifest.json"}
    assert open_release(first).id == open_release(second).id != open_release(other).id


def test_order_and_threads_do_not_matter(tmp_path: Path) -> None:
    expected = content(worlds.small_release(tmp_path / "a"))
    parts = [
        (worlds.summary(worlds.outcome("c35_hbo_attained", "binary")), worlds.degree()),
        (
            worlds.summary(worlds.outcome(), {"n": 900_000, "est": 31e3, "lwr": 30_950.0, "upr": 31_050.0}),
            worlds.income(),
        ),
    ]
    for _, figures in parts:
        random.Random(2).shuffle(figures)
    with worlds.writer(tmp_path / "b") as writer, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: writer.add(*part), reversed(parts)))
        writer.add_attrition(ProtectedAttrition((worlds.ATTRITION,), _token=token()))
    assert content(tmp_path / "b") == expected


@pytest.mark.parametrize("place", ["figures", "summary", "attrition", "subclass"])
def test_nothing_passes_but_what_protection_returned(place: str, tmp_path: Path) -> None:
    class Forged(Protected):
        def __post_init__(self) -> None:
            pass

    real: Any = worlds.income()[0]
    summary: Any = worlds.summary(worlds.outcome())
    forged: Any = Forged(**{name: value for name, value in vars(real).items() if name != "_token"})
    with worlds.writer(tmp_path / "out") as writer:
        attempts: dict[str, Callable[[], None]] = {
            "figures": lambda: writer.add(summary, [cast(Any, SimpleNamespace(**vars(real)))]),
            "summary": lambda: writer.add(cast(Any, SimpleNamespace(**vars(summary))), [real]),
            "attrition": lambda: writer.add_attrition(cast(Any, [worlds.ATTRITION])),
            "subclass": lambda: writer.add(summary, [forged]),
        }
        with pytest.raises(TypeError, match="from kansen"):
            attempts[place]()
    assert open_release(tmp_path / "out").manifest["counts"]["published"] == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, UsageError])
def test_an_interrupted_writer_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    def interrupted() -> None:
        with worlds.writer(tmp_path / "out") as writer:
            writer.add(worlds.summary(worlds.outcome()), worlds.income())
            raise error("stop")

    with pytest.raises(error):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_at_the_end_leaves_nothing(tmp_path: Path) -> None:
    def fail(*_: Any) -> dict[str, Any]:
        raise OSError(28, "No space left on device")

    with pytest.raises(KansenError, match="Cannot write"):
        worlds.small_release(tmp_path / "out", draw=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_never_changed_unless_asked(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "out")
    before = content(out)
    with pytest.raises(UsageError, match="never changed"):
        worlds.small_release(out)
    assert content(out) == before
    worlds.small_release(out, replace=True, synthetic=False)
    assert open_release(out).manifest["synthetic"] is False
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failed_replacement_keeps_the_old_release(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "out")
    before = content(out)
    with pytest.raises(RuntimeError), worlds.writer(out, replace=True):
        raise RuntimeError("stop")
    assert content(out) == before


@pytest.mark.parametrize("replace", [False, True])
def test_other_folders_are_never_touched(replace: bool, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError, match="taken by something else"):
        worlds.small_release(tmp_path, replace=replace)
    with pytest.raises(UsageError, match="a file"):
        worlds.small_release(tmp_path / "photo.jpg", replace=replace)
    assert content(tmp_path) == {"photo.jpg": b"mine"}


def test_an_empty_folder_is_a_new_one(tmp_path: Path) -> None:
    assert open_release(worlds.small_release(tmp_path)).id


def test_what_is_hidden_is_absent(tmp_path: Path) -> None:
    """No count of withheld cells, no reason, no row for a cell that is not shown."""
    out = worlds.small_release(tmp_path / "out")
    manifest = json.loads((out / "manifest.json").read_bytes())
    nominal = 2 * 432 * (1 + 342 + 3340 + 4067)
    assert manifest["counts"] == {"published": 10, "withheld": nominal - 10, "nominal": nominal}
    assert open_release(out).estimates("c35_income").num_rows == 8


def test_every_file_is_listed(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "out")
    assert set(json.loads((out / "manifest.json").read_bytes())["files"]) == set(content(out)) - {"manifest.json"}


def test_declarations_are_told_in_their_order(tmp_path: Path) -> None:
    release = open_release(worlds.small_release(tmp_path / "out"))
    assert release.outcome_ids == ("c35_income", "c35_hbo_attained")
    assert [theme["id"] for theme in release.outcomes["themes"]] == ["income"]
    income, degree = release.outcomes["outcomes"]
    assert income["national"] == {"n": 900_000, "est": 31_000.0, "lwr": 30_950.0, "upr": 31_050.0}
    assert degree["national"] is None
    assert (income["minimum"], degree["minimum"]) == (0, None)
    assert [level["id"] for level in release.manifest["levels"]] == ["nl", "municipality", "wijk", "pc4"]
    assert release.manifest["levels"][1]["geometry"] == ["schematic", "hexagon"]
    assert release.manifest["cohorts"][0]["births"] == [1981, 1985]


def test_an_outcome_tells_of_whom_it_has_figures(tmp_path: Path) -> None:
    """Of groups that occur in a shown cell, at whatever level: what a page may offer."""
    income, degree = open_release(worlds.small_release(tmp_path / "out")).outcomes["outcomes"]
    assert income["told"] == {
        "positions": {"income": ["all", "low"]},
        "sex": ["all", "women"],
        "origin": ["all", "any"],
        "household": ["all", "single"],
    }
    assert degree["told"]["positions"] == {"income": ["all", "low"]}
    with worlds.writer(tmp_path / "lean") as writing:
        of = worlds.outcome()
        writing.add(
            worlds.summary(of), [worlds.protected(of, "nl", {(worlds.ALL, "NL"): (900, 31_000, 30_950, 31_050)})]
        )
    (lean,) = open_release(tmp_path / "lean").outcomes["outcomes"]
    assert lean["told"] == {"positions": {"income": ["all"]}, "sex": ["all"], "origin": ["all"], "household": ["all"]}


def test_what_is_done_as_published_is_told(tmp_path: Path) -> None:
    """The manifest names the quirks that were on, in the words of the interface; without any it says so."""
    some, every = (quirks_named(words) for words in ("Q13,Q50", "kansenkaart-2025"))
    told = open_release(worlds.small_release(tmp_path / "some", compat=compat_public(some))).manifest["compat"]
    assert told["name"] is None
    assert [(quirk["id"], quirk["cohorts"]) for quirk in told["quirks"]] == [
        ("Q13", ["age35", "age21", "age16", "prim8_a", "prim8_b"]),
        ("Q50", []),
    ]
    assert told["quirks"][0]["label"]["nl"] == "elke verhuizing kost een dag verblijf"
    assert compat_public(every) == {"name": "kansenkaart-2025", "quirks": [quirk.public() for quirk in load_quirks()]}
    assert open_release(worlds.small_release(tmp_path / "none")).manifest["compat"] is None


def test_attrition_is_told_as_columns(tmp_path: Path) -> None:
    rows = [{**worlds.ATTRITION, "label": {"nl": "geboren", "en": "born"}}, {**worlds.ATTRITION, "dropped": None}]
    with worlds.writer(tmp_path / "out") as writer:
        for row in rows:
            writer.add_attrition(ProtectedAttrition((row,), _token=token()))
    told = open_release(tmp_path / "out").attrition
    assert told["steps"] == {"born": {"nl": "geboren", "en": "born"}}
    assert (told["area"], told["dropped"]) == (["GM0363", "GM0363"], [120, None])


def test_a_national_figure_without_an_interval_says_so(tmp_path: Path) -> None:
    with worlds.writer(tmp_path / "out") as writer:
        writer.add(worlds.summary(worlds.outcome(), {"n": 12, "est": 31_000.0}), [])
    (told,) = open_release(tmp_path / "out").outcomes["outcomes"]
    assert told["national"] == {"n": 12, "est": 31_000.0, "lwr": None, "upr": None}


def test_areas_of_someones_own(tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text(
        "child_type,child_id,parent_type,parent_id\nschool,001,town,01\nschool,002,town,02\n", encoding="utf-8"
    )
    areas = areas_from_hierarchy(tmp_path / "regions.csv")
    figures = worlds.protected(worlds.outcome(), "school", {(worlds.ALL, "002"): (50, 1, 0, 2)}, areas=areas)
    with worlds.writer(tmp_path / "out", areas=areas) as writer:
        writer.add(worlds.summary(worlds.outcome()), [figures])
    release = open_release(tmp_path / "out")
    assert release.layer("c35_income", "school", worlds.ALL).json()["areas"] == ["002"]
    assert release.manifest["levels"][0]["geometry"] == []


def test_wrong_figures_are_refused(tmp_path: Path) -> None:
    twice = worlds.income()[0]
    other = worlds.degree()[0]
    half = worlds.protected(worlds.outcome(), "nl", {(worlds.ALL, "NL"): (10, 1, 0, float("nan"))})
    for figures, message in [([twice, twice], "twice"), ([other], "c35_hbo_attained"), ([half], "one limit")]:
        with pytest.raises(ValueError, match=message), worlds.writer(tmp_path / "out") as writer:
            writer.add(worlds.summary(worlds.outcome()), figures)
    with worlds.writer(tmp_path / "out") as writer:
        writer.add(worlds.summary(worlds.outcome()), [])
        with pytest.raises(ValueError, match="added before"):
            writer.add(worlds.summary(worlds.outcome()), [])


def test_the_audit_is_attached_without_changing_the_release(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "out")
    before = content(out)
    attach_audit(out, {"passed": False, "found": 3})
    release = open_release(out)
    assert release.audit == {"release": release.id, "passed": False, "found": 3}
    release.verify()
    assert {name: bytes_ for name, bytes_ in content(out).items() if name != "audit.json"} == before
    with pytest.raises(ReleaseError):
        attach_audit(tmp_path / "nowhere", {})


def test_the_summary_is_sealed() -> None:
    with pytest.raises(TypeError):
        ProtectedSummary(worlds.outcome(), None, None, None)


def test_protection_and_release_count_the_letters_alike() -> None:
    """Protection grades a figure by a place in its letters, and the release prints the letter at that place."""
    assert PROTECTION_LETTERS == LETTERS
