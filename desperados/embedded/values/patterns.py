"""Regular expressions as documents and queries hold them."""

from __future__ import annotations

import re
from typing import Any

from bson import Regex

from desperados.embedded.errors import CommandError

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": 0}


def compile_regex(pattern: Any, options: str | None = None) -> re.Pattern[str]:
    """A stored or queried regular expression, ready to search with."""
    flags = 0
    if isinstance(pattern, Regex):
        flags = pattern.flags & ~re.UNICODE
        pattern = pattern.pattern
    if options is not None:
        flags = 0
        for letter in options:
            if letter not in _FLAGS:
                raise CommandError(
                    "Location51108", f"invalid flag in regex options: {letter}", number=51108
                )
            flags |= _FLAGS[letter]
    if isinstance(pattern, bytes):
        pattern = pattern.decode()
    if not isinstance(pattern, str):
        raise CommandError("BadValue", "$regex has to be a string")
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise CommandError(
            "Location51091", f"Regular expression is invalid: {error}", number=51091
        ) from None
