"""The base of all stored documents.

A ``Document`` is a Beanie document: find(), get(), operators and the rest work as Beanie's users
know them, on Beanie 2 (PyMongo Async) and Beanie 1.30 (Motor) alike. Four things differ:

- its collection is the current game's and carries the ambient transaction, so no call can forget
  the session, and two games can live in one process;
- it can be built without a database;
- loading and storing go through ``engine.hydration`` and lose nothing that Mongoose wrote;
- ``save`` writes what changed since the load, under the optimistic version ``__v``.

What users give is validated, at construction and at each assignment. What the database returns is
trusted. Beanie's links, revisions and state management are not used and not supported.
"""

# No `from __future__ import annotations` here: pydantic evaluates the annotations of base classes
# again for each of the many subclasses, and as strings that costs time at import.

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

import beanie
import bson
import pydantic
from beanie.odm.actions import EventTypes, wrap_with_actions
from bson import CodecOptions, ObjectId
from bson.binary import UuidRepresentation
from pydantic import BaseModel, ConfigDict, Field
from pymongo import ReturnDocument

from desperados.engine.dice import new_id
from desperados.engine.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from desperados.engine.game import current_game
from desperados.engine.storage.binding import HydratingFindMany, HydratingFindOne, initialise
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.fields import Id
from desperados.engine.storage.hydration import VERSION_KEY, codec_of, install_again
from desperados.engine.storage.indexes import ensure_indexes, index, index_differences, ttl, unique
from desperados.engine.storage.records import Embedded, Record, stored_name


class StaleDocument(Conflict):
    """Someone else changed or deleted this document since it was loaded; load it again."""


def _document_stored_name(attribute: str) -> str:
    return "_id" if attribute == "id" else stored_name(attribute)


