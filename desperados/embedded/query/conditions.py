"""The operators that compare the value under a path with an operand: a line each in a table.

Those that hold further conditions inside (`$not`, `$all`, `$elemMatch`) are in `match`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from bson import Int64, MaxKey, MinKey, Regex

from desperados.embedded.errors import bad_value, failed_to_parse
from desperados.embedded.query.predicates import (
    Context,
    Path,
    Predicate,
    Test,
    each,
    is_operators,
    negated,
    whole,
)
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.order import NUMBER, order_key
from desperados.embedded.values.patterns import compile_regex
from desperados.embedded.values.types import (
    MISSING,
    NUMERIC,
    TYPE_NAMES,
    TYPE_NUMBERS,
    truthy,
)

Condition = Callable[[Path, Any, Context], Predicate]


def equality(operand: Any, context: Context) -> Test:
    kind = type(operand)
    if kind is str and context.collation is None:
        return lambda value: type(value) is str and value == operand
    key = context.key(operand)
    if kind in NUMERIC and key[0] == NUMBER:
        return lambda value: type(value) in NUMERIC and context.key(value) == key
    if operand is None:
        return lambda value: value is None or value is MISSING
    return lambda value: value is not MISSING and context.key(value) == key


def _eq(parts: Path, operand: Any, context: Context) -> Predicate:
    if isinstance(operand, Regex):
        key = context.key(operand)
        return each(parts, lambda value: context.key(value) == key)
    return each(parts, equality(operand, context))


def _ne(parts: Path, operand: Any, context: Context) -> Predicate:
    if isinstance(operand, Regex):
        raise bad_value("Can't have regex as arg to $ne.")
    return negated(each(parts, equality(operand, context)))


def _comparison(compare: Callable[[Any, Any], bool]) -> Condition:
    inclusive = compare in (operator.le, operator.ge)

    def build(parts: Path, operand: Any, context: Context) -> Predicate:
        if isinstance(operand, Regex):
            raise bad_value(f"Can't have RegEx as arg to predicate over field '{'.'.join(parts)}'.")
        bound = context.key(operand)
        rank = bound[0]
        if operand is None:
            return each(parts, lambda value: inclusive and (value is None or value is MISSING))
        if type(operand) in (MinKey, MaxKey):
            return whole(parts, lambda value: compare(context.key(value), bound))

        def test(value: Any) -> bool:
            if value is MISSING:
                return False
            key = context.key(value)
            return bool(key[0] == rank and compare(key, bound))

        return each(parts, test)

    return build


def _in_test(operand: Any, context: Context, name: str) -> Test:
    if type(operand) is not list:
        raise bad_value(f"{name} needs an array")
    keys = set()
    patterns: list[re.Pattern[str]] = []
    for item in operand:
        if is_operators(item):
            raise bad_value(f"cannot nest $ under {name}")
        if isinstance(item, Regex):
            patterns.append(compile_regex(item))
        keys.add(context.key(item))

    def test(value: Any) -> bool:
        if context.key(value) in keys:
            return True
        return type(value) is str and any(pattern.search(value) for pattern in patterns)

    return test


def _in(parts: Path, operand: Any, context: Context) -> Predicate:
    return each(parts, _in_test(operand, context, "$in"))


def _nin(parts: Path, operand: Any, context: Context) -> Predicate:
    return negated(each(parts, _in_test(operand, context, "$nin")))


def pattern_test(operand: Any, options: Any = None) -> Test:
    pattern = compile_regex(operand, options)
    stored = order_key(operand) if isinstance(operand, Regex) else None

    def test(value: Any) -> bool:
        if type(value) is str:
            return pattern.search(value) is not None
        return stored is not None and isinstance(value, Regex) and order_key(value) == stored

    return test


def _exists(parts: Path, operand: Any, _context: Context) -> Predicate:
    present = whole(parts, lambda value: value is not MISSING)
    return present if truthy(operand) else negated(present)


def _size(parts: Path, operand: Any, _context: Context) -> Predicate:
    if type(operand) not in NUMERIC:
        raise failed_to_parse("Failed to parse $size. Expected a number in: $size")
    size = as_int(operand, "$size")
    if size < 0:
        raise failed_to_parse(f"Expected a non-negative number in: $size: {size}")
    return whole(parts, lambda value: type(value) is list and len(value) == size)


def _mod(parts: Path, operand: Any, _context: Context) -> Predicate:
    if type(operand) is not list or len(operand) != 2:
        raise bad_value("malformed mod, needs to be an array of two numbers")
    divisor, remainder = (as_int(item, "$mod") for item in operand)
    if divisor == 0:
        raise bad_value("divisor cannot be 0")

    def test(value: Any) -> bool:
        if type(value) not in NUMERIC or value != value:
            return False
        number = int(value.to_decimal()) if hasattr(value, "to_decimal") else int(value)
        # C++ keeps the sign of the dividend, Python that of the divisor.
        rest = abs(number) % abs(divisor)
        return (-rest if number < 0 else rest) == remainder

    return each(parts, test)


def read_types(operand: Any) -> frozenset[str]:
    """The names of the types that a `$type` asks for; `number` is not taken apart."""
    wanted: set[str] = set()
    for item in operand if type(operand) is list else [operand]:
        if type(item) is str and (item in TYPE_NUMBERS or item == "number"):
            wanted.add(item)
        elif type(item) in NUMERIC:
            number = as_int(item, "$type")
            names = [name for name, code in TYPE_NUMBERS.items() if code == number]
            if not names:
                raise bad_value(f"Invalid numerical type code: {number}")
            wanted.add(names[0])
        else:
            raise bad_value(f"Unknown type name alias: {item}")
    return frozenset(wanted)


def _type(parts: Path, operand: Any, _context: Context) -> Predicate:
    wanted = read_types(operand)
    if "number" in wanted:
        wanted |= {"int", "long", "double", "decimal"}
    return each(parts, lambda value: TYPE_NAMES.get(type(value)) in wanted)


def _bits(*, wanted: bool, every: bool) -> Condition:
    def build(parts: Path, operand: Any, _context: Context) -> Predicate:
        if type(operand) is list:
            mask = sum(1 << as_int(position, "bit position") for position in set(operand))
        elif isinstance(operand, bytes):
            mask = int.from_bytes(operand, "little")
        else:
            mask = as_int(operand, "bit mask")
            if mask < 0:
                raise failed_to_parse("bit mask must not be negative")

        def test(value: Any) -> bool:
            if isinstance(value, bytes):
                number = int.from_bytes(value, "little")
            elif type(value) in (int, Int64) or (type(value) is float and value == int(value)):
                number = int(value)
            else:
                return False
            hits = number & mask if wanted else ~number & mask
            return hits == mask if every else hits != 0

        return each(parts, test)

    return build


CONDITIONS: dict[str, Condition] = {
    "$eq": _eq,
    "$ne": _ne,
    "$gt": _comparison(operator.gt),
    "$gte": _comparison(operator.ge),
    "$lt": _comparison(operator.lt),
    "$lte": _comparison(operator.le),
    "$in": _in,
    "$nin": _nin,
    "$exists": _exists,
    "$size": _size,
    "$mod": _mod,
    "$type": _type,
    "$bitsAllSet": _bits(wanted=True, every=True),
    "$bitsAllClear": _bits(wanted=False, every=True),
    "$bitsAnySet": _bits(wanted=True, every=False),
    "$bitsAnyClear": _bits(wanted=False, every=False),
}
