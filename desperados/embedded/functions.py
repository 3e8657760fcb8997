"""Aggregation expression operators that are plain functions of their arguments."""

from __future__ import annotations

import decimal
import math
import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bson
from bson import Decimal128, Int64, ObjectId

from desperados.embedded.errors import CommandError, located
from desperados.embedded.moments import add_dates, from_date, is_date, iso, subtract_dates, to_date
from desperados.embedded.values import (
    DECIMAL_CONTEXT,
    MISSING,
    NUMERIC,
    TYPE_NUMBERS,
    arithmetic,
    compile_regex,
    from_decimal,
    is_number,
    order_key,
    to_decimal,
    truthy,
    type_name,
    whole,
)

_MANY = 1_000_000


@dataclass(frozen=True)
class Function:
    """An operator: how to compute it, and how many arguments it takes.

    `named` lists the keys of an operator that takes a document, the required ones first
    (`least` of them).
    """

    run: Callable[..., Any]
    least: int = 1
    most: int = 1
    named: tuple[str, ...] | None = None
    positional: bool = False


def absent(value: Any) -> bool:
    return value is None or value is MISSING


def need_array(name: str, value: Any) -> list[Any]:
    if type(value) is not list:
        raise located(
            28651, f"The input argument to {name} must be an array, not {type_name(value)}"
        )
    return value


# Arithmetic ----------------------------------------------------------------------------------


def _numbers(name: str, *values: Any) -> None:
    for value in values:
        if type(value) not in NUMERIC:
            raise CommandError(
                "TypeMismatch", f"{name} only supports numeric types, not {type_name(value)}"
            )


def _add(*values: Any) -> Any:
    if any(map(absent, values)):
        return None

    if any(map(is_date, values)):
        return add_dates(values)
    _numbers("$add", *values)
    total: Any = 0
    for value in values:
        total = combine(total, value, operator.add)
    return total


def combine(left: Any, right: Any, function: Callable[[Any, Any], Any]) -> Any:
    """Arithmetic in the wider type of both; beyond 64 bits it goes on as a double."""
    result = arithmetic(left, right, function, function)
    return float(function(float(left), float(right))) if result is None else result