class Document(Record, beanie.Document):
    """Base of all stored documents. A new one starts at version 0, as Mongoose's do."""

    model_config = ConfigDict(alias_generator=_document_stored_name)  # type: ignore[misc]

    id: Id = Field(default_factory=new_id)  # type: ignore[assignment]
    revision_id: ClassVar[None] = None  # type: ignore[misc]  # Beanie's own; ours is __v

    first_extras: ClassVar[dict[str, Any]] = {VERSION_KEY: 0}

    _find_one_query_class: ClassVar[type] = HydratingFindOne
    _find_many_query_class: ClassVar[type] = HydratingFindMany

    # Beanie's constructor asks for a database first, and its attribute reads are Python calls.
    __init__ = BaseModel.__init__
    __getattribute__ = object.__getattribute__

    # Where the documents are

    @classmethod
    def collection(cls) -> Any:
        """The collection in the current game; inside a transaction it carries the session.

        Raises:
            GameError: no game is connected.
        """
        return current_game().collection(cls.collection_name())

    @classmethod
    def collection_name(cls) -> str:
        """The name under which the documents are stored."""
        name: str = cls.Settings.name
        return name

    @classmethod
    def get_pymongo_collection(cls) -> Any:
        """Beanie 2 asks for the collection here."""
        return cls.collection()

    @classmethod
    def get_motor_collection(cls) -> Any:
        """Beanie 1.30 asks for the collection here."""
        return cls.collection()

    # Reading

    @classmethod
    async def load_one(cls, where: Mapping[str, Any], **options: Any) -> Self | None:
        """The first document that the filter finds, or None. Names in ``where`` are stored names.

        ``options`` are the driver's (sort, projection and so on). With a projection, fields that
        were left out read as their defaults and are not touched by ``save``.
        """
        raw = await cls.collection().find_one(where, **options)
        return None if raw is None else cls.hydrate(raw)

    @classmethod
    async def load_many(
        cls,
        where: Mapping[str, Any],
        *,
        limit: int,
        sort: Sequence[tuple[str, int]] | None = None,
        **options: Any,
    ) -> list[Self]:
        """At most ``limit`` documents that the filter finds."""
        if sort is not None:
            options["sort"] = sort
        rows = await find_all(cls.collection(), where, limit=limit, **options)
        read = codec_of(cls).read
        return [read(row) for row in rows]

    @classmethod
    async def get(  # type: ignore[override]
        cls, document_id: Any, session: Any = None, **options: Any
    ) -> Self | None:
        """The document with this id, or None. 24 hex digits do for an ObjectId."""
        if options:
            found: Self | None = await super().get(document_id, session=session, **options)
            return found
        if isinstance(document_id, str) and cls._has_object_id():
            if not ObjectId.is_valid(document_id):
                return None
            document_id = ObjectId(document_id)
        return await cls.load_one({"_id": document_id}, session=session)

    @classmethod
    def _has_object_id(cls) -> bool:
        return cls.model_fields["id"].annotation is ObjectId

    @classmethod
    async def custom_init(cls) -> None:
        """Beanie calls this when it has put its query expressions on the class."""
        install_again(cls)

    @classmethod
    def lazy_parse(cls, data: dict[str, Any], fields: set[str] | None = None) -> Self:  # noqa: ARG003
        """Beanie's find() builds its results here."""
        return cls.hydrate(data)

    # Writing

    @wrap_with_actions(EventTypes.INSERT)
    async def insert(self, *, session: Any = None, **_beanie: Any) -> Self:
        """Store this new document.

        Raises:
            DuplicateKeyError: a unique index, or the id, is taken.
        """
        out = self.to_mongo()
        await self.collection().insert_one(out, session=session)
        self._keep(out)
        return self

    @classmethod
    async def insert_many(  # type: ignore[override]
        cls, documents: Iterable[Self], session: Any = None, **options: Any
    ) -> Any:
        """Store new documents in one round trip; the driver's ``options`` apply."""
        batch = list(documents)
        rows = [document.to_mongo() for document in batch]
        options.pop("link_rule", None)
        result = await cls.collection().insert_many(rows, session=session, **options)
        for document, row in zip(batch, rows, strict=True):
            document._keep(row)
        return result

    @wrap_with_actions(EventTypes.SAVE)
    async def save(self, session: Any = None, **_beanie: Any) -> Self:  # type: ignore[override]
        """Store what changed since this document was loaded; insert it if it is new.

        The write is guarded by the version: it applies only if nobody saved the document in
        between. Targeted updates by commands do not count as a save; fields that they changed and
        this object did not stay as they are.

        Outcomes of the update: matched, the version is one higher; not matched, StaleDocument.

        Raises:
            StaleDocument: the document was saved by someone else, or deleted.
            InvalidInput: an unknown field that changed has a name that an update takes for a path
                or an operator. Nothing was sent.
        """
        if self._stored is None:
            return await self.insert(session=session)
        out = self.to_mongo()
        change = _difference(self._stored, out)
        if not change:
            return self
        version = self._stored.get(VERSION_KEY)
        where = {
            "_id": self._stored["_id"],
            VERSION_KEY: version if version is not None else {"$exists": version is not None},
        }
        change["$inc"] = {VERSION_KEY: 1}
        result = await self.collection().update_one(where, change, session=session)
        if result.matched_count == 0:
            raise StaleDocument(document=type(self).__name__, id=str(self.id))
        out[VERSION_KEY] = (version or 0) + 1
        self._keep(out)
        return self

    @wrap_with_actions(EventTypes.REPLACE)
    async def replace(self, *, session: Any = None, **_beanie: Any) -> Self:  # type: ignore[override]
        """Store this document whole, whatever was stored; prefer ``save``.

        Raises:
            NotFound: there is no document with this id.
        """
        out = self.to_mongo()
        result = await self.collection().replace_one({"_id": self.id}, out, session=session)
        if result.matched_count == 0:
            raise NotFound(document=type(self).__name__, id=str(self.id))
        self._keep(out)
        return self

    async def update(self, *args: Any, session: Any = None, **options: Any) -> Self:
        """Apply update operators to the stored document and take over the result.

        Raises:
            NotFound: there is no document with this id.
        """
        if options.get("bulk_writer") is not None:
            return await super().update(*args, session=session, **options)
        query = self.find_one({"_id": self.id}).update(*args)
        raw = await self.collection().find_one_and_update(
            query.find_query,
            query.update_query,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return self._become(raw)

    async def sync(self, *_beanie: Any, **__beanie: Any) -> None:
        """Load this document again, dropping changes that were not saved.

        Raises:
            NotFound: there is no document with this id.
        """
        self._become(await self.collection().find_one({"_id": self.id}))

    def _become(self, raw: dict[str, Any] | None) -> Self:
        if raw is None:
            raise NotFound(document=type(self).__name__, id=str(self.id))
        other = self.hydrate(raw)
        for slot in BaseModel.__slots__:
            object.__setattr__(self, slot, getattr(other, slot))
        return self

    def _keep(self, out: dict[str, Any]) -> None:
        """Remember ``out`` as what is stored now."""
        self._layout = codec_of(type(self)).layout(tuple(out))
        self._stored = out
        given = set(self._layout.given)
        object.__setattr__(self, "__pydantic_fields_set__", given)
        assert self.__pydantic_extra__ is not None
        self.__pydantic_extra__[VERSION_KEY] = out.get(VERSION_KEY)
        if VERSION_KEY not in out:
            del self.__pydantic_extra__[VERSION_KEY]


class CodedDocument(Document):
    """Base of documents whose id is a code that people chose, as content has it."""

    id: str  # type: ignore[assignment]


class _Sample(Document):
    stored_name: str = ""

    class Settings:
        name = "samples"


def require_stored_names() -> None:
    """Refuse an environment in which documents are encoded under other names than the stored ones.

    Pydantic below 2.12 gives a class its aliases only when something of it is first validated. What
    is loaded and saved before that would be stored under the names of its attributes.

    Raises:
        ConfigurationError: it is one.
    """
    names = {slot.stored for slot in codec_of(_Sample).slots.values()}
    if names != {"_id", "storedName"}:
        raise ConfigurationError(
            f"With pydantic {pydantic.VERSION}, documents would be stored under wrong names "
            f"({', '.join(sorted(names))}). Install the versions that this package asks for."
        )


# A client may have been told to make objects of UUIDs.
_COMPARING: CodecOptions[dict[str, Any]] = CodecOptions(
    uuid_representation=UuidRepresentation.STANDARD
)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The update that makes ``after`` of ``before``; the id and the version stay out of it.

    Raises:
        InvalidInput: an update would take the name of a field for something else.
    """
    changed: dict[str, Any] = {
        key: value
        for key, value in after.items()
        if key not in ("_id", VERSION_KEY)
        and (key not in before or not _stored_alike(value, before[key]))
    }
    removed = {key: "" for key in before if key not in after and key != VERSION_KEY}
    for name in (*changed, *removed):
        if not name or "." in name or name.startswith("$"):
            raise InvalidInput(f"A save cannot change a field that is named {name!r}.", path=name)
    change: dict[str, Any] = {}
    if changed:
        change["$set"] = changed
    if removed:
        change["$unset"] = removed
    return change


def _stored_alike(one: Any, other: Any) -> bool:
    """Whether two values are the same bytes in the database; 1 and 1.0 and True are not."""
    if one is other:
        return True
    return bson.encode({"": one}, codec_options=_COMPARING) == bson.encode(
        {"": other}, codec_options=_COMPARING
    )


__all__ = [
    "CodedDocument",
    "Document",
    "Embedded",
    "StaleDocument",
    "ensure_indexes",
    "index",
    "index_differences",
    "initialise",
    "require_stored_names",
    "stored_name",
    "ttl",
    "unique",
]
