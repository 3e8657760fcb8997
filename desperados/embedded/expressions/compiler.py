"""Aggregation expressions, compiled to functions of a document and the variables in scope.

This module knows literals, field paths, variables and how an operator gets its arguments. The
operators are lines in tables: plain functions of their arguments in `functions` and `dates`,
those that bind variables or choose (`$let`, `$map`, `$cond` ...) in `forms`.
"""

from __future__ import annotations

from typing import Any

from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.dates import DATE_FUNCTIONS
from desperados.embedded.expressions.forms import FORMS
from desperados.embedded.expressions.functions import FUNCTIONS
from desperados.embedded.expressions.operands import (
    Evaluate,
    Function,
    Scope,
    constant,
)
from desperados.embedded.values.paths import walk
from desperados.embedded.values.types import MISSING, Doc

_SYSTEM_VARIABLES = frozenset({"ROOT", "CURRENT", "NOW", "CLUSTER_TIME", "REMOVE"})


def compile_expression(expression: Any, scope: Scope) -> Evaluate:
    """The function that computes an expression; MISSING when the result is no value."""
    kind = type(expression)
    if kind is str:
        if expression.startswith("$$"):
            return _variable(expression[2:], scope)
        if expression.startswith("$"):
            return _field_path(expression[1:])
        return constant(expression)
    if kind is dict:
        if len(expression) == 1:
            name = next(iter(expression))
            if name.startswith("$"):
                return _operator(name, expression[name], scope)
        return _object(expression, scope)
    if kind is list:
        items = [compile_expression(item, scope) for item in expression]

        def build(doc: Any, variables: Doc) -> Any:
            values = [item(doc, variables) for item in items]
            return [None if value is MISSING else value for value in values]

        return build
    return constant(expression)


def _object(expression: Doc, scope: Scope) -> Evaluate:
    for name in expression:
        if name.startswith("$"):
            raise located(
                15983,
                f"An object representing an expression must have exactly one field: {expression}",
            )
        if "." in name:
            raise located(
                16412,
                f"FieldPath field names may not contain '.'. Consider using "
                f"$getField or $setField: {name}",
            )
    fields = [(name, compile_expression(value, scope)) for name, value in expression.items()]

    def build(doc: Any, variables: Doc) -> Doc:
        result: Doc = {}
        for name, evaluate in fields:
            value = evaluate(doc, variables)
            if value is not MISSING:
                result[name] = value
        return result

    return build


def _field_path(path: str) -> Evaluate:
    parts = tuple(path.split("."))
    if not path or any(not part for part in parts):
        raise located(40352, "FieldPath cannot be constructed with empty string")
    if any(part.startswith("$") for part in parts):
        raise located(
            16410,
            f"FieldPath field names may not start with '$'. Consider using "
            f"$getField or $setField: {path}",
        )
    if len(parts) == 1:
        name = parts[0]
        return lambda doc, _variables: doc.get(name, MISSING) if type(doc) is dict else MISSING
    return lambda doc, _variables: walk(doc, parts)


def _variable(path: str, scope: Scope) -> Evaluate:
    name, *rest = path.split(".")
    parts = tuple(rest)
    if name not in _SYSTEM_VARIABLES and name not in scope.names:
        raise located(17276, f"Use of undefined variable: {name}")
    if name in ("ROOT", "CURRENT") and name not in scope.names:
        return lambda doc, _variables: walk(doc, parts)
    if name == "REMOVE":
        return constant(MISSING)
    return lambda _doc, variables: walk(variables.get(name, MISSING), parts)


def _operator(name: str, operand: Any, scope: Scope) -> Evaluate:
    form = FORMS.get(name)
    if form is not None:
        return form(operand, scope, compile_expression)
    function = FUNCTIONS.get(name) or DATE_FUNCTIONS.get(name)
    if function is None:
        raise CommandError("InvalidPipelineOperator", f"Unrecognized expression '{name}'")
    if function.named is not None:
        return _named_call(name, function, operand, scope)
    return _call(name, function, operand, scope)


def _call(name: str, function: Function, operand: Any, scope: Scope) -> Evaluate:
    run = function.run
    operands = operand if type(operand) is list else [operand]
    if not function.least <= len(operands) <= function.most:
        raise located(
            16020,
            f"Expression {name} takes between {function.least} and "
            f"{function.most} arguments. {len(operands)} were passed in.",
        )
    arguments = [compile_expression(item, scope) for item in operands]
    if len(arguments) == 1:
        only = arguments[0]
        return lambda doc, variables: run(only(doc, variables))
    if len(arguments) == 2:
        first, second = arguments
        return lambda doc, variables: run(first(doc, variables), second(doc, variables))
    return lambda doc, variables: run(*[item(doc, variables) for item in arguments])


def _named_call(name: str, function: Function, operand: Any, scope: Scope) -> Evaluate:
    """An operator that takes a document of named arguments."""
    run = function.run
    known = function.named or ()
    bare = type(operand) is not dict or next(iter(operand), "").startswith("$")
    if bare and known:
        if function.positional:
            return _call(name, function, operand, scope)
        raise located(28667, f"{name} only supports an object as its argument")
    for key in operand:
        if key not in known:
            raise located(16994, f"Unrecognized argument to {name}: {key}")
    arguments = {key: compile_expression(value, scope) for key, value in operand.items()}
    for key in known[: function.least]:
        if key not in operand:
            raise located(40512, f"Missing '{key}' parameter to {name}")

    def call(doc: Any, variables: Doc) -> Any:
        return run(**{key: evaluate(doc, variables) for key, evaluate in arguments.items()})

    return call
