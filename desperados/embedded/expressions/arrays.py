"""Expression operators on arrays and objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.operands import absent, need_array
from desperados.embedded.values.limits import MAX_MEMORY
from desperados.embedded.values.numbers import INT32_MAX, INT32_MIN, as_int
from desperados.embedded.values.order import order_key
from desperados.embedded.values.types import MISSING, is_number, truthy, type_name


def element_at(items: Any, position: Any) -> Any:
    if absent(items) or absent(position):
        return None
    array = need_array("$arrayElemAt", items)
    at = int(position)
    return array[at] if -len(array) <= at < len(array) else MISSING


def concat_arrays(*arrays: Any) -> Any:
    if any(map(absent, arrays)):
        return None
    return [item for array in arrays for item in need_array("$concatArrays", array)]


def cut(items: Any, first: Any, count: Any = MISSING) -> Any:
    if absent(items) or absent(first):
        return None
    array = need_array("$slice", items)
    if count is MISSING:
        return array[: int(first)] if first >= 0 else array[int(first) :]
    start = int(first) if first >= 0 else max(0, len(array) + int(first))
    return array[start : start + int(count)]


def array_size(items: Any) -> int:
    if type(items) is not list:
        raise located(
            17124, f"The argument to $size must be an array, but was of type: {type_name(items)}"
        )
    return len(items)


def index_of_array(items: Any, wanted: Any, start: Any = 0, end: Any = None) -> Any:
    if absent(items):
        return None
    array = need_array("$indexOfArray", items)
    key = order_key(wanted)
    stop = len(array) if end is None else int(end)
    for at in range(int(start), min(stop, len(array))):
        if order_key(array[at]) == key:
            return at
    return -1


def reverse_array(items: Any) -> Any:
    return None if absent(items) else need_array("$reverseArray", items)[::-1]


# What the server reckons for a value.
_VALUE_BYTES = 16


def number_range(start: Any, end: Any, step: Any = 1) -> list[int]:
    first = _range_part(start, "starting", 34443)
    last = _range_part(end, "ending", 34445)
    stride = _range_part(step, "step", 34447)
    if stride == 0:
        raise located(34449, "$range requires a non-zero step value")
    numbers = range(first, last, stride)
    if len(numbers) * _VALUE_BYTES >= MAX_MEMORY:
        raise CommandError(
            "ExceededMemoryLimit",
            "$range would use too much memory and cannot spill to disk. Memory limit: "
            f"{MAX_MEMORY} bytes",
        )
    return list(numbers)


def _range_part(value: Any, what: str, code: int) -> int:
    """A whole number of 32 bits; the two codes of MongoDB are neighbours."""
    if not is_number(value):
        raise located(code, f"$range requires a numeric {what} value, found {type_name(value)}")
    try:
        number = as_int(value, what)
    except CommandError:
        number = INT32_MAX + 1
    if not INT32_MIN <= number <= INT32_MAX:
        raise located(code + 1, f"$range requires a {what} value that fits in a 32-bit integer")
    return number


def unique_values(items: list[Any]) -> dict[Any, Any]:
    return {order_key(item): item for item in reversed(items)}


def set_union(*arrays: Any) -> Any:
    if any(map(absent, arrays)):
        return None
    merged = [item for array in arrays for item in need_array("$setUnion", array)]
    return [item for _, item in sorted(unique_values(merged).items())]


def set_intersection(*arrays: Any) -> Any:
    if any(map(absent, arrays)):
        return None
    kept = unique_values(need_array("$setIntersection", arrays[0]))
    for array in arrays[1:]:
        keys = set(unique_values(need_array("$setIntersection", array)))
        kept = {key: item for key, item in kept.items() if key in keys}
    return [item for _, item in sorted(kept.items())]


def set_difference(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None
    keys = set(unique_values(need_array("$setDifference", right)))
    items = dict(reversed(unique_values(need_array("$setDifference", left)).items()))
    return [item for key, item in items.items() if key not in keys]


def set_equals(*arrays: Any) -> bool:
    sets = [set(unique_values(need_array("$setEquals", array))) for array in arrays]
    return all(other == sets[0] for other in sets)


def set_is_subset(left: Any, right: Any) -> bool:
    return set(unique_values(need_array("$setIsSubset", left))) <= set(
        unique_values(need_array("$setIsSubset", right))
    )


def array_to_object(items: Any) -> Any:
    if absent(items):
        return None
    result = {}
    for item in need_array("$arrayToObject", items):
        if type(item) is dict and set(item) == {"k", "v"}:
            result[item["k"]] = item["v"]
        elif type(item) is list and len(item) == 2:
            result[item[0]] = item[1]
        else:
            raise located(40392, "$arrayToObject requires an object with keys 'k' and 'v'")
    return result


def object_to_array(value: Any) -> Any:
    if absent(value):
        return None
    if type(value) is not dict:
        raise located(40390, f"$objectToArray requires a document input, found: {type_name(value)}")
    return [{"k": key, "v": item} for key, item in value.items()]


def merge_objects(*values: Any) -> Any:
    items = values[0] if len(values) == 1 and type(values[0]) is list else values
    merged = {}
    for value in items:
        if absent(value):
            continue
        if type(value) is not dict:
            raise located(
                40400,
                f"$mergeObjects requires object inputs, but input {value!r} is "
                f"of type {type_name(value)}",
            )
        merged.update(value)
    return merged


def zip_arrays(inputs: Any, useLongestLength: Any = False, defaults: Any = None) -> Any:  # noqa: N803
    if absent(inputs) or any(map(absent, inputs)):
        return None
    longest = max(map(len, inputs)) if truthy(useLongestLength) else min(map(len, inputs))
    fill = defaults or [None] * len(inputs)
    return [
        [array[at] if at < len(array) else fill[n] for n, array in enumerate(inputs)]
        for at in range(longest)
    ]


def first_n(*, last: bool) -> Callable[..., Any]:
    def run(n: Any, input: Any) -> Any:  # noqa: A002
        array = need_array("$lastN" if last else "$firstN", input)
        return array[max(0, len(array) - int(n)) :] if last else array[: int(n)]

    return run


def extreme_n(*, greatest: bool) -> Callable[..., Any]:
    def run(n: Any, input: Any) -> Any:  # noqa: A002
        items = [item for item in need_array("$maxN", input) if not absent(item)]
        return sorted(items, key=order_key, reverse=greatest)[: int(n)]

    return run
