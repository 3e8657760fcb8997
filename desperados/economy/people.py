"""What the commands of the economy need to know about who acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.engine.collection import find_all
from desperados.engine.errors import GameError
from desperados.engine.game import collection_of
from desperados.engine.storage.reads import Read
from desperados.inventory.people import TRADE_LOCK, require_unlocked
from desperados.ledger.money.accounts import BOOKS, AccountKind
from desperados.ledger.money.wallets import WALLET_FIELDS, keep_wallets

_FIELDS = WALLET_FIELDS | dict.fromkeys(
    (
        "userId",
        "createdAt",
        "currentLocationId",
        "gangId",
        "level",
        "standings",
        "isDead",
        "isInJail",
        "isInCombat",
        TRADE_LOCK,
    ),
    1,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A character that was not deleted."""

    id: ObjectId
    user_id: ObjectId
    location_id: ObjectId | None
    gang_id: ObjectId | None
    level: int
    standings: Mapping[str, Any]
    created_at: datetime
    dollars: int
    dead: bool
    jailed: bool
    fighting: bool
    locked_until: datetime | None = None

    def must_be_alive(self) -> None:
        """Refuse the dead.

        Raises:
            CharacterUnavailable: the character is dead.
        """
        if self.dead:
            raise CharacterUnavailable("The dead handle no money.")

    def must_be_free(self) -> None:
        """Refuse who cannot go about business in town.

        Raises:
            CharacterUnavailable: the character is dead, in jail or in a fight.
        """
        self.must_be_alive()
        if self.jailed:
            raise CharacterUnavailable("Leave the jail first.")
        if self.fighting:
            raise CharacterUnavailable("Finish the fight first.")

    def must_be_unlocked(self) -> None:
        """Refuse whom the staff bar from trade.

        Raises:
            TradeLocked: the lock is not over.
        """
        require_unlocked(self.id, self.locked_until)

    def must_be_able_to_trade(self) -> None:
        """Refuse who cannot go about business in town, or whom the staff bar from trade.

        Raises:
            CharacterUnavailable: the character is dead, in jail or in a fight.
            TradeLocked: the lock is not over.
        """
        self.must_be_free()
        self.must_be_unlocked()


async def load_person(character_id: ObjectId) -> Person:
    """The character who acts.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return (await load_people([character_id], {}))[character_id]


def person(character_id: ObjectId) -> Read[Person]:
    """The character who acts, as a read that may leave with others.

    Raises (when it was sent):
        CharacterNotFound: there is no such character, or it was deleted.
    """
    alive = BOOKS[AccountKind.WALLET].alive
    return Read(Character, {"_id": character_id, **alive}, _only_person, _FIELDS)


def itself(known: Person) -> Read[None]:
    """A character that was read before, for other reads to leave with."""
    return Read(Character, {"_id": known.id}, lambda _rows: None, {"_id": 1})


def _only_person(rows: list[dict[str, Any]]) -> Person:
    if not rows:
        raise CharacterNotFound()
    keep_wallets(rows)
    return _person(rows[0])


async def load_people(
    ids: Iterable[ObjectId], missing: Mapping[ObjectId, GameError]
) -> dict[ObjectId, Person]:
    """The characters of ``ids``, in one query. ``missing`` gives the error for one that is not.

    Raises:
        CharacterNotFound: one does not exist or was deleted, and ``missing`` has no other error.
    """
    wanted = list(dict.fromkeys(ids))
    book = BOOKS[AccountKind.WALLET]
    found = await find_all(
        collection_of(book.collection),
        {"_id": {"$in": wanted}, **book.alive},
        projection=_FIELDS,
        limit=len(wanted),
    )
    keep_wallets(found)
    people = {document["_id"]: _person(document) for document in found}
    for identity in wanted:
        if identity not in people:
            raise missing.get(identity) or CharacterNotFound()
    return people


def _person(document: dict[str, Any]) -> Person:
    standings = document.get("standings")
    return Person(
        id=document["_id"],
        user_id=document["userId"],
        location_id=document.get("currentLocationId"),
        gang_id=document.get("gangId"),
        level=int(document.get("level") or 1),
        standings=standings if isinstance(standings, dict) else {},
        created_at=document["createdAt"],
        dollars=int(document.get("dollars") or 0),
        dead=bool(document.get("isDead")),
        jailed=bool(document.get("isInJail")),
        fighting=bool(document.get("isInCombat")),
        locked_until=document.get(TRADE_LOCK),
    )
