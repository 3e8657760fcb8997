"""Aggregation expressions, compiled to functions of a document and the variables in scope.

This module knows literals, field paths, variables and the operators that bind or choose
(`$let`, `$map`, `$cond` ...); plain functions of their arguments are in `functions` and
`dates`, each a line in a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.dates import DATE_FUNCTIONS
from desperados.embedded.errors import CommandError, located
from desperados.embedded.functions import FUNCTIONS
from desperados.embedded.operands import Function, need_array
from desperados.embedded.values import MISSING, Doc, is_number, order_key, truthy

Evaluate = Callable[[Any, Doc], Any]

SYSTEM_VARIABLES = frozenset({"ROOT", "CURRENT", "NOW", "CLUSTER_TIME", "REMOVE"})


@dataclass
class Scope:
    """The variables that an expression may name, besides the system's."""

    names: frozenset[str] = field(default_factory=frozenset)

    def with_names(self, *names: str) -> Scope:
        return Scope(self.names | set(names))


def constant(value: Any) -> Evaluate:
    return lambda _doc, _variables: value


def compile_expression(expression: Any, scope: Scope) -> Evaluate:
    """The function that computes an expression; MISSING when the result is no value."""
    kind = type(expression)
    if kind is str:
        if expression.startswith("$$"):
            return _variable(expression[2:], scope)
        if expression.startswith("$"):
            return field_path(expression[1:])
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


def walk(value: Any, parts: tuple[str, ...]) -> Any:
    """Follow a field path; through an array it gives the list of what its documents have."""
    for depth, part in enumerate(parts):
        if type(value) is dict:
            value = value.get(part, MISSING)
        elif type(value) is list:
            rest = parts[depth:]
            found = [walk(item, rest) for item in value if type(item) in (dict, list)]
            return [item for item in found if item is not MISSING]
        else:
            return MISSING
    return value


def field_path(path: str) -> Evaluate:
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
    if name not in SYSTEM_VARIABLES and name not in scope.names:
        raise located(17276, f"Use of undefined variable: {name}")
    if name in ("ROOT", "CURRENT") and name not in scope.names:
        return lambda doc, _variables: walk(doc, parts)
    if name == "REMOVE":
        return constant(MISSING)
    return lambda _doc, variables: walk(variables.get(name, MISSING), parts)


def _operator(name: str, operand: Any, scope: Scope) -> Evaluate:
    special = _SPECIAL.get(name)
    if special is not None:
        return special(operand, scope)
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


# Operators that bind variables or choose what to evaluate --------------------------------------


def _literal(operand: Any, _scope: Scope) -> Evaluate:
    return constant(operand)


def _and(operand: Any, scope: Scope) -> Evaluate:
    tests = [compile_expression(item, scope) for item in _as_list(operand)]
    return lambda doc, variables: all(truthy(test(doc, variables)) for test in tests)


def _or(operand: Any, scope: Scope) -> Evaluate:
    tests = [compile_expression(item, scope) for item in _as_list(operand)]
    return lambda doc, variables: any(truthy(test(doc, variables)) for test in tests)


def _as_list(operand: Any) -> list[Any]:
    return operand if type(operand) is list else [operand]


