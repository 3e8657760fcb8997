"""Collations: how strings compare when a query or an index asks for a language's rules.

Built on Unicode decomposition, not on ICU: strengths 1 to 3, `caseLevel` and `numericOrdering`
behave as MongoDB documents them for equality in every language; the order of letters is the
root collation's (base letters, then accents, then lower before upper case), without the
tailoring of single languages. What cannot be honoured (`backwards`, `alternate: "shifted"`,
`caseFirst`) is refused.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, truthy

_DEFAULTS: Doc = {
    "caseLevel": False,
    "caseFirst": "off",
    "strength": 3,
    "numericOrdering": False,
    "alternate": "non-ignorable",
    "maxVariable": "punct",
    "normalization": False,
    "backwards": False,
}
_DIGITS = re.compile(r"(\d+)")


class Collation:
    """A parsed collation. Two with equal `spec` order strings alike."""

    def __init__(self, spec: Doc) -> None:
        locale = spec.get("locale")
        if not isinstance(locale, str) or not locale:
            raise CommandError(
                "IDLFailedToParse", "BSON field 'collation.locale' is missing but a required field"
            )
        for name in spec:
            if name not in _DEFAULTS and name not in ("locale", "version"):
                raise CommandError(
                    "IDLUnknownField", f"BSON field 'collation.{name}' is an unknown field."
                )
        self.spec: Doc = {"locale": locale}
        for name, default in _DEFAULTS.items():
            self.spec[name] = spec.get(name, default)
        self.spec["version"] = "57.1"
        self.strength = as_int(self.spec["strength"], "collation.strength")
        if not 1 <= self.strength <= 5:
            raise bad_value("collation strength must be between 1 and 5")
        self.spec["strength"] = self.strength
        self.case_level = truthy(self.spec["caseLevel"])
        self.numeric = truthy(self.spec["numericOrdering"])
        if truthy(self.spec["backwards"]) or self.spec["alternate"] != "non-ignorable":
            raise bad_value("collation: 'backwards' and 'alternate' are not supported here")
        if self.spec["caseFirst"] != "off":
            raise bad_value("collation: 'caseFirst' is not supported here")
        self.fold = lru_cache(maxsize=4096)(self._fold)

    def _fold(self, text: str) -> Any:
        decomposed = unicodedata.normalize("NFD", text)
        base = "".join(c for c in decomposed if not unicodedata.combining(c))
        primary: Any = base.casefold()
        if self.numeric:
            # Digits in a run compare as a number; odd places of the split hold the digits.
            parts = _DIGITS.split(primary)
            primary = tuple((1, int(p)) if i % 2 else (2, p) for i, p in enumerate(parts) if p)
        levels: list[Any] = [primary]
        if self.strength >= 2:
            levels.append("".join(c for c in decomposed if unicodedata.combining(c)))
        if self.strength >= 3 or self.case_level:
            levels.append(tuple(c.isupper() for c in base))
        if self.strength >= 3:
            levels.append(decomposed)
        return tuple(levels)


@lru_cache(maxsize=256)
def _cached(items: tuple[tuple[str, Any], ...]) -> Collation:
    return Collation(dict(items))


def parse_collation(spec: Any) -> Collation | None:
    """The collation of a command; None for the simple (binary) comparison."""
    if spec is None or spec == {}:
        return None
    if not isinstance(spec, dict):
        raise CommandError("TypeMismatch", "BSON field 'collation' is the wrong type")
    if spec.get("locale") == "simple":
        return None
    try:
        return _cached(tuple(spec.items()))
    except TypeError:
        return Collation(spec)
