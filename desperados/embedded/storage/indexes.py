"""Indexes: which keys a document has, and where they lie in order.

An index holds an entry (key, record number) for every version of a record that anybody can
still see, so a snapshot reads through the same index as everybody else and checks what it finds
against the version that it sees.

Keys and entries are bytes (`keys`). Where directions are mixed, the parts of fields that run
against the first are turned around; an index whose fields all run one way is kept ascending and
read backwards when needed.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from desperados.embedded.errors import CommandError
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import Context, Predicate
from desperados.embedded.storage.keys import (
    after,
    entry,
    number_of,
    part_of,
    turned,
)
from desperados.embedded.storage.multikeys import expand, together
from desperados.embedded.storage.sorted_keys import SortedKeys
from desperados.embedded.values.collation import Collation, parse_collation
from desperados.embedded.values.order import (
    order_key,
    same,
)
from desperados.embedded.values.paths import resolve
from desperados.embedded.values.types import (
    MISSING,
    Doc,
    is_number,
)

_KNOWN_OPTIONS = {
    "v",
    "key",
    "name",
    "ns",
    "unique",
    "sparse",
    "background",
    "expireAfterSeconds",
    "partialFilterExpression",
    "collation",
    "hidden",
    "comment",
    "storageEngine",
    "prepareUnique",
    "clustered",
    "textIndexVersion",
    "2dsphereIndexVersion",
}
# What makes two definitions on the same key different indexes.
_IDENTITY = ("partialFilterExpression", "collation", "unique", "sparse")
_OPTIONS = ("expireAfterSeconds", "hidden")


def default_name(key: Doc) -> str:
    return "_".join(f"{field}_{direction}" for field, direction in key.items())


class Index:
    """One index of a collection."""

    def __init__(self, spec: Doc) -> None:
        self.spec = normalise(spec)
        self.name: str = self.spec["name"]
        self.key: Doc = self.spec["key"]
        self.fields = list(self.key)
        self.unique = bool(self.spec.get("unique"))
        self.sparse = bool(self.spec.get("sparse"))
        self.hidden = bool(self.spec.get("hidden"))
        self.collation: Collation | None = parse_collation(self.spec.get("collation"))
        self._fold = self.collation.fold if self.collation else None
        self.partial: Doc | None = self.spec.get("partialFilterExpression")
        self._covers: Predicate | None = (
            compile_filter(self.partial, Context(self.collation))
            if self.partial is not None
            else None
        )
        self._paths = [tuple(field.split(".")) for field in self.fields]
        # Fields whose change can change this document's keys.
        self.roots = {path[0] for path in self._paths}
        if self.partial is not None:
            self.roots |= _partial_roots(self.partial)
        signs = [-1 if _number(value) < 0 else 1 for value in self.key.values()]
        self.turned = [sign != signs[0] for sign in signs]
        self.directions = signs
        # The fields, by their number, that pass through an array in some document.
        self.arrays: set[int] = set()
        self.entries = SortedKeys()
        self.uses = 0
        self._dotted = any(len(path) > 1 for path in self._paths)

    def fork(self) -> Index:
        """An index of the same definition and entries that goes its own way from here."""
        other = Index.__new__(Index)
        other.__dict__.update(self.__dict__)
        other.spec = dict(self.spec)
        other.entries = self.entries.fork()
        other.arrays = self.arrays.copy()
        other.uses = 0
        return other

    @property
    def multikey(self) -> bool:
        return bool(self.arrays)

    @property
    def expires_after(self) -> float | None:
        seconds = self.spec.get("expireAfterSeconds")
        return None if seconds is None else float(seconds)

    def keys(self, doc: Doc | None) -> list[bytes]:
        """The keys under which this document is found; none when the index leaves it out."""
        if doc is None or (self._covers is not None and not self._covers(doc)):
            return []
        if self._dotted:
            return self._keys_along_paths(doc)
        row: list[bytes] = []
        present = not self.sparse
        for field, against in zip(self.fields, self.turned, strict=True):
            value = doc.get(field, MISSING)
            if type(value) is list:
                return self._keys_along_paths(doc)
            present = present or value is not MISSING
            part = part_of(value, self._fold)
            row.append(turned(part) if against else part)
        return [b"".join(row)] if present else []

    def _keys_along_paths(self, doc: Doc) -> list[bytes]:
        columns: list[list[bytes]] = []
        present = False
        arrays = 0
        for number, path in enumerate(self._paths):
            found: list[Any] = []
            resolve(doc, path, 0, found)
            present = present or any(value is not MISSING for value in found)
            expanded = expand(found, self._fold)
            if len(found) != 1 or type(found[0]) is list:
                self.arrays.add(number)
                arrays += 1
            columns.append(list(map(turned, expanded)) if self.turned[number] else expanded)
        if self.sparse and not present:
            return []
        if arrays > 1:
            # Refuses parallel arrays.
            together(doc, self._paths, self._fold)
        return list(map(b"".join, product(*columns)))

    def unique_keys(self, doc: Doc | None) -> list[bytes]:
        """The keys that no other document may have: some of `keys`."""
        keys = self.keys(doc)
        if doc is None or len(keys) <= 1 or len(self.fields) == 1:
            return keys
        rows = together(doc, self._paths, self._fold)
        return [b"".join(map(self._turn, row, self.turned)) for row in rows]

    @staticmethod
    def _turn(part: bytes, against: bool) -> bytes:
        return turned(part) if against else part

    def add(self, key: bytes, record: int) -> None:
        self.entries.add(entry(key, record))

    def discard(self, key: bytes, record: int) -> None:
        self.entries.remove(entry(key, record))

    def records_at(self, key: bytes) -> list[int]:
        """The records with exactly this key in some version."""
        return list(map(number_of, self.entries.between(key, after(key))))

    def description(self) -> Doc:
        return dict(self.spec)


def _partial_roots(expression: Doc) -> set[str]:
    roots: set[str] = set()
    for name, condition in expression.items():
        if name in ("$and", "$or"):
            for branch in condition:
                roots |= _partial_roots(branch)
        else:
            roots.add(name.split(".")[0])
    return roots


def _number(direction: Any) -> float:
    return float(direction) if is_number(direction) else 1.0


def normalise(spec: Doc) -> Doc:
    """A checked index definition in the form in which listIndexes shows it."""
    key = spec.get("key")
    if type(key) is not dict or not key:
        raise CommandError("CannotCreateIndex", "Index keys cannot be an empty object")
    for option in spec:
        if option not in _KNOWN_OPTIONS:
            raise _invalid_option(f"The field '{option}' is not valid for an index specification.")
    for field, direction in key.items():
        _check_field(field, direction)
    name: Any = spec.get("name")
    if type(name) is not str or not name:
        raise CommandError("FailedToParse", "The 'name' field is a required property of an index")
    shown: Doc = {"v": 2, "key": key, "name": name}
    for flag in ("unique", "sparse", "hidden"):
        if spec.get(flag):
            shown[flag] = True
    if "expireAfterSeconds" in spec:
        _check_expiry(spec["expireAfterSeconds"], key)
        shown["expireAfterSeconds"] = spec["expireAfterSeconds"]
    partial = spec.get("partialFilterExpression")
    if partial is not None:
        if spec.get("sparse"):
            raise CommandError(
                "CannotCreateIndex", 'cannot mix "partialFilterExpression" and "sparse" options'
            )
        if type(partial) is not dict:
            raise CommandError("TypeMismatch", "partialFilterExpression must be an object")
        _check_partial(partial)
        shown["partialFilterExpression"] = partial
    collation = parse_collation(spec.get("collation"))
    if collation is not None:
        shown["collation"] = collation.spec
    return shown


def _check_field(field: str, direction: Any) -> None:
    if not field or any(not part for part in field.split(".")):
        raise CommandError("CannotCreateIndex", "Index keys cannot contain an empty field.")
    if type(direction) is str:
        raise CommandError(
            "CannotCreateIndex",
            f"Index type '{direction}' is not supported by the embedded server",
        )
    if not is_number(direction) or direction == 0:
        raise CommandError(
            "CannotCreateIndex", f"Values in v:2 index key pattern cannot be {direction!r}"
        )
    if "$**" in field:
        raise CommandError(
            "CannotCreateIndex", "Wildcard indexes are not supported by the embedded server"
        )


def _check_expiry(seconds: Any, key: Doc) -> None:
    if not is_number(seconds) or not 0 <= float(seconds) <= 2**31 - 1:
        raise CommandError("CannotCreateIndex", "TTL index 'expireAfterSeconds' is invalid")
    if len(key) > 1:
        raise CommandError(
            "CannotCreateIndex",
            "TTL indexes are single-field indexes, compound indexes do not support TTL",
        )
    if "_id" in key:
        raise _invalid_option(
            "The field 'expireAfterSeconds' is not valid for an _id index specification."
        )


def _invalid_option(message: str) -> CommandError:
    return CommandError("InvalidIndexSpecificationOption", message, number=197)


_PARTIAL_OPERATORS = {"$eq", "$exists", "$gt", "$gte", "$lt", "$lte", "$type", "$in"}


def _check_partial(expression: Doc) -> None:
    for name, condition in expression.items():
        if name in ("$and", "$or"):
            for branch in condition:
                _check_partial(branch)
        elif type(condition) is dict:
            for operator, operand in condition.items():
                if operator.startswith("$") and (
                    operator not in _PARTIAL_OPERATORS or (operator == "$exists" and not operand)
                ):
                    raise CommandError(
                        "CannotCreateIndex",
                        f"Expression not supported in partial index: {operator}",
                    )


def check_conflict(existing: Index, wanted: Doc) -> bool:
    """Compare a wanted definition (normalised) with an index that exists.

    True: it is the same index. False: they may live side by side. Raises when MongoDB would:
    same name with another key or identity (86), same key with other options (85).
    """
    same_key = list(existing.key.items()) == list(wanted["key"].items())
    same_identity = same_key and all(
        same(existing.spec.get(option), wanted.get(option)) for option in _IDENTITY
    )
    same_options = all(
        order_key(existing.spec.get(option)) == order_key(wanted.get(option)) for option in _OPTIONS
    )
    if existing.name == wanted["name"]:
        if same_identity and same_options:
            return True
        if same_identity:
            raise CommandError(
                "IndexOptionsConflict",
                "An equivalent index already exists with the same name but different options. "
                f"Requested index: {wanted}, existing index: {existing.spec}",
            )
        raise CommandError(
            "IndexKeySpecsConflict",
            "An existing index has the same name as the requested index. When index names are not "
            "specified, they are auto generated and can cause conflicts. Please refer to our "
            f"documentation. Requested index: {wanted}, existing index: {existing.spec}",
        )
    if same_identity:
        if same_options:
            raise CommandError(
                "IndexOptionsConflict",
                f"Index already exists with a different name: {existing.name}",
            )
        raise CommandError(
            "IndexOptionsConflict",
            f"An equivalent index already exists with a different name and options: "
            f"{existing.name}",
        )
    return False
