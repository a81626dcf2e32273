"""The declared profiles, and parameters that lack or contradict one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansen import protection
from kansen.errors import DeclarationError, UsageError
from kansen.protection.profiles import FILE, load_profile
from moments.worlds import outcome
from protection.worlds import estimates_at

NAMES = ("kansenkaart", "cbs", "cbs-income", "exact-closed", "perturbed", "public")


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_tells_what_it_is(name: str) -> None:
    told = load_profile(name).public()
    assert told["id"] == name
    assert {"min_n", "min_ones", "min_zeros", "exact", "n"} <= set(told["parameters"])


def test_what_is_exact_and_what_carries_noise() -> None:
    found = {name: load_profile(name) for name in NAMES}
    assert {name: of.exact for name, of in found.items()} == {
        "kansenkaart": "passing",
        "cbs": "passing",
        "cbs-income": "passing",
        "exact-closed": "closed",
        "perturbed": "none",
        "public": "closed",
    }
    assert [name for name, of in found.items() if of.noise] == ["perturbed", "public"]
    assert (found["exact-closed"].attributes, found["public"].attributes) == (4, 2)
    assert found["public"].spine == ("nl", "municipality", "wijk")


def section(name: str, old: str, new: str, tmp_path: Path) -> Path:
    """The declarations with one line of one profile changed."""
    text = FILE.read_text(encoding="utf-8")
    start = text.index(f"[{name}]")
    assert old in text[start:]
    path = tmp_path / "profiles.toml"
    path.write_text(text[:start] + text[start:].replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("public", "attributes = 2", "", "closed without attributes"),
        ("public", 'spine = ["nl", "municipality", "wijk"]', "", "closed without spine"),
        ("public", 'exact = "closed"', 'exact = "none"', "none with spine"),
        ("public", 'exact = "closed"', 'exact = "passing"', "passing with spine"),
        ("public", 'n = "group"', 'n = "outcome"', "closed with n = outcome"),
        ("public", "rounded = true", "rounded = false", "with all digits"),
        ("public", 'zeros = "kept"', 'zeros = "dropped"', "without true counts"),
        ("public", "min_zeros = 10", "min_zeros = 10\ndominance = 0.5", "a rule for plain exact figures"),
        ("public", 'spine = ["nl", "municipality", "wijk"]', 'spine = "nl"', "not a list of levels"),
        ("public", "attributes = 2", "attributes = 7", "not a number of attributes"),
        ("perturbed", 'n = "group"', 'n = "group"\nattributes = 2', "none with attributes"),
        ("perturbed", "noise = {", "rest = {", "unknown: rest"),
        ("perturbed", "variance = 3.0, ", "", "not declared in full"),
        ("perturbed", "variance = 3.0", "variance = 14.0", "does not fit its largest size"),
        ("perturbed", "most = 6", "most = 6.5", "most of the noise is out of bounds"),
        ("perturbed", "epsilon = 2.0", "epsilon = 0", "epsilon of the noise is out of bounds"),
        ("kansenkaart", 'n = "outcome"', 'n = "group"', "passing with n = group"),
        ("cbs", "largest_share = 0.9", "largest_share = 90", "largest_share is not a share"),
        ("cbs", "degrees = 10", "degrees = 0", "degrees is not a count"),
        ("cbs-income", "partner = true", 'partner = "yes"', "partner is not a yes or no"),
        ("cbs-income", 'exact = "passing"', 'exact = "some"', "exact is not one of its words"),
    ],
)
def test_contradictions_are_told_in_one_message(tmp_path: Path, name: str, old: str, new: str, told: str) -> None:
    with pytest.raises(DeclarationError, match=told) as caught:
        load_profile(name, section(name, old, new, tmp_path))
    assert caught.value.exit_code == 2
    assert f"profiles.toml {name}" in str(caught.value)


def test_noise_is_asked_for_where_nothing_is_exact(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    start = text.index("[perturbed]")
    lines = [line for line in text[start:].splitlines() if not line.startswith("noise")]
    path = tmp_path / "profiles.toml"
    path.write_text("\n".join(lines[: lines.index("[perturbed.description]") + 3]), encoding="utf-8")
    with pytest.raises(DeclarationError, match="none without noise"):
        load_profile("perturbed", path)


def test_quirks_of_the_published_pipeline_need_plain_exact_figures() -> None:
    with pytest.raises(UsageError, match="--profile kansenkaart"):
        load_profile("public", changes={"zeros": "dropped"})


def test_closed_profiles_tell_what_they_are_told_to() -> None:
    cells = [{"area": number, "n": 90 + number, "rows": 100 + number} for number in range(3)]
    estimates = {"wijk": estimates_at("wijk", cells)}
    profile = load_profile("exact-closed")
    with pytest.raises(TypeError, match="which cells are exact"):
        protection.protect_outcome(estimates, outcome(), profile)
    chosen = {"wijk": estimates["wijk"].area != 1}
    _, [figures] = protection.protect_outcome(estimates, outcome(), profile, exact=chosen)
    assert figures.area.tolist() == [0, 2]
    assert figures.n.tolist() == [100, 102], "n is of the group, whatever the outcome"
    _, [nothing] = protection.protect_outcome(estimates, outcome(), profile, exact={})
    assert nothing.cells == 0