def _subtract(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None

    if is_date(left):
        return subtract_dates(left, right)
    _numbers("$subtract", left, right)
    return combine(left, right, operator.sub)


def _multiply(*values: Any) -> Any:
    if any(map(absent, values)):
        return None
    _numbers("$multiply", *values)
    total: Any = 1
    for value in values:
        total = combine(total, value, operator.mul)
    return total


def _divide(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None
    _numbers("$divide", left, right)
    if not truthy(right):
        raise CommandError("BadValue", "can't $divide by zero")
    if Decimal128 in (type(left), type(right)):
        return from_decimal(DECIMAL_CONTEXT.divide(to_decimal(left), to_decimal(right)))
    return float(left) / float(right)


def _mod(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None
    _numbers("$mod", left, right)
    if not truthy(right):
        raise located(16610, "can't $mod by zero")

    def integers(a: int, b: int) -> int:
        rest = abs(a) % abs(b)
        return -rest if a < 0 else rest

    if float in (type(left), type(right)) and Decimal128 not in (type(left), type(right)):
        return math.fmod(float(left), float(right))
    return arithmetic(left, right, integers, DECIMAL_CONTEXT.remainder)


def _unary(
    name: str, whole_number: Callable[[int], int] | None, real: Callable[[float], float]
) -> Function:
    def run(value: Any) -> Any:
        if absent(value):
            return None
        _numbers(name, value)
        if type(value) is Decimal128:
            return from_decimal(decimal.Decimal(repr(real(float(value.to_decimal())))))
        if whole_number is not None and type(value) is not float:
            return whole(whole_number(int(value)), wide=type(value) is Int64)
        try:
            return float(real(float(value)))
        except (ValueError, OverflowError):
            return math.nan

    return Function(run)


def _rounding(mode: str) -> Callable[..., Any]:
    def run(value: Any, place: Any = 0) -> Any:
        if absent(value) or absent(place):
            return None
        _numbers("$round" if mode == decimal.ROUND_HALF_EVEN else "$trunc", value)
        if type(value) is float and not math.isfinite(value):
            return value
        number = value.to_decimal() if type(value) is Decimal128 else decimal.Decimal(value)
        step = decimal.Decimal(1).scaleb(-int(place))
        context = decimal.Context(prec=400, rounding=mode)
        result = (
            number.quantize(step, context=context)
            if int(place) >= 0
            else ((number / step).quantize(decimal.Decimal(1), context=context) * step)
        )
        if type(value) is Decimal128:
            return from_decimal(result)
        if type(value) is float:
            return float(result)
        return whole(int(result), wide=type(value) is Int64)

    return run


def _pow(base: Any, exponent: Any) -> Any:
    if absent(base) or absent(exponent):
        return None
    _numbers("$pow", base, exponent)
    if type(exponent) in (int, Int64) and exponent < 0 and type(base) in (int, Int64):
        return float(base) ** float(exponent)
    return combine(base, exponent, operator.pow)


def _log(value: Any, base: Any) -> Any:
    if absent(value) or absent(base):
        return None
    _numbers("$log", value, base)
    return math.log(float(value)) / math.log(float(base))


# Comparison and logic ----------------------------------------------------------------------------


def _compare(test: Callable[[Any, Any], bool]) -> Function:
    def run(left: Any, right: Any) -> bool:
        return test(_ranked(left), _ranked(right))

    return Function(run, 2, 2)


def _ranked(value: Any) -> Any:
    # In expressions a missing value is less than null, and not equal to it.
    return (0,) if value is MISSING else order_key(value)


def _cmp(left: Any, right: Any) -> int:
    a, b = _ranked(left), _ranked(right)
    return int(a > b) - int(a < b)


def _in(value: Any, items: Any) -> bool:
    if type(items) is not list:
        raise located(
            40081, f"$in requires an array as a second argument, found: {type_name(items)}"
        )
    key = _ranked(value)
    return any(order_key(item) == key for item in items)


# Arrays --------------------------------------------------------------------------------------


def _element(items: Any, position: Any) -> Any:
    if absent(items) or absent(position):
        return None
    array = need_array("$arrayElemAt", items)
    at = int(position)
    return array[at] if -len(array) <= at < len(array) else MISSING


def _concat_arrays(*arrays: Any) -> Any:
    if any(map(absent, arrays)):
        return None
    return [item for array in arrays for item in need_array("$concatArrays", array)]


def _slice(items: Any, first: Any, count: Any = MISSING) -> Any:
    if absent(items) or absent(first):
        return None
    array = need_array("$slice", items)
    if count is MISSING:
        return array[: int(first)] if first >= 0 else array[int(first) :]
    start = int(first) if first >= 0 else max(0, len(array) + int(first))
    return array[start : start + int(count)]


def _size(items: Any) -> int:
    if type(items) is not list:
        raise located(
            17124, f"The argument to $size must be an array, but was of type: {type_name(items)}"
        )
    return len(items)


def _index_of_array(items: Any, wanted: Any, start: Any = 0, end: Any = None) -> Any:
    if absent(items):
        return None
    array = need_array("$indexOfArray", items)
    key = order_key(wanted)
    stop = len(array) if end is None else int(end)
    for at in range(int(start), min(stop, len(array))):
        if order_key(array[at]) == key:
            return at
    return -1


def _reverse(items: Any) -> Any:
    return None if absent(items) else need_array("$reverseArray", items)[::-1]


def _range(start: Any, end: Any, step: Any = 1) -> list[int]:
    if step == 0:
        raise located(34449, "$range requires a non-zero step value")
    return list(range(int(start), int(end), int(step)))


def _unique(items: list[Any]) -> dict[Any, Any]:
    return {order_key(item): item for item in reversed(items)}


def _set_union(*arrays: Any) -> Any:
    if any(map(absent, arrays)):
        return None
    merged = [item for array in arrays for item in need_array("$setUnion", array)]
    return [item for _, item in sorted(_unique(merged).items())]


def _set_intersection(*arrays: Any) -> Any:
    if any(map(absent, arrays)):
        return None
    kept = _unique(need_array("$setIntersection", arrays[0]))
    for array in arrays[1:]:
        keys = set(_unique(need_array("$setIntersection", array)))
        kept = {key: item for key, item in kept.items() if key in keys}
    return [item for _, item in sorted(kept.items())]


def _set_difference(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None
    keys = set(_unique(need_array("$setDifference", right)))
    items = dict(reversed(_unique(need_array("$setDifference", left)).items()))
    return [item for key, item in items.items() if key not in keys]


def _set_equals(*arrays: Any) -> bool:
    sets = [set(_unique(need_array("$setEquals", array))) for array in arrays]
    return all(other == sets[0] for other in sets)


def _set_is_subset(left: Any, right: Any) -> bool:
    return set(_unique(need_array("$setIsSubset", left))) <= set(
        _unique(need_array("$setIsSubset", right))
    )


def _array_to_object(items: Any) -> Any:
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


def _object_to_array(value: Any) -> Any:
    if absent(value):
        return None
    if type(value) is not dict:
        raise located(40390, f"$objectToArray requires a document input, found: {type_name(value)}")
    return [{"k": key, "v": item} for key, item in value.items()]


def _merge_objects(*values: Any) -> Any:
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


def _zip(inputs: Any, useLongestLength: Any = False, defaults: Any = None) -> Any:  # noqa: N803
    if absent(inputs) or any(map(absent, inputs)):
        return None
    longest = max(map(len, inputs)) if truthy(useLongestLength) else min(map(len, inputs))
    fill = defaults or [None] * len(inputs)
    return [
        [array[at] if at < len(array) else fill[n] for n, array in enumerate(inputs)]
        for at in range(longest)
    ]


def _first_n(*, last: bool) -> Callable[..., Any]:
    def run(n: Any, input: Any) -> Any:  # noqa: A002
        array = need_array("$lastN" if last else "$firstN", input)
        return array[max(0, len(array) - int(n)) :] if last else array[: int(n)]

    return run


def _extreme_n(*, greatest: bool) -> Callable[..., Any]:
    def run(n: Any, input: Any) -> Any:  # noqa: A002
        items = [item for item in need_array("$maxN", input) if not absent(item)]
        return sorted(items, key=order_key, reverse=greatest)[: int(n)]

    return run


def flatten_single(values: tuple[Any, ...]) -> list[Any]:
    """The operands of `$sum`, `$avg`, `$min`, `$max` as expressions: one array is its items."""
    if len(values) == 1 and type(values[0]) is list:
        return list(values[0])
    return list(values)


def total(values: list[Any]) -> Any:
    result: Any = 0
    for value in values:
        if type(value) in NUMERIC:
            result = combine(result, value, operator.add)
    return result


def average(values: list[Any]) -> Any:
    numbers = [value for value in values if type(value) in NUMERIC]
    return _divide(total(numbers), len(numbers)) if numbers else None


def extreme(values: list[Any], *, greatest: bool) -> Any:
    present = [value for value in values if not absent(value)]
    if not present:
        return None
    return max(present, key=order_key) if greatest else min(present, key=order_key)


def deviation(values: list[Any], *, sample: bool) -> Any:
    numbers = [float(to_decimal(value)) for value in values if is_number(value)]
    count = len(numbers) - sample
    if count <= 0:
        return None
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / count)


# Strings -------------------------------------------------------------------------------------


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


def _concat(*values: Any) -> Any:
    if any(map(absent, values)):
        return None
    for value in values:
        if type(value) is not str:
            raise located(16702, f"$concat only supports strings, not {type_name(value)}")
    return "".join(values)


def _substr_cp(value: Any, start: Any, count: Any) -> str:
    string = text(value)
    return string[int(start) :] if count < 0 else string[int(start) : int(start) + int(count)]


def _substr_bytes(value: Any, start: Any, count: Any) -> str:
    data = text(value).encode()
    end = len(data) if count < 0 else int(start) + int(count)
    return data[int(start) : end].decode(errors="ignore")


def _index_of_cp(value: Any, wanted: Any, start: Any = 0, end: Any = None) -> Any:
    if absent(value):
        return None
    return value.find(wanted, int(start), len(value) if end is None else int(end))


def _split(value: Any, separator: Any) -> Any:
    return None if absent(value) or absent(separator) else value.split(separator)


def _trim(side: str) -> Callable[..., Any]:
    def run(input: Any, chars: Any = None) -> Any:  # noqa: A002
        if absent(input):
            return None
        strip = {"both": str.strip, "left": str.lstrip, "right": str.rstrip}[side]
        return strip(input, None if absent(chars) else chars)

    return run


def _regex_find(*, every: bool) -> Callable[..., Any]:
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


def _regex_match(input: Any, regex: Any, options: Any = None) -> bool:  # noqa: A002
    return not absent(input) and compile_regex(regex, options).search(input) is not None


def _replace(count: int) -> Callable[..., Any]:
    def run(input: Any, find: Any, replacement: Any) -> Any:  # noqa: A002
        if absent(input) or absent(find) or absent(replacement):
            return None
        return input.replace(find, replacement, count)

    return run


def _strcasecmp(left: Any, right: Any) -> int:
    a, b = text(left).upper(), text(right).upper()
    return (a > b) - (a < b)


# Conversions ---------------------------------------------------------------------------------


def convert(value: Any, kind: str) -> Any:
    """`$convert`: raises ConversionFailure (241) when the value has no such form."""

    try:
        if kind == "string":
            return text(value)
        if kind == "bool":
            return truthy(value)
        if kind == "objectId":
            return value if isinstance(value, ObjectId) else ObjectId(value)
        if kind == "date":
            return to_date(value)
        value = from_date(value)
        if kind == "double":
            return float(to_decimal(value)) if is_number(value) else float(value)
        if kind == "decimal":
            return from_decimal(to_decimal(value) if is_number(value) else decimal.Decimal(value))
        number = int(value.to_decimal()) if type(value) is Decimal128 else int(value)
        result = whole(number, wide=kind == "long")
        if result is None or (kind == "int" and type(result) is Int64):
            raise OverflowError
        return result
    except (ValueError, TypeError, OverflowError, decimal.DecimalException, bson.errors.BSONError):
        raise CommandError(
            "ConversionFailure",
            f"Failed to convert {value!r} of type {type_name(value)} to {kind} in $convert",
            number=241,
        ) from None


def _to(kind: str) -> Function:
    return Function(lambda value: None if absent(value) else convert(value, kind))


def _convert(**arguments: Any) -> Any:
    value, kind = arguments["input"], arguments["to"]
    if absent(value):
        return arguments.get("onNull")
    if is_number(kind):
        kind = {number: name for name, number in TYPE_NUMBERS.items()}[int(kind)]
    if type(kind) is dict:
        kind = kind.get("type")
    if "onError" not in arguments:
        return convert(value, kind)
    try:
        return convert(value, kind)
    except CommandError:
        return arguments["onError"]


def _is_number(value: Any) -> bool:
    return is_number(value)


def _binary_size(value: Any) -> Any:
    return None if absent(value) else len(value.encode() if type(value) is str else value)


def _all_true(items: Any) -> bool:
    return all(map(truthy, need_array("$allElementsTrue", items)))


def _any_true(items: Any) -> bool:
    return any(map(truthy, need_array("$anyElementTrue", items)))


FUNCTIONS: dict[str, Function] = {
    "$add": Function(_add, 0, _MANY),
    "$subtract": Function(_subtract, 2, 2),
    "$multiply": Function(_multiply, 0, _MANY),
    "$divide": Function(_divide, 2, 2),
    "$mod": Function(_mod, 2, 2),
    "$abs": _unary("$abs", abs, abs),
    "$ceil": _unary("$ceil", int, math.ceil),
    "$floor": _unary("$floor", int, math.floor),
    "$sqrt": _unary("$sqrt", None, math.sqrt),
    "$exp": _unary("$exp", None, math.exp),
    "$ln": _unary("$ln", None, math.log),
    "$log10": _unary("$log10", None, math.log10),
    "$sin": _unary("$sin", None, math.sin),
    "$cos": _unary("$cos", None, math.cos),
    "$tan": _unary("$tan", None, math.tan),
    "$degreesToRadians": _unary("$degreesToRadians", None, math.radians),
    "$radiansToDegrees": _unary("$radiansToDegrees", None, math.degrees),
    "$round": Function(_rounding(decimal.ROUND_HALF_EVEN), 1, 2),
    "$trunc": Function(_rounding(decimal.ROUND_DOWN), 1, 2),
    "$pow": Function(_pow, 2, 2),
    "$log": Function(_log, 2, 2),
    "$rand": Function(random.random, 0, 0, ()),
    "$eq": _compare(operator.eq),
    "$ne": _compare(operator.ne),
    "$gt": _compare(operator.gt),
    "$gte": _compare(operator.ge),
    "$lt": _compare(operator.lt),
    "$lte": _compare(operator.le),
    "$cmp": Function(_cmp, 2, 2),
    "$not": Function(lambda value: not truthy(value)),
    "$in": Function(_in, 2, 2),
    "$arrayElemAt": Function(_element, 2, 2),
    "$first": Function(lambda items: _element(items, 0)),
    "$last": Function(lambda items: _element(items, -1)),
    "$concatArrays": Function(_concat_arrays, 0, _MANY),
    "$slice": Function(_slice, 2, 3),
    "$size": Function(_size),
    "$isArray": Function(lambda value: type(value) is list),
    "$indexOfArray": Function(_index_of_array, 2, 4),
    "$reverseArray": Function(_reverse),
    "$range": Function(_range, 2, 3),
    "$setUnion": Function(_set_union, 0, _MANY),
    "$setIntersection": Function(_set_intersection, 1, _MANY),
    "$setDifference": Function(_set_difference, 2, 2),
    "$setEquals": Function(_set_equals, 2, _MANY),
    "$setIsSubset": Function(_set_is_subset, 2, 2),
    "$allElementsTrue": Function(_all_true),
    "$anyElementTrue": Function(_any_true),
    "$arrayToObject": Function(_array_to_object),
    "$objectToArray": Function(_object_to_array),
    "$mergeObjects": Function(_merge_objects, 0, _MANY),
    "$zip": Function(_zip, 1, 1, ("inputs", "useLongestLength", "defaults")),
    "$firstN": Function(_first_n(last=False), 2, 2, ("n", "input")),
    "$lastN": Function(_first_n(last=True), 2, 2, ("n", "input")),
    "$minN": Function(_extreme_n(greatest=False), 2, 2, ("n", "input")),
    "$maxN": Function(_extreme_n(greatest=True), 2, 2, ("n", "input")),
    "$sum": Function(lambda *v: total(flatten_single(v)), 0, _MANY),
    "$avg": Function(lambda *v: average(flatten_single(v)), 0, _MANY),
    "$min": Function(lambda *v: extreme(flatten_single(v), greatest=False), 0, _MANY),
    "$max": Function(lambda *v: extreme(flatten_single(v), greatest=True), 0, _MANY),
    "$stdDevPop": Function(lambda *v: deviation(flatten_single(v), sample=False), 0, _MANY),
    "$stdDevSamp": Function(lambda *v: deviation(flatten_single(v), sample=True), 0, _MANY),
    "$concat": Function(_concat, 0, _MANY),
    "$toUpper": Function(lambda value: text(value).upper()),
    "$toLower": Function(lambda value: text(value).lower()),
    "$substr": Function(_substr_bytes, 3, 3),
    "$substrBytes": Function(_substr_bytes, 3, 3),
    "$substrCP": Function(_substr_cp, 3, 3),
    "$strLenCP": Function(lambda value: len(text(value))),
    "$strLenBytes": Function(lambda value: len(text(value).encode())),
    "$indexOfCP": Function(_index_of_cp, 2, 4),
    "$indexOfBytes": Function(_index_of_cp, 2, 4),
    "$split": Function(_split, 2, 2),
    "$strcasecmp": Function(_strcasecmp, 2, 2),
    "$trim": Function(_trim("both"), 1, 1, ("input", "chars")),
    "$ltrim": Function(_trim("left"), 1, 1, ("input", "chars")),
    "$rtrim": Function(_trim("right"), 1, 1, ("input", "chars")),
    "$regexMatch": Function(_regex_match, 2, 2, ("input", "regex", "options")),
    "$regexFind": Function(_regex_find(every=False), 2, 2, ("input", "regex", "options")),
    "$regexFindAll": Function(_regex_find(every=True), 2, 2, ("input", "regex", "options")),
    "$replaceOne": Function(_replace(1), 3, 3, ("input", "find", "replacement")),
    "$replaceAll": Function(_replace(-1), 3, 3, ("input", "find", "replacement")),
    "$type": Function(type_name),
    "$isNumber": Function(_is_number),
    "$convert": Function(_convert, 2, 2, ("input", "to", "onError", "onNull", "format")),
    "$toString": _to("string"),
    "$toInt": _to("int"),
    "$toLong": _to("long"),
    "$toDouble": _to("double"),
    "$toDecimal": _to("decimal"),
    "$toBool": _to("bool"),
    "$toObjectId": _to("objectId"),
    "$toDate": _to("date"),
    "$binarySize": Function(_binary_size),
    "$bsonSize": Function(lambda value: None if absent(value) else len(bson.encode(value))),
}
