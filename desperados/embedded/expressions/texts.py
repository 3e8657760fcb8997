"""Expression operators on strings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from bson import ObjectId

from desperados.embedded.errors import located
from desperados.embedded.expressions.operands import absent
from desperados.embedded.values.moments import is_date, iso
from desperados.embedded.values.patterns import compile_regex
from desperados.embedded.values.types import NUMERIC, type_name


def text(value: Any) -> str:
    """A value as `$toString`, `$concat` and `$toUpper` see it."""
    if absent(value):
        return ""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        if not math.isfinite(value):
            return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    if type(value) in NUMERIC or isinstance(value, ObjectId):
        return str(value)

    if is_date(value):
        return iso(value)
    raise located(16007, f"can't convert from BSON type {type_name(value)} to String")


def concat_text(*values: Any) -> Any:
    if any(map(absent, values)):
        return None
    for value in values:
        if type(value) is not str:
            raise located(16702, f"$concat only supports strings, not {type_name(value)}")
    return "".join(values)


def substr_cp(value: Any, start: Any, count: Any) -> str:
    string = text(value)
    return string[int(start) :] if count < 0 else string[int(start) : int(start) + int(count)]


def substr_bytes(value: Any, start: Any, count: Any) -> str:
    data = text(value).encode()
    end = len(data) if count < 0 else int(start) + int(count)
    return data[int(start) : end].decode(errors="ignore")


def index_of_cp(value: Any, wanted: Any, start: Any = 0, end: Any = None) -> Any:
    if absent(value):
        return None
    return value.find(wanted, int(start), len(value) if end is None else int(end))


def split_text(value: Any, separator: Any) -> Any:
    return None if absent(value) or absent(separator) else value.split(separator)


def trimming(side: str) -> Callable[..., Any]:
    def run(input: Any, chars: Any = None) -> Any:  # noqa: A002
        if absent(input):
            return None
        strip = {"both": str.strip, "left": str.lstrip, "right": str.rstrip}[side]
        return strip(input, None if absent(chars) else chars)

    return run


def regex_find(*, every: bool) -> Callable[..., Any]:
    def run(input: Any, regex: Any, options: Any = None) -> Any:  # noqa: A002
        pattern = compile_regex(regex, options)
        found = (
            []
            if absent(input)
            else [
                {"match": m.group(0), "idx": m.start(), "captures": list(m.groups())}
                for m in pattern.finditer(input)
            ]
        )
        return found if every else (found[0] if found else None)

    return run


def regex_match(input: Any, regex: Any, options: Any = None) -> bool:  # noqa: A002
    return not absent(input) and compile_regex(regex, options).search(input) is not None


def replacing(count: int) -> Callable[..., Any]:
    def run(input: Any, find: Any, replacement: Any) -> Any:  # noqa: A002
        if absent(input) or absent(find) or absent(replacement):
            return None
        return input.replace(find, replacement, count)

    return run


def strcasecmp(left: Any, right: Any) -> int:
    a, b = text(left).upper(), text(right).upper()
    return (a > b) - (a < b)
