"""Accumulators of `$group`, `$bucket` and `$setWindowFields`: many values to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desperados.embedded.errors import located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.expressions.numeric import (
    average,
    deviation,
    extreme,
    total,
)
from desperados.embedded.expressions.operands import Scope, absent
from desperados.embedded.values.limits import need_memory
from desperados.embedded.values.order import order_key
from desperados.embedded.values.paths import walk
from desperados.embedded.values.types import MISSING, Doc

# Takes the group's documents, gives the field's value.
Accumulate = Callable[[list[Doc]], Any]


def _present(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not MISSING]


def _null(value: Any) -> Any:
    return None if value is MISSING else value


def _merge(values: list[Any]) -> Doc:
    merged: Doc = {}
    for value in values:
        if type(value) is dict:
            merged.update(value)
    return merged


def _distinct(values: list[Any]) -> list[Any]:
    return list({order_key(value): value for value in reversed(_present(values))}.values())[::-1]


_SIMPLE: dict[str, Callable[[list[Any]], Any]] = {
    "$sum": total,
    "$avg": average,
    "$min": lambda values: extreme(values, greatest=False),
    "$max": lambda values: extreme(values, greatest=True),
    "$first": lambda values: _null(values[0]) if values else None,
    "$last": lambda values: _null(values[-1]) if values else None,
    "$push": lambda values: need_memory("$push", _present(values)),
    "$addToSet": lambda values: need_memory("$addToSet", _distinct(values)),
    "$mergeObjects": _merge,
    "$stdDevPop": lambda values: deviation(values, sample=False),
    "$stdDevSamp": lambda values: deviation(values, sample=True),
}


def _ordered(docs: list[Doc], spec: Doc) -> list[Doc]:
    ordered = list(docs)
    for path, direction in reversed(list(spec.items())):
        parts = tuple(path.split("."))

        def place(doc: Doc, parts: tuple[str, ...] = parts) -> Any:
            return order_key(walk(doc, parts))

        ordered.sort(key=place, reverse=direction < 0)
    return ordered


def compile_accumulator(name: str, spec: Any, scope: Scope, variables: Doc) -> Accumulate:
    """The function for `{<field>: {<accumulator>: <expression>}}`."""
    if type(spec) is not dict or len(spec) != 1:
        raise located(40234, f"The field '{name}' must be an accumulator object")
    operator, operand = next(iter(spec.items()))
    if operator == "$count":
        return len
    if operator in _SIMPLE:
        evaluate = compile_expression(operand, scope)
        reduce = _SIMPLE[operator]
        return lambda docs: reduce([evaluate(doc, variables) for doc in docs])
    if operator in ("$firstN", "$lastN", "$minN", "$maxN"):
        return _n(operator, operand, scope, variables)
    if operator in ("$top", "$bottom", "$topN", "$bottomN"):
        return _top(operator, operand, scope, variables)
    raise located(15952, f"unknown group operator '{operator}'")


def _n(operator: str, operand: Any, scope: Scope, variables: Doc) -> Accumulate:
    count = compile_expression(operand["n"], scope)
    evaluate = compile_expression(operand["input"], scope)

    def accumulate(docs: list[Doc]) -> list[Any]:
        n = int(count({}, variables))
        values = [evaluate(doc, variables) for doc in docs]
        if operator == "$firstN":
            return [_null(value) for value in values[:n]]
        if operator == "$lastN":
            return [_null(value) for value in values[max(0, len(values) - n) :]]
        present = [value for value in values if not absent(value)]
        return sorted(present, key=order_key, reverse=operator == "$maxN")[:n]

    return accumulate


def _top(operator: str, operand: Any, scope: Scope, variables: Doc) -> Accumulate:
    output = compile_expression(operand["output"], scope)
    sort = operand["sortBy"]
    count = compile_expression(operand.get("n", 1), scope)

    def accumulate(docs: list[Doc]) -> Any:
        ordered = _ordered(docs, sort)
        values = [_null(output(doc, variables)) for doc in ordered]
        if operator == "$top":
            return values[0] if values else None
        if operator == "$bottom":
            return values[-1] if values else None
        n = int(count({}, variables))
        return values[:n] if operator == "$topN" else values[max(0, len(values) - n) :]

    return accumulate
