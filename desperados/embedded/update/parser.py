"""Update documents and pipelines, checked as MongoDB checks them and made ready to apply."""

from __future__ import annotations

from typing import Any

from desperados.embedded.aggregation.fields import compile_pipeline_update
from desperados.embedded.errors import CommandError, bad_value, failed_to_parse
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import (
    Context,
    Path,
    Predicate,
    Test,
)
from desperados.embedded.update.apply import Change, Update
from desperados.embedded.update.operators import OPERATORS, Moment
from desperados.embedded.values.paths import is_position
from desperados.embedded.values.types import Doc, type_name


def parse_update(
    update: Any,
    *,
    query: Doc,
    context: Context,
    moment: Moment,
    array_filters: Any = None,
    multi: bool = False,
) -> Update:
    """Check an update and make it ready to apply."""
    parsed = Update(query=query, context=context, moment=moment)
    if type(update) is list:
        if array_filters:
            raise failed_to_parse("arrayFilters may not be specified for pipeline-syle updates")
        parsed.pipeline = compile_pipeline_update(update, context, moment.now)
        return parsed
    if type(update) is not dict:
        raise failed_to_parse("Update argument must be either an object or an array")
    if not update or not next(iter(update)).startswith("$"):
        if any(name.startswith("$") for name in update):
            raise CommandError(
                "DollarPrefixedFieldName",
                "The dollar ($) prefixed field is not allowed in the context of an update's "
                "replacement document. Consider using an aggregation pipeline with $replaceWith.",
            )
        if multi:
            raise failed_to_parse("multi update is not supported for replacement-style update")
        if array_filters:
            raise failed_to_parse("arrayFilters may not be specified for replacement-style updates")
        parsed.replacement = update
        return parsed
    parsed.filters = _array_filters(array_filters, context)
    used: set[str] = set()
    for operator, fields in update.items():
        _parse_operator(parsed, operator, fields, used)
    unused = set(parsed.filters) - used
    if unused:
        raise failed_to_parse(
            f"The array filter for identifier '{sorted(unused)[0]}' was not used in the update "
            f"{update}"
        )
    _check_conflicts(parsed.changes)
    # New fields appear in the order of their names, numbers in numeric order.
    parsed.changes.sort(
        key=lambda change: [
            (0, int(part), "") if is_position(part) else (1, 0, part) for part in change.path
        ]
    )
    return parsed


def _parse_operator(parsed: Update, operator: str, fields: Any, used: set[str]) -> None:
    if operator not in OPERATORS and operator != "$rename":
        raise failed_to_parse(
            f"Unknown modifier: {operator}. Expected a valid update modifier or pipeline-style "
            "update specified as an array"
        )
    if type(fields) is not dict:
        raise failed_to_parse(
            f"Modifiers operate on fields but we found type {type_name(fields)} instead. "
            f"For example: {{$mod: {{<field>: ...}}}} not {{{operator}: {fields!r}}}"
        )
    for name, operand in fields.items():
        path = tuple(name.split("."))
        _check_path(name, path, parsed.filters, used)
        if operator == "$rename":
            if type(operand) is not str:
                raise bad_value(f"The 'to' field for $rename must be a string: {name}: {operand}")
            if any(part.startswith("$") for part in (*path, *operand.split("."))):
                raise bad_value(
                    f"The source and target field for $rename may not be dynamic: {name}"
                )
            _check_path(operand, tuple(operand.split(".")), {}, used)
        parsed.changes.append(Change(operator, path, operand))


def _check_path(name: str, path: Path, filters: dict[str, Test], used: set[str]) -> None:
    if not name:
        raise CommandError("EmptyFieldName", "An empty update path is not valid.")
    for number, part in enumerate(path):
        if not part:
            raise CommandError(
                "EmptyFieldName",
                f"The update path '{name}' contains an empty field name, which is not allowed.",
            )
        if not part.startswith("$"):
            continue
        if number == 0:
            raise CommandError(
                "DollarPrefixedFieldName"
                if not part.startswith("$[") and part != "$"
                else "BadValue",
                f"The dollar ($) prefixed field '{part}' in '{name}' is not valid for storage.",
            )
        if part in ("$", "$[]"):
            continue
        if part.startswith("$[") and part.endswith("]"):
            if part[2:-1] not in filters:
                raise bad_value(
                    f"No array filter found for identifier '{part[2:-1]}' in path '{name}'"
                )
            used.add(part[2:-1])
        elif part not in ("$ref", "$id", "$db"):
            raise CommandError(
                "DollarPrefixedFieldName",
                f"The dollar ($) prefixed field '{part}' in '{name}' is not valid for storage.",
            )


def _check_conflicts(changes: list[Change]) -> None:
    seen: set[Path] = set()
    prefixes: set[Path] = set()
    for change in changes:
        paths = [change.path]
        if change.operator == "$rename":
            paths.append(tuple(change.operand.split(".")))
        for path in paths:
            heads = [path[:depth] for depth in range(1, len(path))]
            if path in seen or path in prefixes or any(head in seen for head in heads):
                name = ".".join(path)
                raise CommandError(
                    "ConflictingUpdateOperators",
                    f"Updating the path '{name}' would create a conflict at '{name}'",
                )
            seen.add(path)
            prefixes.update(heads)


def _array_filters(filters: Any, context: Context) -> dict[str, Test]:
    tests: dict[str, Test] = {}
    for item in filters or []:
        if type(item) is not dict or not item:
            raise failed_to_parse(
                "Cannot use an expression without a top-level field name in arrayFilters"
            )
        name = _filter_name(item)
        if name in tests:
            raise failed_to_parse(
                f"Found multiple array filters with the same top-level field name {name}"
            )
        matches = compile_filter(item, context)
        tests[name] = _bind(name, matches)
    return tests


def _bind(name: str, matches: Predicate) -> Test:
    return lambda element: matches({name: element})


def _filter_name(item: Doc) -> str:
    names: set[str] = set()
    for key, value in item.items():
        if key in ("$and", "$or", "$nor"):
            names |= {_filter_name(branch) for branch in value}
        else:
            names.add(key.split(".")[0])
    if len(names) != 1:
        raise failed_to_parse(
            "Error parsing array filter :: caused by :: Expected a single top-level field name, "
            f"found {sorted(names)}"
        )
    return names.pop()
