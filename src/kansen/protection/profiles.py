"""Protection profiles: declared in `profiles.toml`, chosen by name, and told in every release."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from kansen.cohorts.declarations import Kind, Label
from kansen.errors import DeclarationError, UsageError

DEFAULT = "public"
"""The profile of a release unless another is asked for."""

AS_PUBLISHED = "kansenkaart"
"""The rule of the published KansenKaart."""

FILE = Path(__file__).with_name("profiles.toml")

_COUNTS = ("min_n", "min_ones", "min_zeros")
_WORDS = {
    "counted": ("observed", "rows"),
    "events": ("counted", "fitted"),
    "zeros": ("kept", "dropped"),
    "exact": ("passing", "closed", "none"),
    "n": ("outcome", "group"),
}
_FIELDS = {"label", "description", *_COUNTS, *_WORDS, "rounded", "decimals", "reliability"}
_SHARES = ("largest_share", "dominance", "extremes")
_MAY = {"degrees", *_SHARES, "partner", "n_step", "spine", "attributes", "noise"}
_MOST_ATTRIBUTES = 4


@dataclass(frozen=True)
class NoiseRule:
    """How figures are told with noise.

    variance, most : variance and largest size of the noise on a count, in children. epsilon : the scale of the noise on
    other figures is sqrt(2) times the most that one child can move them, over epsilon. spread : the least variance of
    the parental ranks in a band, as a share of that of evenly spread ranks, with which a line is told and not the mean.
    cap : the most that one child may move a line, times n and in ranges of the outcome. clip : the share of amounts at
    either end that is told as the amount at which it starts.
    """

    variance: float
    most: int
    epsilon: float
    spread: float
    cap: float
    clip: float


@dataclass(frozen=True)
class Profile:
    """What has to hold before a figure may be told, and how it is told.

    min_n : children with the outcome observed. min_ones, min_zeros : of a binary outcome, children who have it and who
    have it not. counted : whether n is of children with the outcome "observed" or of all "rows". events : whether those
    who have a binary outcome are "counted", or "fitted" as estimate times n. zeros : whether an estimate of exactly
    zero is "kept" or "dropped".

    degrees : fewest degrees of freedom. largest_share : of a binary outcome, the most that may share an answer, as a
    share. dominance : one child has less of an amount than this share of all. extremes : the least and the most are at
    most this share of the sum. None : not asked for. partner : where one part of a sum is withheld, another is too.

    exact : of the cells that pass, all are told exactly ("passing"), a set from which no other follows ("closed", at
    the levels `spine`, of groups with up to `attributes` attributes), or "none". noise : how the rest is told; None:
    not at all. n : the number that is told is of the "outcome", or of the whole "group"; in steps of `n_step`.

    rounded : whether figures are rounded. decimals : digits after the point, per kind of outcome. reliability : upper
    limits of the letters, in standard deviations across areas.
    """

    id: str
    label: Label
    description: Label
    min_n: int
    min_ones: int
    min_zeros: int
    counted: str
    events: str
    zeros: str
    exact: str
    n: str
    rounded: bool
    decimals: Mapping[str, int]
    reliability: Mapping[str, float]
    degrees: int | None = None
    largest_share: float | None = None
    dominance: float | None = None
    extremes: float | None = None
    partner: bool = False
    n_step: int = 1
    spine: tuple[str, ...] = ()
    attributes: int | None = None
    noise: NoiseRule | None = None

    @property
    def wants_amounts(self) -> bool:
        """Whether the rule looks at the amounts of single children."""
        return self.dominance is not None or self.extremes is not None

    def public(self) -> dict[str, Any]:
        """What a release tells about its protection, ready for JSON.

        The size of the noise is no secret: only the key that it is drawn with is.
        """
        more: dict[str, Any] = {
            "degrees": self.degrees,
            **{name: getattr(self, name) for name in _SHARES},
            "partner": self.partner or None,
            "n_step": self.n_step if self.n_step > 1 else None,
            "spine": list(self.spine) or None,
            "attributes": self.attributes,
            "noise": self.noise and asdict(self.noise),
        }
        return {
            "id": self.id,
            "label": self.label.as_dict(),
            "description": self.description.as_dict(),
            "parameters": {
                **{name: getattr(self, name) for name in (*_COUNTS, *_WORDS, "rounded")},
                **{name: value for name, value in more.items() if value is not None},
                "decimals": dict(self.decimals),
                "reliability": dict(self.reliability),
            },
        }


def load_profile(id: str, path: Path = FILE, changes: Mapping[str, Any] | None = None) -> Profile:
    """The declared profile of that name, or a `UsageError` that lists those there are.

    changes : parameters that are not as declared. Raises `DeclarationError` for parameters that lack or contradict one
    another, `UsageError` for changes that only a profile with plain exact figures can take.

    >>> load_profile("kansenkaart").min_ones
    10
    >>> load_profile("kansenkaart", changes={"zeros": "dropped"}).zeros
    'dropped'
    """
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError("Not readable as TOML", where=path, found=error, expected="valid TOML") from error
    if id not in declared:
        raise UsageError(
            "Unknown protection profile", found=id, expected=", ".join(sorted(declared)), todo="choose one of these"
        )
    profile = _read(id, declared[id], f"{path.name} {id}")
    if not changes:
        return profile
    if profile.exact != "passing":
        raise UsageError(
            "This protection profile cannot be combined with what the published pipeline does otherwise",
            found=f"profile {id} with {', '.join(f'{name} = {value}' for name, value in changes.items())}",
            expected="a profile in which every figure that passes is told exactly",
            todo="give --profile kansenkaart, or leave these quirks out of --compat",
        )
    return _read(id, {**declared[id], **changes}, f"{path.name} {id}")


def _read(id: str, item: Mapping[str, Any], where: str) -> Profile:
    if not _FIELDS <= set(item) <= _FIELDS | _MAY:
        unknown, absent = sorted(set(item) - _FIELDS - _MAY), sorted(_FIELDS - set(item))
        raise DeclarationError(
            "A profile has parameters too many or too few",
            where=where,
            found=f"unknown: {', '.join(unknown) or 'none'}; absent: {', '.join(absent) or 'none'}",
            expected=", ".join(sorted(_FIELDS)) + "; and where they apply " + ", ".join(sorted(_MAY)),
        )
    _check_values(item, where)
    decimals, reliability = item["decimals"], item["reliability"]
    if set(decimals) != set(get_args(Kind)) or not all(type(d) is int and 0 <= d <= 6 for d in decimals.values()):
        raise DeclarationError(
            "Decimals are not declared for every kind of outcome",
            where=where,
            found=decimals,
            expected="0 to 6 for each of " + ", ".join(get_args(Kind)),
        )
    if set(reliability) != {"A", "B"} or not 0 < reliability["A"] < reliability["B"]:
        raise DeclarationError(
            "The limits of reliability do not ascend", where=where, found=reliability, expected="0 < A < B"
        )
    profile = Profile(
        id=id,
        label=Label.read(item["label"], where),
        description=Label.read(item["description"], where),
        **{name: item[name] for name in (*_COUNTS, *_WORDS, "rounded")},
        **{name: item[name] for name in _MAY - {"spine", "noise"} if name in item},
        decimals=MappingProxyType(dict(decimals)),
        reliability=MappingProxyType(dict(reliability)),
        spine=tuple(item.get("spine", ())),
        noise=_noise(item["noise"], where) if "noise" in item else None,
    )
    _check_together(profile, where)
    return profile


def _check_values(item: Mapping[str, Any], where: str) -> None:
    for name in (*_COUNTS, "degrees", "n_step"):
        value = item.get(name, 1)
        if type(value) is not int or value < 1:
            raise DeclarationError(f"{name} is not a count", where=where, found=value, expected="a whole number from 1")
    for name, words in _WORDS.items():
        if item[name] not in words:
            raise DeclarationError(
                f"{name} is not one of its words", where=where, found=item[name], expected=" or ".join(words)
            )
    for name in ("rounded", "partner"):
        if type(item.get(name, True)) is not bool:
            raise DeclarationError(
                f"{name} is not a yes or no", where=where, found=item[name], expected="true or false"
            )
    for name in _SHARES:
        value = item.get(name, 0.5)
        if type(value) not in (int, float) or not 0 < value < 1:
            raise DeclarationError(f"{name} is not a share", where=where, found=value, expected="between 0 and 1")
    attributes = item.get("attributes", 0)
    if type(attributes) is not int or not 0 <= attributes <= _MOST_ATTRIBUTES:
        raise DeclarationError(
            "attributes is not a number of attributes",
            where=where,
            found=attributes,
            expected=f"a whole number from 0 to {_MOST_ATTRIBUTES}",
        )
    spine = item.get("spine", ["nl"])
    if (
        not isinstance(spine, list)
        or not spine
        or not all(isinstance(level, str) for level in spine)  # pyright: ignore[reportUnknownVariableType]
        or len(set(spine)) < len(spine)  # pyright: ignore[reportUnknownArgumentType]
    ):
        raise DeclarationError(
            "spine is not a list of levels", where=where, found=spine, expected='levels from large to small, as ["nl"]'
        )


_NOISE: Mapping[str, tuple[type, float, float]] = {
    "variance": (float, 0.1, 100.0),
    "most": (int, 1, 50),
    "epsilon": (float, 0.01, 100.0),
    "spread": (float, 0.01, 1.0),
    "cap": (float, 1.0, 100.0),
    "clip": (float, 0.0, 0.05),
}
"""The parameters of noise: type, least and most."""


def _noise(item: Any, where: str) -> NoiseRule:
    if not isinstance(item, Mapping) or set(item) != set(_NOISE):  # pyright: ignore[reportUnknownArgumentType]
        raise DeclarationError(
            "The noise of a profile is not declared in full", where=where, found=item, expected=", ".join(_NOISE)
        )
    given: dict[str, Any] = dict(item)  # pyright: ignore[reportUnknownArgumentType]
    for name, (kind, low, high) in _NOISE.items():
        value = given[name]
        if type(value) not in ({int, float} if kind is float else {int}) or not low <= value <= high:
            raise DeclarationError(
                f"{name} of the noise is out of bounds",
                where=where,
                found=value,
                expected=f"{'a number' if kind is float else 'a whole number'} from {low:g} to {high:g}",
            )
        given[name] = kind(value)
    # The largest variance on whole numbers up to `most` with their size spread evenly: more cannot be had with a
    # probability that falls with the size.
    limit = given["most"] * (given["most"] + 1) / 3
    if given["variance"] >= limit:
        raise DeclarationError(
            "The variance of the noise does not fit its largest size",
            where=where,
            found=f"variance {given['variance']:g} with most {given['most']}",
            expected=f"a variance below {limit:g}",
        )
    return NoiseRule(**given)


def _check_together(profile: Profile, where: str) -> None:
    """Refuse parameters that contradict one another."""
    closed, noise = profile.exact == "closed", profile.noise is not None
    plain = profile.exact == "passing"
    as_counted = (profile.counted, profile.events, profile.zeros) == ("observed", "counted", "kept")
    own_rules = profile.wants_amounts or profile.partner or profile.n_step > 1 or profile.degrees is not None
    own_rules = own_rules or profile.largest_share is not None
    for wrong, found, expected in (
        (closed and not profile.spine, "exact = closed without spine", "the levels that are exact"),
        (closed and profile.attributes is None, "exact = closed without attributes", "the most attributes of a group"),
        (not closed and profile.spine, f"exact = {profile.exact} with spine", "exact = closed, or no spine"),
        (not closed and profile.attributes is not None, f"exact = {profile.exact} with attributes", "exact = closed"),
        (profile.exact == "none" and not noise, "exact = none without noise", "a table of noise"),
        (plain and noise, "exact = passing with noise", "exact = closed or none, or no noise"),
        (not plain and profile.n != "group", f"exact = {profile.exact} with n = outcome", "n = group"),
        (plain and profile.n != "outcome", "exact = passing with n = group", "n = outcome"),
        (not plain and not as_counted, f"exact = {profile.exact} without true counts",
         "counted = observed, events = counted, zeros = kept"),
        (not plain and not profile.rounded, f"exact = {profile.exact} with all digits", "rounded = true"),
        (not plain and own_rules, f"exact = {profile.exact} with a rule for plain exact figures",
         "exact = passing, or none of degrees, largest_share, dominance, extremes, partner and n_step"),
    ):  # fmt: skip
        if wrong:
            raise DeclarationError(
                "The parameters of a profile contradict one another", where=where, found=found, expected=expected
            )
