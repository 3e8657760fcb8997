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
from desperados.embedded.storage.keys import part_of
from desperados.embedded.storage.versions import Owner, Version, chain_of, visible
from desperados.embedded.values.collation import Collation, parse_collation
from desperados.embedded.values.types import MISSING, Doc


class Collection:
    """The records and the indexes of one namespace."""

    def __init__(self, namespace: str, options: Doc, created: int) -> None:
        self.namespace = namespace
        self.database, _, self.name = namespace.partition(".")
        self.uuid = uuid4()
        self.created = created
        self.creator: Owner | None = None
        # The document of each record, as everybody sees it, in the order in which they came.
        self.records: dict[int, bytes] = {}
        # The newest version of the records of which not everybody sees the same: for these what
        # stands above is only their place.
        self.chains: dict[int, Version] = {}
        self.live = 0
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

        Documents never change, so both have the same ones. The entries of indexes are copied when
        somebody writes, block by block.
        """
        other = Collection.__new__(Collection)
        other.__dict__.update(self.__dict__)
        other.records = self.records.copy()
        other.chains = {}
        other.indexes = {name: index.fork() for name, index in self.indexes.items()}
        for number, head in self.chains.items():
            other._leave_committed(number, head)
        return other

    def _leave_committed(self, number: int, head: Version) -> None:
        """Forget all versions of a record but the last one that is committed."""
        chain = list(chain_of(head))
        kept = next((version for version in chain if version.unit is None), None)
        left = Version(kept.raw) if kept is not None and kept.raw else None
        for version in chain:
            if version is not kept:
                self.remove_keys(number, version.doc, left)
        if left is None:
            del self.records[number]
        else:
            self.records[number] = left.raw

    def settle(self, number: int) -> None:
        """From now on everybody sees the newest version of a record."""
        raw = self.chains.pop(number).raw
        if raw:
            self.records[number] = raw
        else:
            del self.records[number]

    def head(self, number: int) -> Version:
        """The newest version of a record."""
        return self.chains.get(number) or Version(self.records[number])

    def visible(self, number: int, unit: Owner) -> Version | None:
        """The version of a record that a unit sees; None when there is none, or it is deleted."""
        head = self.chains.get(number)
        return Version(self.records[number]) if head is None else visible(head, unit)

    @property
    def primary(self) -> Index:
        return self.indexes["_id_"]

    def id_key(self, value: Any) -> bytes:
        return part_of(value, self.collation.fold if self.collation else None)

    def number_of(self, key: bytes) -> int | None:
        """The record with an `_id` of this key in any of its versions."""
        return next(iter(self.primary.records_at(key)), None)

    def take_number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def heads(self, *, backwards: bool = False) -> Iterator[tuple[int, Version]]:
        """The newest version of every record, in the order in which they came."""
        chains = self.chains
        records = reversed(self.records.items()) if backwards else self.records.items()
        for number, raw in records:
            yield number, chains.get(number) or Version(raw)

    def versions(self) -> Iterator[tuple[int, Version]]:
        for number, head in self.heads():
            for version in chain_of(head):
                yield number, version

    def enter_keys(self, number: int, doc: Doc | None, old: Doc | None = None) -> None:
        """Enter a version's keys, next to those of the version before it: all or none."""
        fresh = [
            (index, index.keys(doc))
            for index in self.indexes.values()
            if not untouched(index, old, doc)
        ]
        for index, keys in fresh:
            for key in keys:
                index.add(key, number)

    def remove_keys(self, number: int, gone: Doc | None, left: Version | None) -> None:
        """Remove the keys of a version that is gone; `left` is what the record still has."""
        kept = None if left is None else left.doc
        for index in self.indexes.values():
            if untouched(index, kept, gone):
                continue
            for key in index.keys(gone):
                if not _has_key(left, index, key):
                    index.discard(key, number)


def _has_key(left: Version | None, index: Index, key: bytes) -> bool:
    return left is not None and any(key in index.keys(version.doc) for version in chain_of(left))


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
