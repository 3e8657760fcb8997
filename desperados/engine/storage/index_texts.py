"""What is said of indexes: which one it is, how two differ, and why one could not be made."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bson.json_util import RELAXED_JSON_OPTIONS, dumps
from pymongo.errors import OperationFailure

from desperados.engine.errors import ConfigurationError

DUPLICATE_KEY = 11000
CONFLICTS = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict
# Without keyValue (older servers), the message tells the index and the key.
_DUPLICATE = re.compile(r"index: (\S+).*? dup key: (\{.*\})")


def described(index: Mapping[str, Any]) -> str:
    """An index in words: ``on email, unique``."""
    pairs = index["key"].items() if isinstance(index["key"], Mapping) else index["key"]
    fields = ", ".join(f"-{name}" if _is_descending(way) else str(name) for name, way in pairs)
    words = [f"on {fields}"]
    if index.get("unique"):
        words.append("unique")
    if index.get("sparse"):
        words.append("sparse")
    if index.get("expireAfterSeconds") is not None:
        words.append(f"expiring after {int(index['expireAfterSeconds'])} s")
    if index.get("partialFilterExpression"):
        words.append(f"only where {_shown(index['partialFilterExpression'])}")
    if index.get("collation"):
        words.append(f"with the collation {index['collation'].get('locale')}")
    return ", ".join(words)


def refusal(
    collection: str,
    error: OperationFailure,
    different: tuple[Mapping[str, Any], Mapping[str, Any]] | None,
) -> ConfigurationError:
    """Why the indexes of a collection could not be created, and what to do about it.

    ``different`` is a declared index with the one that stands in its way, where that is the reason.
    """
    details = error.details or {}
    message = details.get("errmsg", str(error))
    if error.code == DUPLICATE_KEY:
        text = _duplicates(collection, details, message)
    elif different is not None:
        declared, actual = different
        text = (
            f"The index {actual['name']} of {collection} is {described(actual)}; this version "
            f"declares it {described(declared)}. `desperados migrate up` makes it anew, and "
            "`desperados migrate status` shows what that would do."
        )
    else:
        text = f"The indexes of {collection} cannot be created: {message}."
    return ConfigurationError(text, collection=collection)


def _duplicates(collection: str, details: Mapping[str, Any], message: str) -> str:
    found = _DUPLICATE.search(message)
    name = found.group(1) if found else "that is missing"
    if "keyValue" in details:
        example = _shown(details["keyValue"])
    else:
        example = found.group(2) if found else "the same key"
    return (
        f"The unique index {name} of {collection} cannot be created: more than one document has "
        f"{example}. Change or delete all but one of such documents (this is the first that was "
        "found), then run `desperados migrate up`."
    )


def _is_descending(way: Any) -> bool:
    return not isinstance(way, str) and way < 0


def _shown(value: Any) -> str:
    return json.dumps(
        json.loads(dumps(value, json_options=RELAXED_JSON_OPTIONS)), ensure_ascii=False
    )
