"""Query filters, compiled once to a predicate over documents.

`compile_filter` follows the query language of the manual: implicit and explicit logic, type
bracketing, arrays that match through their elements, null that matches missing. A filter that
MongoDB would refuse is refused here with the same code; `$where` and `$text` and the
geospatial operators are refused as not supported.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bson import Int64, MaxKey, MinKey, Regex

from desperados.embedded.collation import Collation
from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.expressions import Scope, compile_expression
from desperados.embedded.paths import resolve, values_at
from desperados.embedded.values import (
    ARRAY,
    MISSING,
    NUMERIC,
    TYPE_NAMES,
    TYPE_NUMBERS,
    Doc,
    as_int,
    compile_regex,
    order_key,
    truthy,
)

Predicate = Callable[[Doc], bool]
Test = Callable[[Any], bool]


@dataclass
class Context:
    """What a filter may refer to besides the document."""

    collation: Collation | None = None
    variables: Doc = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)

    def key(self, value: Any) -> Any:
        return order_key(value, self.collation.fold if self.collation else None)


def compile_filter(query: Any, context: Context | None = None) -> Predicate:
    """The predicate that a filter document stands for."""
    return _document(query, context or Context())


def _all_of(tests: list[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda doc: first(doc) and second(doc)
    return lambda doc: all(test(doc) for test in tests)


def _always(_doc: Any) -> bool:
    return True


def _document(query: Any, context: Context) -> Predicate:
    if type(query) is not dict:
        raise bad_value("the match filter must be an expression in an object")
    tests: list[Predicate] = []
    for name, condition in query.items():
        if name.startswith("$"):
            test = _top_level(name, condition, context)
            if test is not None:
                tests.append(test)
        else:
            tests.append(_field(tuple(name.split(".")), condition, context))
    return _all_of(tests) if tests else _always


def _branches(name: str, conditions: Any, context: Context) -> list[Predicate]:
    if type(conditions) is not list or not conditions:
        raise bad_value(f"{name} must be a nonempty array")
    for condition in conditions:
        if type(condition) is not dict:
            raise bad_value(f"{name} entries need to be full objects")
    return [_document(condition, context) for condition in conditions]


def _top_level(name: str, condition: Any, context: Context) -> Predicate | None:
    if name == "$and":
        return _all_of(_branches(name, condition, context))
    if name == "$or":
        branches = _branches(name, condition, context)
        return lambda doc: any(branch(doc) for branch in branches)
    if name == "$nor":
        branches = _branches(name, condition, context)
        return lambda doc: not any(branch(doc) for branch in branches)
    if name == "$expr":
        evaluate = compile_expression(condition, context.scope)
        variables = context.variables
        return lambda doc: truthy(evaluate(doc, {**variables, "ROOT": doc, "CURRENT": doc}))
    if name == "$comment":
        return None
    if name in ("$alwaysTrue", "$alwaysFalse"):
        return lambda _doc: name == "$alwaysTrue"
    if name in ("$where", "$text", "$jsonSchema"):
        raise CommandError("CommandNotSupported", f"{name} is not supported by the embedded server")
    raise bad_value(
        f"unknown top level operator: {name}. If you have a field name that starts with a '$' "
        "symbol, consider using $getField or $setField."
    )


def is_operators(condition: Any) -> bool:
    """Whether a field's condition is made of operators, not a document to be equal to."""
    if type(condition) is not dict or not condition:
        return False
    first = next(iter(condition))
    return first.startswith("$") and first not in ("$ref", "$id", "$db")


def _field(parts: tuple[str, ...], condition: Any, context: Context) -> Predicate:
    if is_operators(condition):
        return _all_of(_operators(parts, condition, context))
    if isinstance(condition, Regex):
        return _each(parts, _regex_test(condition))
    return _each(parts, _equal(condition, context))


