"""What comes beside a release after it was written, outside its id: the report of an attack, and effects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kansen.errors import InputError
from kansen.files import write_json
from kansen.protection.protected import ProtectedEffect
from kansen.release import format as names
from kansen.release.reader import open_release
from kansen.release.writer import require


def attach_audit(out: Path, report: dict[str, Any]) -> None:
    """Put the report of an attack beside the release it attacked. The id of the release stays what it is."""
    with open_release(out) as release:
        write_json(release.path / names.AUDIT, {"release": release.id, **report})


def attach_effect(out: Path, effect: ProtectedEffect) -> None:
    """Put an effect beside the figures of a release, in the place of one with the same id. The release's id stays.

    Raises `InputError` where the profile of the release tells nothing without noise, which an effect does not have.
    """
    require(effect, ProtectedEffect)
    with open_release(out) as release:
        profile = release.manifest["profile"]
        if profile.get("parameters", {}).get("exact") == "none":
            raise InputError(
                "An effect has no noise, and this release tells nothing without",
                where=release.path,
                found=f"profile {profile['id']}",
                expected="a release with exact figures",
            )
        others = [one for one in release.effects if one["id"] != effect.id]
        told = sorted([*others, effect.content], key=lambda one: str(one["id"]))
        write_json(release.path / names.EFFECTS, {"release": release.id, "effects": told})
