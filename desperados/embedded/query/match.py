"""Query filters, compiled once to a predicate over documents.

`compile_filter` follows the query language of the manual: implicit and explicit logic, type
bracketing, arrays that match through their elements, null that matches missing. A filter that
MongoDB would refuse is refused here with the same code; `$where` and `$text` and the
geospatial operators are refused as not supported.
"""

from __future__ import annotations

from typing import Any

from bson import Regex

from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.query.conditions import (
    CONDITIONS,
    Condition,
    equality,
    pattern_test,
)
from desperados.embedded.query.predicates import (
    Context,
    Path,
    Predicate,
    Test,
    all_of,
    each,
    is_operators,
    negated,
    whole,
)
from desperados.embedded.values.types import Doc, truthy


def compile_filter(query: Any, context: Context | None = None) -> Predicate:
    """The predicate that a filter document stands for."""
    return _document(query, context or Context())


# What stands for a whole document among what begins with a dollar.
LOGICAL = frozenset({"$and", "$or", "$nor", "$expr"})


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
    return all_of(tests) if tests else _always


def _branches(name: str, conditions: Any, context: Context) -> list[Predicate]:
    if type(conditions) is not list or not conditions:
        raise bad_value(f"{name} must be a nonempty array")
    for condition in conditions:
        if type(condition) is not dict:
            raise bad_value(f"{name} entries need to be full objects")
    return [_document(condition, context) for condition in conditions]


def _top_level(name: str, condition: Any, context: Context) -> Predicate | None:
    if name == "$and":
        return all_of(_branches(name, condition, context))
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


def _field(parts: Path, condition: Any, context: Context) -> Predicate:
    if is_operators(condition):
        return all_of(_operators(parts, condition, context))
    if isinstance(condition, Regex):
        return each(parts, pattern_test(condition))
    return each(parts, equality(condition, context))


_UNSUPPORTED = {"$near", "$nearSphere", "$geoWithin", "$geoIntersects", "$maxDistance"}


def _operators(parts: Path, condition: Doc, context: Context) -> list[Predicate]:
    tests: list[Predicate] = []
    for name, operand in condition.items():
        if name == "$options":
            if "$regex" not in condition:
                raise bad_value("$options needs a $regex")
            continue
        if name == "$regex":
            options = condition.get("$options")
            tests.append(each(parts, pattern_test(operand, options)))
            continue
        build = _CONDITIONS.get(name)
        if build is None:
            if name in _UNSUPPORTED:
                raise CommandError(
                    "CommandNotSupported", f"{name} is not supported by the embedded server"
                )
            raise bad_value(f"unknown operator: {name}")
        tests.append(build(parts, operand, context))
    return tests


def _negate(parts: Path, operand: Any, context: Context) -> Predicate:
    if isinstance(operand, Regex):
        return negated(each(parts, pattern_test(operand)))
    if type(operand) is not dict:
        raise bad_value("$not needs a regex or a document")
    if not is_operators(operand):
        raise bad_value("$not cannot be empty" if not operand else "invalid use of $not")
    return negated(all_of(_operators(parts, operand, context)))


def _all(parts: Path, operand: Any, context: Context) -> Predicate:
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
    return all_of(tests)


def _elem_match(parts: Path, operand: Any, context: Context) -> Predicate:
    if type(operand) is not dict:
        raise bad_value("$elemMatch needs an Object")
    test = element_test(operand, context)
    return whole(parts, lambda value: type(value) is list and any(map(test, value)))


def element_test(operand: Doc, context: Context) -> Test:
    """The test that `$elemMatch` puts to one element of an array."""
    if is_operators(operand) and next(iter(operand)) not in LOGICAL:
        return value_test(operand, context)
    inner = _document(operand, context)

    def test(item: Any) -> bool:
        if type(item) is list:
            # To the server an array is a document of its elements by number.
            item = {str(number): value for number, value in enumerate(item)}
        return type(item) is dict and inner(item)

    return test


def value_test(condition: Any, context: Context) -> Test:
    """A field's condition as a test of one value; an array is one value, not looked into."""
    return _field((), condition, context)


_CONDITIONS: dict[str, Condition] = {
    **CONDITIONS,
    "$not": _negate,
    "$all": _all,
    "$elemMatch": _elem_match,
}