def _each(parts: tuple[str, ...], test: Test) -> Predicate:
    """Holds when the test holds for a value at the path or for an element of an array there."""
    if len(parts) == 1:
        name = parts[0]

        def simple(doc: Doc) -> bool:
            value = doc.get(name, MISSING)
            if type(value) is list:
                return any(map(test, value)) or test(value)
            return test(value)

        return simple

    def dotted(doc: Doc) -> bool:
        found: list[Any] = []
        resolve(doc, parts, 0, found)
        return any(
            test(value) or (type(value) is list and any(map(test, value))) for value in found
        )

    return dotted


def _whole(parts: tuple[str, ...], test: Test) -> Predicate:
    """Holds when the test holds for a value at the path; arrays are taken as they are."""
    return lambda doc: any(map(test, values_at(doc, parts)))


def _not(predicate: Predicate) -> Predicate:
    return lambda doc: not predicate(doc)


def _operators(parts: tuple[str, ...], condition: Doc, context: Context) -> list[Predicate]:
    tests: list[Predicate] = []
    for name, operand in condition.items():
        if name == "$options":
            if "$regex" not in condition:
                raise bad_value("$options needs a $regex")
            continue
        if name == "$regex":
            options = condition.get("$options")
            tests.append(_each(parts, _regex_test(operand, options)))
            continue
        build = _OPERATORS.get(name)
        if build is None:
            if name in _UNSUPPORTED:
                raise CommandError(
                    "CommandNotSupported", f"{name} is not supported by the embedded server"
                )
            raise bad_value(f"unknown operator: {name}")
        tests.append(build(parts, operand, context))
    return tests


_UNSUPPORTED = {"$near", "$nearSphere", "$geoWithin", "$geoIntersects", "$maxDistance"}


def _equal(operand: Any, context: Context) -> Test:
    kind = type(operand)
    if kind is str and context.collation is None:
        return lambda value: type(value) is str and value == operand
    key = context.key(operand)
    if kind in NUMERIC and key[0] == 10:
        return lambda value: type(value) in NUMERIC and context.key(value) == key
    if operand is None:
        return lambda value: value is None or value is MISSING
    return lambda value: value is not MISSING and context.key(value) == key


