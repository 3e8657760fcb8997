"""Documents as Mongoose might have left them, generated from the specification.

Besides ordinary values: nulls, missing fields, whole numbers as doubles and as 64-bit integers,
minus zero and NaNs, dates that Python has not, strings that an enum does not know, unknown fields
of every type of BSON at the top and in nested objects, non-ASCII text, and fields in any order.
"""

import struct
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bson import (
    Binary,
    Code,
    DatetimeMS,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.documents.specification import collections

EDGE = 2**53
keys = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
texts = st.text(max_size=12) | st.sampled_from(["Añejo 🤠", "\uff26üll", "日本", ""])
object_ids = st.binary(min_size=12, max_size=12).map(ObjectId)
far_dates = st.integers(2**48, 2**63 - 1).flatmap(
    lambda milliseconds: st.sampled_from([DatetimeMS(milliseconds), DatetimeMS(-milliseconds)])
)
dates = far_dates | st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
wholes = (
    st.just(-0.0)
    | st.integers(-(2**31), 2**31 - 1)
    | st.integers(-EDGE, EDGE)
    | st.integers(-EDGE, EDGE).map(Int64)
    | st.integers(1, EDGE).map(float)
)
not_numbers = st.integers(1, 2**51 - 1).map(  # a NaN carries 51 bits of whoever made it
    lambda payload: struct.unpack("<d", struct.pack("<Q", 0x7FF8 << 48 | payload))[0]
)
numbers = wholes | not_numbers | st.floats()
scalars = (
    st.none()
    | st.booleans()
    | texts
    | numbers
    | dates
    | object_ids
    | st.binary(max_size=16)
    | st.tuples(st.binary(max_size=16), st.integers(1, 255)).map(lambda parts: Binary(*parts))
    | st.sampled_from(["1.10", "1.1", "-0", "NaN", "1E+6144"]).map(Decimal128)
    | st.sampled_from([Regex("^a.b$", flags) for flags in ("", "imsx", "u")])
    | st.sampled_from([MinKey(), MaxKey(), Timestamp(4, 2), Code("f()"), Code("f(a)", {"a": 1.0})])
    | st.builds(DBRef, texts, object_ids, st.none() | texts)
)
mixed = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
unknown = st.dictionaries(keys.map(lambda key: f"?{key}"), mixed, max_size=2)


def values(field: dict[str, Any]) -> SearchStrategy[Any]:
    match field["type"]:
        case "objectId":
            return object_ids
        case "string":
            return texts | st.sampled_from(field["enum"]) if "enum" in field else texts
        case "number":
            return wholes if field["kind"] in ("money", "integer") else numbers
        case "boolean":
            return st.booleans()
        case "date":
            return dates
        case "mixed":
            return mixed
        case "array":
            return st.lists(values(field["items"]), max_size=3)
        case "map":
            return st.dictionaries(keys, values(field["values"]), max_size=3)
        case "object":
            return objects(field["fields"])
    raise AssertionError(field)


def objects(fields: list[dict[str, Any]]) -> SearchStrategy[dict[str, Any]]:
    known = {f["name"]: st.none() | values(f) for f in fields if f["name"] != "_id"}
    return (
        st.tuples(st.fixed_dictionaries({}, optional=known), unknown)
        .map(lambda parts: [*{**parts[0], **parts[1]}.items()])
        .flatmap(st.permutations)
        .map(dict)
    )


@cache
def stored(model: str) -> SearchStrategy[dict[str, Any]]:
    """Stored documents of a collection; the id comes first, the version last or not at all."""
    entry = collections()[model]
    version = st.just({}) | st.fixed_dictionaries({"__v": st.integers(0, 9)})
    return st.tuples(values(entry["fields"][0]), objects(entry["fields"]), version).map(
        lambda parts: {"_id": parts[0], **parts[1], **parts[2]}
    )
