"""Content: what play reads and only seeding writes, kept in the memory of each process.

Items, places and shops are read by every command and change when somebody loads new seeds. Each is
read once and kept, until the version of the content moves: whoever writes content moves it in the
same breath (``content_changed``), and every process looks for it at most ``CHECK_SECONDS`` after
its last look. So a command may work with content that was replaced a second ago, never longer. What
somebody changed behind the seeds (an operator in a shell) is seen after ``KEPT_SECONDS``.

Never keep here what play changes: a balance, a stock, an owner, a mood.

Limits: ``MOST_KEPT`` entries a game; when there are more, all are forgotten and read again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from desperados.engine.ambient import current_transaction
from desperados.engine.game import Game, current_game
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.documents import CodedDocument, Document
from desperados.engine.storage.fields import Integer
from desperados.engine.transactions import after_commit

T = TypeVar("T")

CHECK_SECONDS = 1.0
KEPT_SECONDS = 60.0
MOST_KEPT = 20_000
_VERSION = "content"


class ContentVersion(CodedDocument):
    """Moves with every change of the content. One row, ``id`` is "content"."""

    version: Integer

    class Settings:
        name = "contentversions"
        indexes = ()


class Content(Generic[T]):
    """Content of one collection, found by the values of one field, as ``make`` sees it.

    ``make`` turns a stored document into what is kept. It is shared by all who ask, so it must be
    something that nobody changes. With ``absent`` it is kept, too, that something is not there:
    where it mostly is not.
    """

    def __init__(
        self,
        document: type[Document],
        key: str,
        make: Callable[[Mapping[str, Any]], T],
        *,
        absent: bool = False,
    ) -> None:
        self._document = document
        self._key = key
        self._make = make
        self._absent = absent

    async def get(self, value: Any) -> T | None:
        """The entry of which the field has this value, if there is one."""
        return (await self.read([value])).get(value)

    async def all(self, most: int) -> tuple[T, ...]:
        """All entries there are, at most ``most``, in the order of their ids."""
        game = current_game()
        kept = await _fresh(game)
        now = time.monotonic()
        read_at, entries = kept.entries.get((self, _ALL), _NOTHING)
        if now - read_at >= KEPT_SECONDS:
            version = kept.version
            rows = await find_all(
                game.database[self._document.collection_name()], {}, sort=[("_id", 1)], limit=most
            )
            entries = tuple(self._make(row) for row in rows)
            if version == kept.version:
                kept.keep({(self, _ALL): (now, entries)})
        found: tuple[T, ...] = entries
        return found

    async def read(self, values: Iterable[Any]) -> dict[Any, T]:
        """The entries of these values, in their order; what is not there is left out.

        It never reads in the transaction that may be open: what a snapshot of some time ago says
        must not be kept for everybody.
        """
        game = current_game()
        kept = await _fresh(game)
        wanted = list(dict.fromkeys(values))
        now = time.monotonic()
        found: dict[Any, T] = {}
        missing = []
        for value in wanted:
            read_at, entry = kept.entries.get((self, value), _NOTHING)
            if now - read_at >= KEPT_SECONDS:
                missing.append(value)
            elif entry is not _ABSENT:
                found[value] = entry
        if not missing:
            return found
        version = kept.version
        for row in await find_all(
            game.database[self._document.collection_name()],
            {self._key: {"$in": missing}},
            limit=2 * len(missing),
        ):
            found[row[self._key]] = self._make(row)
        if version == kept.version:  # else what was read may be what was replaced meanwhile
            kept.keep(
                {
                    (self, value): (now, found.get(value, _ABSENT))
                    for value in missing
                    if self._absent or value in found
                }
            )
        return {value: found[value] for value in wanted if value in found}


@dataclass(slots=True)
class _Kept:
    """What a process keeps of one game's content, and when it last looked for a new version."""

    version: int = 0
    looked_at: float = -math.inf
    entries: dict[tuple[Content[Any], Any], tuple[float, Any]] = field(default_factory=dict)

    def keep(self, entries: Mapping[tuple[Content[Any], Any], tuple[float, Any]]) -> None:
        if len(self.entries) + len(entries) > MOST_KEPT:
            self.entries.clear()
        self.entries.update(entries)


_ALL = object()
_ABSENT: Any = object()
_NOTHING: tuple[float, Any] = (-math.inf, None)


async def content_changed() -> None:
    """Let every process read the content again; for whoever has written some.

    Inside a transaction that happens when it has committed: whoever read before that would keep
    what was there.
    """
    if current_transaction() is not None:
        after_commit(_move_version)
    else:
        await _move_version()


async def _move_version() -> None:
    game = current_game()
    await game.database[ContentVersion.collection_name()].update_one(
        {"_id": _VERSION}, {"$inc": {"version": 1}}, upsert=True
    )
    _kept_of(game).looked_at = -math.inf


async def _fresh(game: Game) -> _Kept:
    """What is kept, if need be after a look at the version: one read a second at most."""
    kept = _kept_of(game)
    last, now = kept.looked_at, time.monotonic()
    if now - last < CHECK_SECONDS:
        return kept
    kept.looked_at = now  # others need not look while this one does
    try:
        row = await game.database[ContentVersion.collection_name()].find_one({"_id": _VERSION})
    except BaseException:
        kept.looked_at = last
        raise
    version = int(row["version"]) if row else 0
    if version != kept.version:
        kept.version = version
        kept.entries.clear()
    return kept


def _kept_of(game: Game) -> _Kept:
    if game.content is None:
        game.content = _Kept()
    kept: _Kept = game.content
    return kept