def _eq(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    if isinstance(operand, Regex):
        key = context.key(operand)
        return _each(parts, lambda value: context.key(value) == key)
    return _each(parts, _equal(operand, context))


def _comparison(compare: Callable[[Any, Any], bool]) -> Any:
    inclusive = compare in (operator.le, operator.ge)

    def build(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
        if isinstance(operand, Regex):
            raise bad_value(f"Can't have RegEx as arg to predicate over field '{'.'.join(parts)}'.")
        bound = context.key(operand)
        rank = bound[0]
        if operand is None:
            return _each(parts, lambda value: inclusive and (value is None or value is MISSING))
        if type(operand) in (MinKey, MaxKey):
            return _whole(parts, lambda value: compare(context.key(value), bound))

        def test(value: Any) -> bool:
            if value is MISSING:
                return False
            key = context.key(value)
            return bool(key[0] == rank and compare(key, bound))

        return _whole(parts, test) if rank == ARRAY else _each(parts, test)

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


def _in(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    return _each(parts, _in_test(operand, context, "$in"))


def _nin(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    return _not(_each(parts, _in_test(operand, context, "$nin")))


def _regex_test(operand: Any, options: Any = None) -> Test:
    pattern = compile_regex(operand, options)
    stored = order_key(operand) if isinstance(operand, Regex) else None

    def test(value: Any) -> bool:
        if type(value) is str:
            return pattern.search(value) is not None
        return stored is not None and isinstance(value, Regex) and order_key(value) == stored

    return test


def _negate(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    if isinstance(operand, Regex):
        return _not(_each(parts, _regex_test(operand)))
    if type(operand) is not dict:
        raise bad_value("$not needs a regex or a document")
    if not is_operators(operand):
        raise bad_value("$not cannot be empty" if not operand else "invalid use of $not")
    return _not(_all_of(_operators(parts, operand, context)))


def _exists(parts: tuple[str, ...], operand: Any, _context: Context) -> Predicate:
    present = _whole(parts, lambda value: value is not MISSING)
    return present if truthy(operand) else _not(present)


def _size(parts: tuple[str, ...], operand: Any, _context: Context) -> Predicate:
    if type(operand) not in NUMERIC:
        raise CommandError("FailedToParse", "Failed to parse $size. Expected a number in: $size")
    size = as_int(operand, "$size")
    if size < 0:
        raise CommandError("FailedToParse", f"Expected a non-negative number in: $size: {size}")
    return _whole(parts, lambda value: type(value) is list and len(value) == size)


def _all(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    if type(operand) is not list:
        raise bad_value("$all needs an array")
    if not operand:
        return lambda _doc: False
    tests = [
        _elem_match(parts, item["$elemMatch"], context)
        if type(item) is dict and "$elemMatch" in item
        else _field(parts, item, context)
        for item in operand
    ]
    return _all_of(tests)


def _elem_match(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    if type(operand) is not dict:
        raise bad_value("$elemMatch needs an Object")
    test = element_test(operand, context)
    return _whole(parts, lambda value: type(value) is list and any(map(test, value)))


def element_test(operand: Doc, context: Context) -> Test:
    """The test that `$elemMatch`, `$pull` and array filters put to one element."""
    if is_operators(operand) and next(iter(operand)) not in ("$and", "$or", "$nor", "$expr"):
        tests = _operators(("element",), operand, context)
        # A nested array is one element: wrap it, so that it is not looked into.
        return lambda item: all(
            test({"element": [item] if type(item) is list else item}) for test in tests
        )
    inner = _document(operand, context)
    return lambda item: type(item) is dict and inner(item)


def _mod(parts: tuple[str, ...], operand: Any, _context: Context) -> Predicate:
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

    return _each(parts, test)


def _type(parts: tuple[str, ...], operand: Any, _context: Context) -> Predicate:
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
    if "number" in wanted:
        wanted |= {"int", "long", "double", "decimal"}
    return _each(parts, lambda value: TYPE_NAMES.get(type(value)) in wanted)


def _bits(*, wanted: bool, every: bool) -> Any:
    def build(parts: tuple[str, ...], operand: Any, _context: Context) -> Predicate:
        if type(operand) is list:
            mask = sum(1 << as_int(position, "bit position") for position in set(operand))
        elif isinstance(operand, bytes):
            mask = int.from_bytes(operand, "little")
        else:
            mask = as_int(operand, "bit mask")
            if mask < 0:
                raise CommandError("FailedToParse", "bit mask must not be negative")

        def test(value: Any) -> bool:
            if isinstance(value, bytes):
                number = int.from_bytes(value, "little")
            elif type(value) in (int, Int64) or (type(value) is float and value == int(value)):
                number = int(value)
            else:
                return False
            hits = number & mask if wanted else ~number & mask
            return hits == mask if every else hits != 0

        return _each(parts, test)

    return build


def _not_equal(parts: tuple[str, ...], operand: Any, context: Context) -> Predicate:
    if isinstance(operand, Regex):
        raise bad_value("Can't have regex as arg to $ne.")
    return _not(_each(parts, _equal(operand, context)))


_OPERATORS: dict[str, Callable[[tuple[str, ...], Any, Context], Predicate]] = {
    "$eq": _eq,
    "$ne": _not_equal,
    "$gt": _comparison(operator.gt),
    "$gte": _comparison(operator.ge),
    "$lt": _comparison(operator.lt),
    "$lte": _comparison(operator.le),
    "$in": _in,
    "$nin": _nin,
    "$not": _negate,
    "$exists": _exists,
    "$size": _size,
    "$all": _all,
    "$elemMatch": _elem_match,
    "$mod": _mod,
    "$type": _type,
    "$bitsAllSet": _bits(wanted=True, every=True),
    "$bitsAllClear": _bits(wanted=False, every=True),
    "$bitsAnySet": _bits(wanted=True, every=False),
    "$bitsAnyClear": _bits(wanted=False, every=False),
}
