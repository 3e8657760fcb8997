"""The records of one namespace and the entries that its indexes have for them.

An index has the keys of every version that somebody may still read, so an entry goes only when
no version of its record is left that has its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from bson import ObjectId

from desperados.embedded.errors import CommandError
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import Context, Predicate
from desperados.embedded.storage.indexes import Index
from desperados.embedded.storage.versions import Owner, Record, Version
from desperados.embedded.values.collation import Collation, parse_collation
from desperados.embedded.values.order import order_key
from desperados.embedded.values.types import MISSING, Doc, Key


class Collection:
    """The records and the indexes of one namespace."""

    def __init__(self, namespace: str, options: Doc, created: int) -> None:
        self.namespace = namespace
        self.database, _, self.name = namespace.partition(".")
        self.uuid = uuid4()
        self.created = created
        self.creator: Owner | None = None
        self.records: dict[int, Record] = {}
        self.by_id: dict[Key, int] = {}
        self.live = 0
        self.unsettled = 0
        self._next = 1
        self.set_options(options)
        self.indexes: dict[str, Index] = {}
        primary: Doc = {"key": {"_id": 1}, "name": "_id_"}
        if self.collation is not None:
            primary["collation"] = self.collation.spec
        self.indexes["_id_"] = Index(primary)

    def set_options(self, options: Doc) -> None:
        self.options = options
        self.collation: Collation | None = parse_collation(options.get("collation"))
        validator = options.get("validator")
        self.validator: Predicate | None = None
        if validator:
            self.validator = compile_filter(validator, Context(self.collation))

    def fork(self) -> Collection:
        """A collection of what is committed here; neither sees what the other does from now on.

        Committed documents never change, so both have the same; records and the entries of
        indexes are copied, the latter block by block when somebody writes.
        """
        other = Collection.__new__(Collection)
        other.__dict__.update(self.__dict__)
        other.records = {
            number: Record(number, record.key, record.head)
            for number, record in self.records.items()
        }
        other.by_id = self.by_id.copy()
        other.indexes = {name: index.fork() for name, index in self.indexes.items()}
        if self.unsettled:
            other._settle()
        return other

    def _settle(self) -> None:
        """Leave of each record only what is committed."""
        for record in list(self.records.values()):
            version: Version | None = record.head
            while version is not None and version.unit is not None:
                version = version.prev
            if version is record.head and version.prev is None and version.doc is not None:
                continue
            gone = [other for _, other in _chain(record) if other is not version]
            kept = None
            if version is not None and version.doc is not None:
                kept = record.head = Version(version.doc, version.raw, None, None)
                kept.stamp = version.stamp
            else:
                del self.records[record.number]
                del self.by_id[record.key]
            for old in gone:
                self.remove_keys(record, old.doc, kept)
        self.unsettled = 0

    def id_key(self, value: Any) -> Key:
        return order_key(value, self.collation.fold if self.collation else None)

    def take_number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def versions(self) -> Iterator[tuple[Record, Version]]:
        for record in self.records.values():
            yield from _chain(record)

    def enter_keys(self, record: Record, doc: Doc | None, old: Doc | None = None) -> None:
        """Enter a version's keys, next to those of the version before it: all or none."""
        fresh = [
            (index, index.keys(doc))
            for index in self.indexes.values()
            if not untouched(index, old, doc)
        ]
        for index, keys in fresh:
            for key in keys:
                index.add(key, record.number)

    def remove_keys(self, record: Record, gone: Doc | None, left: Version | None) -> None:
        """Remove the keys of a version that is gone; `left` is what the record still has."""
        for index in self.indexes.values():
            if left is not None and untouched(index, left.doc, gone):
                continue
            for key in index.keys(gone):
                if not _has_key(left, index, key):
                    index.discard(key, record.number)


def _chain(record: Record) -> Iterator[tuple[Record, Version]]:
    version: Version | None = record.head
    while version is not None:
        yield record, version
        version = version.prev


def _has_key(version: Version | None, index: Index, key: Key) -> bool:
    while version is not None:
        if key in index.keys(version.doc):
            return True
        version = version.prev
    return False


def untouched(index: Index, old: Doc | None, new: Doc | None) -> bool:
    """Whether both versions surely have the same keys: they share the indexed fields."""
    if old is None or new is None:
        return False
    return all(old.get(root, MISSING) is new.get(root, MISSING) for root in index.roots)


def duplicate_key(collection: Collection, index: Index, doc: Doc) -> CommandError:
    values: Doc = {}
    for field in index.fields:
        value: Any = doc
        for part in field.split("."):
            value = value.get(part) if type(value) is dict else None
        values[field] = value
    shown = ", ".join(f"{field}: {_shell(value)}" for field, value in values.items())
    return CommandError(
        "DuplicateKey",
        f"E11000 duplicate key error collection: {collection.namespace} index: {index.name} "
        f"dup key: {{ {shown} }}",
        extra={"keyPattern": index.key, "keyValue": values},
    )


def _shell(value: Any) -> str:
    """A value as the server's messages print it."""
    if value is None:
        return "null"
    if type(value) is str:
        return f'"{value}"'
    if isinstance(value, ObjectId):
        return f"ObjectId('{value}')"
    return str(value)
