"""Words for readers, always in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kansen.errors import DeclarationError


@dataclass(frozen=True)
class Label:
    """The same words in Dutch and English."""

    nl: str
    en: str

    @classmethod
    def read(cls, value: Any, where: str) -> Label:
        """Make a label of a table with exactly `nl` and `en`."""
        if not isinstance(value, dict) or set(value) != {"nl", "en"}:  # pyright: ignore[reportUnknownArgumentType]
            raise DeclarationError("A label lacks a language", where=where, found=value, expected="nl and en")
        return cls(nl=str(value["nl"]), en=str(value["en"]))

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"nl": self.nl, "en": self.en}