def _cond(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is dict:
        if set(operand) != {"if", "then", "else"}:
            raise located(17080, "Missing or unrecognized parameter to $cond")
        operand = [operand["if"], operand["then"], operand["else"]]
    if type(operand) is not list or len(operand) != 3:
        raise located(16020, "Expression $cond takes exactly 3 arguments.")
    test, then, otherwise = (compile_expression(item, scope) for item in operand)
    return lambda doc, variables: (
        then(doc, variables) if truthy(test(doc, variables)) else otherwise(doc, variables)
    )


def _if_null(operand: Any, scope: Scope) -> Evaluate:
    choices = [compile_expression(item, scope) for item in _as_list(operand)]
    if len(choices) < 2:
        raise located(1257300, f"$ifNull needs at least two arguments, had: {len(choices)}")

    def choose(doc: Any, variables: Doc) -> Any:
        value: Any = None
        for choice in choices:
            value = choice(doc, variables)
            if value is not None and value is not MISSING:
                return value
        return value

    return choose


def _switch(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is not dict or type(operand.get("branches")) is not list:
        raise located(40060, "$switch requires an object with an array of branches")
    branches = [
        (compile_expression(branch["case"], scope), compile_expression(branch["then"], scope))
        for branch in operand["branches"]
    ]
    default = compile_expression(operand["default"], scope) if "default" in operand else None

    def choose(doc: Any, variables: Doc) -> Any:
        for test, then in branches:
            if truthy(test(doc, variables)):
                return then(doc, variables)
        if default is None:
            raise located(
                40066,
                "$switch could not find a matching branch for an input, and no "
                "default was specified.",
            )
        return default(doc, variables)

    return choose


def _let(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is not dict or set(operand) != {"vars", "in"}:
        raise located(16876, "$let needs 'vars' and 'in'")
    bound = [(name, compile_expression(v, scope)) for name, v in operand["vars"].items()]
    body = compile_expression(operand["in"], scope.with_names(*operand["vars"]))

    def evaluate(doc: Any, variables: Doc) -> Any:
        values = {name: item(doc, variables) for name, item in bound}
        return body(doc, {**variables, **values})

    return evaluate


def _each(
    operator: str, operand: Any, scope: Scope, body_name: str
) -> tuple[Evaluate, str, Evaluate]:
    if type(operand) is not dict or "input" not in operand or body_name not in operand:
        raise located(16880, f"{operator} needs 'input' and '{body_name}'")
    name = operand.get("as", "this")
    source = compile_expression(operand["input"], scope)
    return source, name, compile_expression(operand[body_name], scope.with_names(name))


def _map(operand: Any, scope: Scope) -> Evaluate:
    source, name, body = _each("$map", operand, scope, "in")

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if items is None or items is MISSING:
            return None
        results = [body(doc, {**variables, name: item}) for item in need_array("$map", items)]
        return [None if result is MISSING else result for result in results]

    return evaluate


def _filter(operand: Any, scope: Scope) -> Evaluate:
    source, name, test = _each("$filter", operand, scope, "cond")
    limit = compile_expression(operand["limit"], scope) if "limit" in operand else None

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if items is None or items is MISSING:
            return None
        kept = [
            item
            for item in need_array("$filter", items)
            if truthy(test(doc, {**variables, name: item}))
        ]
        if limit is None:
            return kept
        most: Any = limit(doc, variables)
        return kept[: int(most)] if is_number(most) else kept

    return evaluate


def _reduce(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is not dict or set(operand) != {"input", "initialValue", "in"}:
        raise located(40075, "$reduce needs 'input', 'initialValue' and 'in'")
    source = compile_expression(operand["input"], scope)
    initial = compile_expression(operand["initialValue"], scope)
    body = compile_expression(operand["in"], scope.with_names("this", "value"))

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if items is None or items is MISSING:
            return None
        value = initial(doc, variables)
        for item in need_array("$reduce", items):
            value = body(doc, {**variables, "this": item, "value": value})
        return value

    return evaluate


def _get_field(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is dict and "field" in operand:
        name = compile_expression(operand["field"], scope)
        source = compile_expression(operand.get("input", "$$CURRENT"), scope)
    else:
        name, source = compile_expression(operand, scope), compile_expression("$$CURRENT", scope)

    def evaluate(doc: Any, variables: Doc) -> Any:
        value = source(doc, variables)
        return value.get(name(doc, variables), MISSING) if type(value) is dict else MISSING

    return evaluate


def _set_field(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is not dict or not {"field", "input"} <= set(operand):
        raise located(4161102, "$setField requires 'field', 'input' and 'value'")
    name = compile_expression(operand["field"], scope)
    source = compile_expression(operand["input"], scope)
    content = compile_expression(operand.get("value", "$$REMOVE"), scope)

    def evaluate(doc: Any, variables: Doc) -> Any:
        value = source(doc, variables)
        if type(value) is not dict:
            return None
        fresh = dict(value)
        new = content(doc, variables)
        if new is MISSING:
            fresh.pop(name(doc, variables), None)
        else:
            fresh[name(doc, variables)] = new
        return fresh

    return evaluate


def _sort_array(operand: Any, scope: Scope) -> Evaluate:
    if type(operand) is not dict or set(operand) != {"input", "sortBy"}:
        raise located(2942500, "$sortArray requires 'input' and 'sortBy'")
    source = compile_expression(operand["input"], scope)
    by = operand["sortBy"]

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if items is None or items is MISSING:
            return None
        ordered = list(need_array("$sortArray", items))
        if is_number(by):
            ordered.sort(key=order_key, reverse=by < 0)
            return ordered
        for path, direction in reversed(list(by.items())):
            parts = tuple(path.split("."))

            def place(item: Any, parts: tuple[str, ...] = parts) -> Any:
                return order_key(walk(item, parts))

            ordered.sort(key=place, reverse=direction < 0)
        return ordered

    return evaluate


_SPECIAL: dict[str, Callable[[Any, Scope], Evaluate]] = {
    "$literal": _literal,
    "$const": _literal,
    "$and": _and,
    "$or": _or,
    "$cond": _cond,
    "$ifNull": _if_null,
    "$switch": _switch,
    "$let": _let,
    "$map": _map,
    "$filter": _filter,
    "$reduce": _reduce,
    "$getField": _get_field,
    "$setField": _set_field,
    "$unsetField": _set_field,
    "$sortArray": _sort_array,
    "$expr": compile_expression,
}
