"""Update operators: each turns the old value of a path (or MISSING) to the new one.

Returning MISSING removes the field. `{path}` and `{_id}` in a message are filled in by the
caller, which knows where the value lies.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bson import Int64, Regex, Timestamp

from desperados.embedded.errors import bad_value, failed_to_parse, type_mismatch
from desperados.embedded.query.match import LOGICAL, compile_filter
from desperados.embedded.query.predicates import Context, Test, is_operators
from desperados.embedded.values.numbers import arithmetic, as_int, whole
from desperados.embedded.values.paths import value_at
from desperados.embedded.values.types import (
    MISSING,
    NUMERIC,
    is_number,
    type_name,
)


def _utcnow() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


@dataclass
class Moment:
    """The time of a command, the same for all that it writes."""

    now: datetime.datetime = field(default_factory=_utcnow)
    cluster_time: Timestamp = field(default_factory=lambda: Timestamp(1, 1))


def _set(_old: Any, operand: Any, _context: Context, _moment: Moment) -> Any:
    return operand


def _unset(_old: Any, _operand: Any, _context: Context, _moment: Moment) -> Any:
    return MISSING


def _number_change(name: str, verb: str) -> Callable[[Any, Any, Context, Moment], Any]:
    function = operator.add if name == "$inc" else operator.mul

    def change(old: Any, operand: Any, _context: Context, _moment: Moment) -> Any:
        if type(operand) not in NUMERIC:
            raise type_mismatch(
                f"Cannot {verb} with non-numeric argument: {{{{path}}: {operand!r}}}"
            )
        if old is MISSING:
            if name == "$inc":
                return operand
            return arithmetic(operand, 0, operator.mul, operator.mul)
        if type(old) not in NUMERIC:
            raise type_mismatch(
                f"Cannot apply {name} to a value of non-numeric type. {{_id: {{_id}}}} has the "
                f"field '{{path}}' of non-numeric type {type_name(old)}"
            )
        result = arithmetic(old, operand, function, function)
        if result is None:
            raise bad_value(
                f"Failed to apply {name} operations to current value ({old!r}) for document "
                "{_id: {_id}}"
            )
        return result

    return change


def _limit(*, greater: bool) -> Callable[[Any, Any, Context, Moment], Any]:
    def change(old: Any, operand: Any, context: Context, _moment: Moment) -> Any:
        if old is MISSING:
            return operand
        left, right = context.key(operand), context.key(old)
        return operand if (left > right if greater else left < right) else old

    return change


def _current_date(_old: Any, operand: Any, _context: Context, moment: Moment) -> Any:
    kind = operand.get("$type") if type(operand) is dict else None
    if kind == "timestamp":
        return moment.cluster_time
    if kind == "date" or type(operand) is bool:
        return moment.now.replace(microsecond=moment.now.microsecond // 1000 * 1000)
    if type(operand) is dict:
        raise bad_value("The '$type' string field is required to be 'date' or 'timestamp'")
    raise bad_value(
        f"{type_name(operand)} is not valid type for $currentDate. Please use a boolean ('true') "
        "or a $type expression ({$type: 'timestamp/date'})."
    )


_BITS = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}


def _bit(old: Any, operand: Any, _context: Context, _moment: Moment) -> Any:
    if type(operand) is not dict or not operand:
        raise bad_value("The $bit modifier is not compatible with a non-object")
    value = 0 if old is MISSING else old
    if type(value) not in (int, Int64):
        raise bad_value(f"Cannot apply $bit to a value of non-integral type: {type_name(value)}")
    for name, mask in operand.items():
        if name not in _BITS or type(mask) not in (int, Int64):
            raise bad_value("The $bit modifier only supports 'and', 'or', and 'xor' of integers")
        value = whole(_BITS[name](int(value), int(mask)), wide=Int64 in (type(value), type(mask)))
    return value


# Arrays --------------------------------------------------------------------------------------


def _array(old: Any, name: str) -> list[Any]:
    if old is MISSING:
        return []
    if type(old) is not list:
        raise bad_value(
            f"The field '{{path}}' must be an array but is of type {type_name(old)} in document "
            "{_id: {_id}}"
            if name == "$push"
            else f"Cannot apply {name} to non-array field. Field named '{{path}}' has "
            f"non-array type {type_name(old)}"
        )
    return list(old)


def _push(old: Any, operand: Any, context: Context, _moment: Moment) -> Any:
    array = _array(old, "$push")
    if type(operand) is not dict or "$each" not in operand:
        array.append(operand)
        return array
    each = operand["$each"]
    if type(each) is not list:
        raise bad_value(
            f"The argument to $each in $push must be an array but it was of type: {type_name(each)}"
        )
    for name in operand:
        if name not in ("$each", "$slice", "$sort", "$position"):
            raise bad_value(f"Unrecognized clause in $push: {name}")
    position = len(array)
    if "$position" in operand:
        wanted = as_int(operand["$position"], "$position")
        position = max(0, len(array) + wanted) if wanted < 0 else wanted
    array[position:position] = each
    if "$sort" in operand:
        _sort_array(array, operand["$sort"], context)
    if "$slice" in operand:
        keep = as_int(operand["$slice"], "$slice")
        array = array[:keep] if keep >= 0 else array[keep:]
    return array


def _sort_array(array: list[Any], spec: Any, context: Context) -> None:
    if is_number(spec):
        if spec not in (1, -1):
            raise bad_value("The $sort element value must be either 1 or -1")
        array.sort(key=context.key, reverse=spec < 0)
        return
    if type(spec) is not dict or not spec:
        raise bad_value("The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1}")
    for name, direction in reversed(list(spec.items())):
        if direction not in (1, -1):
            raise bad_value("The $sort element value must be either 1 or -1")
        path = tuple(name.split("."))

        def place(item: Any, path: tuple[str, ...] = path) -> Any:
            return context.key(value_at(item, path))

        array.sort(key=place, reverse=direction < 0)


def _add_to_set(old: Any, operand: Any, context: Context, _moment: Moment) -> Any:
    array = _array(old, "$addToSet")
    items = [operand]
    if type(operand) is dict and "$each" in operand:
        items = operand["$each"]
        if type(items) is not list:
            raise type_mismatch("The argument to $each in $addToSet must be an array")
        if len(operand) > 1:
            raise bad_value(f"Found unexpected fields after $each in $addToSet: {operand}")
    present = {context.key(item) for item in array}
    for item in items:
        key = context.key(item)
        if key not in present:
            present.add(key)
            array.append(item)
    return array


def _pull(old: Any, operand: Any, context: Context, _moment: Moment) -> Any:
    array = _array(old, "$pull")
    test: Test
    if isinstance(operand, Regex) or (is_operators(operand) and next(iter(operand)) not in LOGICAL):
        # The server wraps each element in a document: a nested array is looked into.
        wrapped = compile_filter({"element": operand}, context)

        def test(item: Any) -> bool:
            return wrapped({"element": item})

    elif type(operand) is dict:
        matches = compile_filter(operand, context)

        def test(item: Any) -> bool:
            return type(item) is dict and matches(item)

    else:
        key = context.key(operand)

        def test(item: Any) -> bool:
            return bool(context.key(item) == key)

    return [item for item in array if not test(item)]


def _pull_all(old: Any, operand: Any, context: Context, _moment: Moment) -> Any:
    if type(operand) is not list:
        raise bad_value(f"$pullAll requires an array argument but was given a {type_name(operand)}")
    keys = {context.key(item) for item in operand}
    return [item for item in _array(old, "$pullAll") if context.key(item) not in keys]


def _pop(old: Any, operand: Any, _context: Context, _moment: Moment) -> Any:
    if not is_number(operand) or operand not in (1, -1):
        raise failed_to_parse(f"$pop expects 1 or -1, found: {operand!r}")
    if type(old) is not list:
        raise type_mismatch(
            f"Path '{{path}}' contains an element of non-array type '{type_name(old)}'"
        )
    return old[:-1] if operand == 1 else old[1:]


OPERATORS: dict[str, Callable[[Any, Any, Context, Moment], Any]] = {
    "$set": _set,
    "$setOnInsert": _set,
    "$unset": _unset,
    "$inc": _number_change("$inc", "increment"),
    "$mul": _number_change("$mul", "multiply"),
    "$min": _limit(greater=False),
    "$max": _limit(greater=True),
    "$currentDate": _current_date,
    "$bit": _bit,
    "$push": _push,
    "$addToSet": _add_to_set,
    "$pull": _pull,
    "$pullAll": _pull_all,
    "$pop": _pop,
}
