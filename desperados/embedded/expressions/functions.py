"""The expression operators that are plain functions of their arguments, in one table."""

from __future__ import annotations

import decimal
import math
import operator
import random
from collections.abc import Callable
from typing import Any

import bson

from desperados.embedded.errors import located
from desperados.embedded.expressions.arrays import (
    array_size,
    array_to_object,
    concat_arrays,
    cut,
    element_at,
    extreme_n,
    first_n,
    index_of_array,
    merge_objects,
    number_range,
    object_to_array,
    reverse_array,
    set_difference,
    set_equals,
    set_intersection,
    set_is_subset,
    set_union,
    zip_arrays,
)
from desperados.embedded.expressions.conversions import CONVERSIONS
from desperados.embedded.expressions.numeric import (
    add,
    average,
    deviation,
    divide,
    extreme,
    flatten_single,
    logarithm,
    modulo,
    multiply,
    power,
    rounding,
    subtract,
    total,
    unary,
)
from desperados.embedded.expressions.operands import (
    MANY,
    Function,
    absent,
    need_array,
    ranked,
)
from desperados.embedded.expressions.texts import (
    concat_text,
    index_of_cp,
    regex_find,
    regex_match,
    replacing,
    split_text,
    strcasecmp,
    substr_bytes,
    substr_cp,
    text,
    trimming,
)
from desperados.embedded.values.order import order_key
from desperados.embedded.values.types import (
    is_number,
    truthy,
    type_name,
)


def _compare(test: Callable[[Any, Any], bool]) -> Function:
    def run(left: Any, right: Any) -> bool:
        return test(ranked(left), ranked(right))

    return Function(run, 2, 2)


def _cmp(left: Any, right: Any) -> int:
    a, b = ranked(left), ranked(right)
    return int(a > b) - int(a < b)


def _in(value: Any, items: Any) -> bool:
    if type(items) is not list:
        raise located(
            40081, f"$in requires an array as a second argument, found: {type_name(items)}"
        )
    key = ranked(value)
    return any(order_key(item) == key for item in items)


def _is_number(value: Any) -> bool:
    return is_number(value)


def _binary_size(value: Any) -> Any:
    return None if absent(value) else len(value.encode() if type(value) is str else value)


def _all_true(items: Any) -> bool:
    return all(map(truthy, need_array("$allElementsTrue", items)))


def _any_true(items: Any) -> bool:
    return any(map(truthy, need_array("$anyElementTrue", items)))


FUNCTIONS: dict[str, Function] = {
    "$add": Function(add, 0, MANY),
    "$subtract": Function(subtract, 2, 2),
    "$multiply": Function(multiply, 0, MANY),
    "$divide": Function(divide, 2, 2),
    "$mod": Function(modulo, 2, 2),
    "$abs": unary("$abs", abs, abs),
    "$ceil": unary("$ceil", int, math.ceil),
    "$floor": unary("$floor", int, math.floor),
    "$sqrt": unary("$sqrt", None, math.sqrt),
    "$exp": unary("$exp", None, math.exp),
    "$ln": unary("$ln", None, math.log),
    "$log10": unary("$log10", None, math.log10),
    "$sin": unary("$sin", None, math.sin),
    "$cos": unary("$cos", None, math.cos),
    "$tan": unary("$tan", None, math.tan),
    "$degreesToRadians": unary("$degreesToRadians", None, math.radians),
    "$radiansToDegrees": unary("$radiansToDegrees", None, math.degrees),
    "$round": Function(rounding(decimal.ROUND_HALF_EVEN), 1, 2),
    "$trunc": Function(rounding(decimal.ROUND_DOWN), 1, 2),
    "$pow": Function(power, 2, 2),
    "$log": Function(logarithm, 2, 2),
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
    "$arrayElemAt": Function(element_at, 2, 2),
    "$first": Function(lambda items: element_at(items, 0)),
    "$last": Function(lambda items: element_at(items, -1)),
    "$concatArrays": Function(concat_arrays, 0, MANY),
    "$slice": Function(cut, 2, 3),
    "$size": Function(array_size),
    "$isArray": Function(lambda value: type(value) is list),
    "$indexOfArray": Function(index_of_array, 2, 4),
    "$reverseArray": Function(reverse_array),
    "$range": Function(number_range, 2, 3),
    "$setUnion": Function(set_union, 0, MANY),
    "$setIntersection": Function(set_intersection, 1, MANY),
    "$setDifference": Function(set_difference, 2, 2),
    "$setEquals": Function(set_equals, 2, MANY),
    "$setIsSubset": Function(set_is_subset, 2, 2),
    "$allElementsTrue": Function(_all_true),
    "$anyElementTrue": Function(_any_true),
    "$arrayToObject": Function(array_to_object),
    "$objectToArray": Function(object_to_array),
    "$mergeObjects": Function(merge_objects, 0, MANY),
    "$zip": Function(zip_arrays, 1, 1, ("inputs", "useLongestLength", "defaults")),
    "$firstN": Function(first_n(last=False), 2, 2, ("n", "input")),
    "$lastN": Function(first_n(last=True), 2, 2, ("n", "input")),
    "$minN": Function(extreme_n(greatest=False), 2, 2, ("n", "input")),
    "$maxN": Function(extreme_n(greatest=True), 2, 2, ("n", "input")),
    "$sum": Function(lambda *v: total(flatten_single(v)), 0, MANY),
    "$avg": Function(lambda *v: average(flatten_single(v)), 0, MANY),
    "$min": Function(lambda *v: extreme(flatten_single(v), greatest=False), 0, MANY),
    "$max": Function(lambda *v: extreme(flatten_single(v), greatest=True), 0, MANY),
    "$stdDevPop": Function(lambda *v: deviation(flatten_single(v), sample=False), 0, MANY),
    "$stdDevSamp": Function(lambda *v: deviation(flatten_single(v), sample=True), 0, MANY),
    "$concat": Function(concat_text, 0, MANY),
    "$toUpper": Function(lambda value: text(value).upper()),
    "$toLower": Function(lambda value: text(value).lower()),
    "$substr": Function(substr_bytes, 3, 3),
    "$substrBytes": Function(substr_bytes, 3, 3),
    "$substrCP": Function(substr_cp, 3, 3),
    "$strLenCP": Function(lambda value: len(text(value))),
    "$strLenBytes": Function(lambda value: len(text(value).encode())),
    "$indexOfCP": Function(index_of_cp, 2, 4),
    "$indexOfBytes": Function(index_of_cp, 2, 4),
    "$split": Function(split_text, 2, 2),
    "$strcasecmp": Function(strcasecmp, 2, 2),
    "$trim": Function(trimming("both"), 1, 1, ("input", "chars")),
    "$ltrim": Function(trimming("left"), 1, 1, ("input", "chars")),
    "$rtrim": Function(trimming("right"), 1, 1, ("input", "chars")),
    "$regexMatch": Function(regex_match, 2, 2, ("input", "regex", "options")),
    "$regexFind": Function(regex_find(every=False), 2, 2, ("input", "regex", "options")),
    "$regexFindAll": Function(regex_find(every=True), 2, 2, ("input", "regex", "options")),
    "$replaceOne": Function(replacing(1), 3, 3, ("input", "find", "replacement")),
    "$replaceAll": Function(replacing(-1), 3, 3, ("input", "find", "replacement")),
    "$type": Function(type_name),
    "$isNumber": Function(_is_number),
    **CONVERSIONS,
    "$binarySize": Function(_binary_size),
    "$bsonSize": Function(lambda value: None if absent(value) else len(bson.encode(value))),
}
