"""What passes the wall, how it is rounded, graded and scaled."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from kansen import protection
from kansen.cohorts.declarations import Kind
from kansen.errors import InputError, UsageError
from kansen.protection.profiles import FILE, load_profile
from kansen.protection.protected import ProtectedSummary
from kansen.protection.scale import class_breaks, readable_step, reliability_of, spread_of
from moments.worlds import outcome
from protection.worlds import AREAS, GRID, cohort, estimates_at, estimates_of

PROFILE = load_profile("kansenkaart")


def shown(kind: Kind, *cells: dict[str, float]) -> list[int]:
    """The numbers of the cells that pass."""
    given = [{"area": number, **cell} for number, cell in enumerate(cells)]
    _, [figures] = protection.protect_outcome({"pc4": estimates_at("pc4", given)}, outcome(kind=kind), PROFILE)
    return figures.area.tolist()


def test_ten_children_are_needed_and_enough() -> None:
    assert shown("money", {"n": 9}, {"n": 10}, {"n": 11}, {"n": 0, "est": np.nan}) == [1, 2]


def test_ten_with_and_ten_without_are_needed_of_a_binary_outcome() -> None:
    cells = [{"n": 20, "ones": 10}, {"n": 20, "ones": 9}, {"n": 20, "ones": 11}, {"n": 500, "ones": 9}]
    cells += [{"n": 500, "ones": 491}, {"n": 500, "ones": 490}]
    assert shown("binary", *cells) == [0, 5]
    assert shown("share", *cells) == [0, 1, 2, 3, 4, 5]


def test_integers_decide_not_products_of_floats() -> None:
    cells = [{"n": n, "ones": 10, "est": 10 / n} for n in range(20, 3000)]
    assert any(cell["est"] * cell["n"] < 10 for cell in cells), "the pitfall that this test is about"
    assert len(shown("binary", *cells)) == len(cells)


def test_cells_without_an_estimate_are_not_shown() -> None:
    assert shown("money", {"n": 50, "est": np.nan}, {"n": 50, "est": np.inf}, {"n": 50}) == [2]


@pytest.mark.parametrize(
    ("kind", "told"), [("money", (12_346.0, 12_000.0, 0.0)), ("binary", (12_345.6789, 12_000.1235, 0.0))]
)
def test_figures_are_rounded_as_declared(kind: Kind, told: tuple[float, ...]) -> None:
    cell = {"est": 12_345.67891, "lwr": 12_000.12349, "upr": -0.00001}
    _, [figures] = protection.protect_outcome({"nl": estimates_at("nl", [cell])}, outcome(kind=kind), PROFILE)
    assert (figures.est[0], figures.lwr[0], figures.upr[0]) == told
    assert not np.signbit(figures.upr[0])


def test_protected_figures_cannot_be_made_elsewhere_or_changed() -> None:
    _, [figures] = protection.protect_outcome({"nl": estimates_at("nl", [{}])}, outcome(), PROFILE)
    with pytest.raises(TypeError, match="only be made by"):
        replace(figures, level="wijk")
    with pytest.raises(TypeError, match="only be made by"):
        ProtectedSummary(outcome(), None, None, None)
    with pytest.raises(TypeError, match="only be made by"):
        protection.ProtectedAttrition(({"left": 3},))
    with pytest.raises(FrozenInstanceError):
        figures.level = "wijk"  # type: ignore[misc]
    for array in (figures.est, figures.n, figures.group, figures.reliability):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]


def test_the_summary_is_made_of_published_figures_only() -> None:
    municipalities = [{"area": i, "est": 0.4 + i / 100_000, "n": 500, "ones": 200} for i in range(10)]
    hidden = [{"area": 10, "est": 0.9, "n": 500, "ones": 495}]
    everything = {
        "nl": estimates_at("nl", [{"est": 0.40004, "n": 9000, "ones": 3600, "lwr": 0.39, "upr": 0.41}]),
        "municipality": estimates_at("municipality", municipalities + hidden),
    }
    summary, _ = protection.protect_outcome(everything, outcome(kind="binary"), PROFILE)
    assert summary.national == {"n": 9000, "est": 0.4, "lwr": 0.39, "upr": 0.41}
    assert summary.spread == pytest.approx(np.std(np.round([m["est"] for m in municipalities], 4), ddof=1), rel=1e-5)
    assert summary.breaks is not None
    assert summary.breaks["reference"] == 0.4


def test_without_a_national_figure_there_is_no_scale() -> None:
    everything = {"nl": estimates_at("nl", [{"n": 5}]), "municipality": estimates_at("municipality", [{"n": 5}])}
    summary, figures = protection.protect_outcome(everything, outcome(), PROFILE)
    assert (summary.national, summary.spread, summary.breaks) == (None, None, None)
    assert [part.cells for part in figures] == [0, 0]


def test_a_real_cohort_passes_with_its_levels_and_nothing_small() -> None:
    estimates = estimates_of(cohort(np.random.default_rng(1), 800), outcome("c35_b", "binary"))
    summary, figures = protection.protect_outcome(estimates, outcome("c35_b", "binary"), PROFILE)
    assert [part.level for part in figures] == list(estimates)
    assert summary.national is not None
    for part in figures:
        assert part.profile == "kansenkaart"
        assert part.areas == AREAS.ids(part.level)
        assert part.groups == GRID.groups
        assert (part.n >= 20).all()
        assert not part.noise_sd.any()
    assert figures[0].cells > 50


class TestScale:
    def test_breaks_part_seven_classes_in_readable_numbers(self) -> None:
        found = class_breaks(outcome(kind="money"), 29_893.0, 650.5)
        assert found is not None
        assert found["values"] == [28_900, 29_300, 29_700, 30_100, 30_500, 30_850]
        assert found["unit_step"] == 50
        assert set(found["reference_label"]) == {"nl", "en"}

    @pytest.mark.parametrize("reference", [0.001, 0.02, 0.5, 0.98, 0.999])
    @pytest.mark.parametrize("spread", [1e-4, 0.01, 0.2])
    def test_breaks_of_fractions_ascend_and_stay_within_bounds(self, reference: float, spread: float) -> None:
        found = class_breaks(outcome(kind="binary"), reference, spread)
        assert found is not None
        values = found["values"]
        assert values == sorted(set(values))
        assert 0 <= values[0] < reference < values[-1] <= 1
        assert all(abs(v / found["unit_step"] - round(v / found["unit_step"])) < 1e-6 for v in values)

    def test_steps(self) -> None:
        assert [readable_step(v) for v in (0.0999, 0.1, 0.19, 4.99, 5.0, 1234.0)] == [0.05, 0.1, 0.1, 2, 5, 1000]

    def test_spread_needs_two_different_areas(self) -> None:
        assert spread_of(np.array([1.0])) is None
        assert spread_of(np.array([1.0, 1.0])) is None
        assert spread_of(np.array([1.0, 3.0])) == pytest.approx(np.sqrt(2), rel=1e-5)

    def test_letters(self) -> None:
        half = np.array([0.1, 0.5, 0.51, 1.5, 1.6, np.nan])
        limits = dict(PROFILE.reliability)
        assert reliability_of(1 - half * 2, 1 + half * 2, 2.0, limits).tolist() == [0, 0, 1, 1, 2, 2]
        assert reliability_of(1 - half, 1 + half, None, limits).tolist() == [2] * 6


class TestAlreadyPublished:
    def columns(self) -> dict[str, np.ndarray]:
        return {
            "area": np.array([0], np.int32),
            "group": np.array([0], np.int32),
            "n": np.array([-1]),
            "est": np.array([0.123456789]),
            "lwr": np.array([np.nan]),
            "upr": np.array([np.nan]),
        }

    def test_published_digits_are_kept(self) -> None:
        columns = self.columns()
        figures = protection.already_published(outcome(), "nl", ("NL",), GRID.groups, columns, source="KansenKaart")
        assert (figures.profile, figures.est[0], figures.n[0]) == ("KansenKaart", 0.123456789, -1)
        columns["est"][0] = 9
        assert figures.est[0] == 0.123456789

    def test_columns_are_checked(self) -> None:
        columns = self.columns()
        del columns["upr"]
        with pytest.raises(InputError, match="lack a column"):
            protection.already_published(outcome(), "nl", ("NL",), GRID.groups, columns, source="KansenKaart")


class TestProfiles:
    def test_a_release_tells_the_rule(self) -> None:
        told = PROFILE.public()
        assert told["id"] == "kansenkaart"
        assert [told["parameters"][name] for name in ("min_n", "min_ones", "min_zeros")] == [10, 10, 10]
        assert set(told["label"]) == {"nl", "en"}

    def test_an_unknown_profile_is_named(self) -> None:
        with pytest.raises(UsageError, match="kansenkaart"):
            load_profile("none")

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("min_n = 10", 'min_n = "ten"', "not a count"),
            ("min_ones = 10", "min_ones = 0", "not a count"),
            ("min_zeros = 10", "", "absent: min_zeros"),
            ("min_zeros = 10", "min_zeros = 10\nmin_men = 3", "unknown: min_men"),
            ("money = 0 }", "money = -1 }", "Decimals"),
            ("A = 0.5", "A = 2.5", "do not ascend"),
            ("min_n = 10", "min_n = ", "TOML"),
        ],
    )
    def test_wrong_parameters_are_named(self, tmp_path, old: str, new: str, told: str) -> None:  # type: ignore[no-untyped-def]
        path = tmp_path / "profiles.toml"
        path.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        with pytest.raises(InputError, match=told):
            load_profile("kansenkaart", path)
