"""Who acts: a character with its condition, and what it may do in that condition.

Every command loads the people who take part here, in one query, and asks them for the capability
that it needs. So a condition means the same everywhere, and is refused in the same words:

===============================  ======  ======  ========  ========  =======
capability                       dead    held    at a game  locked   young
===============================  ======  ======  ========  ========  =======
look; take back what is its own  yes     yes     yes       yes       yes
``must_be_alive``                no      yes     yes       yes       yes
``must_be_free``                 no      no      yes       yes       yes
``must_be_idle``                 no      no      no        yes       yes
``must_be_able_to_trade``        no      no      yes       no        yes
``must_be_able_to_give``         no      yes     yes       no        no
===============================  ======  ======  ========  ========  =======

Held is who is in jail, in a fight, knocked out, on a journey or in hiding. Each of these ends at
its date by itself, whether or not somebody has noticed. Locked is who the staff bar from trade;
young is who is in its first day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId

from desperados.accounts.documents import User, UserRole, UserStatus
from desperados.characters.condition import Activity, Occupation, occupation_of
from desperados.characters.documents import Character
from desperados.characters.errors import (
    CharacterNotFound,
    CharacterUnavailable,
    TooNew,
    TradeLocked,
)
from desperados.characters.rules import ALIVE
from desperados.engine import clock
from desperados.engine.errors import GameError
from desperados.engine.game import current_game
from desperados.engine.settings import Mode
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import Read, alone
from desperados.ledger.money.wallets import WALLET_FIELDS, keep_wallets
from desperados.social.blocks import Blocks

GIVING_AGE_HOURS = 24.0

ACTOR_FIELDS = WALLET_FIELDS | dict.fromkeys(
    (
        "userId",
        "name",
        "createdAt",
        "currentLocationId",
        "gangId",
        "faction",
        "level",
        "standings",
        "isDead",
        "isInJail",
        "jailedUntil",
        "isInCombat",
        "busy",
        "downUntil",
        "tradeLockedUntil",
        "tradeLockedAs",
    ),
    1,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """A character that was not deleted, as a transaction found it. ``dollars`` is its wallet."""

    id: ObjectId
    user_id: ObjectId
    name: str
    created_at: datetime
    location_id: ObjectId
    gang_id: ObjectId | None
    faction: str
    level: int
    standings: Mapping[str, Any]
    dollars: int
    dead: bool
    jailed: bool
    fighting: bool
    jailed_until: datetime | None = None
    down_until: datetime | None = None
    occupation: Occupation | None = None
    locked_until: datetime | None = None
    locked_as: UserRole | None = None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """The actor in a stored ``Character``."""
        return cls(**actor_fields(stored))

    @property
    def barred_until(self) -> datetime | None:
        """Until when the staff bar the character from trade; None if they do not, or no longer."""
        until = self.locked_until
        return until if until is not None and clock.now() < until else None

    def must_be_alive(self) -> None:
        """Refuse the dead.

        Raises:
            CharacterUnavailable: the character is dead.
        """
        if self.dead:
            raise CharacterUnavailable("The dead take no part in this.", state="dead")

    def must_be_free(self) -> None:
        """Refuse who cannot go about.

        Raises:
            CharacterUnavailable: the character is dead, in jail, in a fight, knocked out, on a
                journey or in hiding.
        """
        self.must_be_alive()
        if self.jailed:
            raise _held("Leave the jail first.", "jailed", self.jailed_until)
        if self.fighting:
            raise _held("Finish the fight first.", "fighting")
        if self.down_until is not None:
            raise _held("Come to yourself first.", "down", self.down_until)
        occupation = self.occupation
        if occupation is not None and occupation.activity is not Activity.GAME:
            raise _held(occupation.activity.refusal, occupation.activity.value, occupation.until)

    def must_be_idle(self) -> None:
        """Refuse who cannot begin something that takes all of a character.

        Raises:
            CharacterUnavailable: as ``must_be_free``, or the character is at a game.
        """
        self.must_be_free()
        if self.occupation is not None:
            activity = self.occupation.activity
            raise _held(activity.refusal, activity.value, self.occupation.until)

    def must_be_unlocked(self) -> None:
        """Refuse whom the staff bar from trade.

        The lock lies on the character because a trade changes the wallet there: a lock and a trade
        at the same moment meet at one document, and one of them looks again.

        Raises:
            TradeLocked: the lock is not over.
        """
        until = self.barred_until
        if until is not None:
            raise TradeLocked(character=str(self.id), until=until.isoformat())

    def must_be_able_to_trade(self) -> None:
        """Refuse who cannot go about, or whom the staff bar from trade.

        Raises:
            CharacterUnavailable: the character is dead, or held.
            TradeLocked: the lock is not over.
        """
        self.must_be_free()
        self.must_be_unlocked()

    def must_be_able_to_give(self) -> None:
        """Refuse whose money and goods may not pass to other players: as a gift, or for a price
        that the two agree upon, which may be one.

        The age is what stops people from collecting the starting grants of characters that they
        make for that purpose. A developer's world has no such people, and no day to wait.

        Raises:
            CharacterUnavailable: the character is dead.
            TradeLocked: the lock is not over.
            TooNew: the character is younger than ``settings.sending_age_hours``.
        """
        self.must_be_alive()
        self.must_be_unlocked()
        settings = current_game().settings
        hours = settings.sending_age_hours
        if hours is None:
            hours = GIVING_AGE_HOURS if settings.mode is Mode.PRODUCTION else 0.0
        sends_from = self.created_at + timedelta(hours=hours)
        if clock.now() < sends_from:
            raise TooNew(sends_from=sends_from.isoformat(), character=str(self.id))


def actor_fields(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an ``Actor`` from a stored ``Character``, its condition as of now."""
    now = clock.now()
    standings = stored.get("standings")
    occupation = occupation_of(stored, now)
    return {
        "id": stored["_id"],
        "user_id": stored["userId"],
        "name": stored["name"],
        # Of a row without a date the id tells it, to the second.
        "created_at": stored.get("createdAt") or stored["_id"].generation_time,
        "location_id": stored["currentLocationId"],
        "gang_id": stored.get("gangId"),
        "faction": stored.get("faction") or "",
        "level": int(stored.get("level") or 1),
        "standings": standings if isinstance(standings, dict) else {},
        "dollars": int(stored.get("dollars") or 0),
        "dead": bool(stored.get("isDead")),
        "jailed": bool(stored.get("isInJail")) and not _over(stored.get("jailedUntil"), now),
        "jailed_until": stored.get("jailedUntil"),
        "fighting": bool(stored.get("isInCombat"))
        or (occupation is not None and occupation.activity is Activity.FIGHT),
        "down_until": _running(stored.get("downUntil"), now),
        "occupation": occupation,
        "locked_until": stored.get("tradeLockedUntil"),
        "locked_as": UserRole(stored["tradeLockedAs"]) if stored.get("tradeLockedAs") else None,
    }


def _over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


def _running(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and now < until else None


def _held(message: str, state: str, until: datetime | None = None) -> CharacterUnavailable:
    facts = {} if until is None else {"until": until.isoformat()}
    return CharacterUnavailable(message, state=state, **facts)


def actor_of(character_id: ObjectId) -> Read[Actor]:
    """The character who acts, as a read that may leave with others.

    Raises (when it was sent):
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return Read(Character, {"_id": character_id, **ALIVE}, _only_actor, ACTOR_FIELDS)


def giver_of(character_id: ObjectId) -> Read[Actor]:
    """The character who acts, if its money and goods may pass to others, as a read that may leave
    with others.

    Raises (when it was sent):
        CharacterNotFound: there is no such character, or it was deleted.
        CharacterUnavailable, TradeLocked, TooNew: see ``Actor.must_be_able_to_give``.
    """

    def giver(rows: list[dict[str, Any]]) -> Actor:
        actor = _only_actor(rows)
        actor.must_be_able_to_give()
        return actor

    return Read(Character, {"_id": character_id, **ALIVE}, giver, ACTOR_FIELDS)


def actors_of(
    ids: Iterable[ObjectId], missing: Mapping[ObjectId, GameError]
) -> Read[dict[ObjectId, Actor]]:
    """The characters of ``ids``, as a read that may leave with others.

    Raises (when it was sent):
        GameError: one does not exist or was deleted; its error of ``missing``.
    """
    wanted = list(ids)

    def all_actors(rows: list[dict[str, Any]]) -> dict[ObjectId, Actor]:
        keep_wallets(rows)
        found = {row["_id"]: Actor.of(row) for row in rows}
        for identity in wanted:
            if identity not in found:
                raise missing[identity]
        return found

    where = {"_id": {"$in": wanted}, **ALIVE}
    return Read(Character, where, all_actors, ACTOR_FIELDS, limit=len(wanted))


def itself(known: Actor) -> Read[None]:
    """A character that was read before, for other reads to leave with."""
    return Read(Character, {"_id": known.id}, lambda _rows: None, {"_id": 1})


def _only_actor(rows: list[dict[str, Any]]) -> Actor:
    if not rows:
        raise CharacterNotFound()
    keep_wallets(rows)
    return Actor.of(rows[0])


async def load_actor(character_id: ObjectId) -> Actor:
    """The character who acts.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return (await load_actors([character_id]))[character_id]


async def load_actors(
    ids: Iterable[ObjectId], missing: Mapping[ObjectId, GameError] | None = None
) -> dict[ObjectId, Actor]:
    """The characters of ``ids``, in one query. ``missing`` gives the error for one that is not.

    Raises:
        CharacterNotFound: one does not exist or was deleted, and ``missing`` has no other error.
    """
    wanted = list(dict.fromkeys(ids))
    found = await find_actors(wanted)
    for identity in wanted:
        if identity not in found:
            raise (missing or {}).get(identity) or CharacterNotFound()
    return found


async def find_actors(ids: Iterable[ObjectId]) -> dict[ObjectId, Actor]:
    """Those of ``ids`` that exist and were not deleted, in one query."""
    wanted = list(dict.fromkeys(ids))
    rows = await find_all(
        Character.collection(),
        {"_id": {"$in": wanted}, **ALIVE},
        projection=ACTOR_FIELDS,
        limit=max(1, len(wanted)),
    )
    keep_wallets(rows)
    return {row["_id"]: Actor.of(row) for row in rows}


def banned_of(users: Iterable[ObjectId]) -> Read[frozenset[ObjectId]]:
    """Those of these accounts that are banned, as a read that may leave with others.

    A suspended account comes back, and is dealt with meanwhile.
    """
    ids = list(set(users))

    def banned(rows: list[dict[str, Any]]) -> frozenset[ObjectId]:
        return frozenset(row["_id"] for row in rows if row.get("status") == UserStatus.BANNED.value)

    return Read(User, {"_id": {"$in": ids}}, banned, {"status": 1}, limit=len(ids))


def not_banned(actors: Mapping[str, Actor]) -> Read[None]:
    """That no account of these is banned, as a read that may leave with others. Each has the path
    in the request that names it.

    Raises (when it was sent):
        CharacterUnavailable: the account of one is banned.
    """
    found = banned_of(actor.user_id for actor in actors.values())
    return Read(
        User,
        found.where,
        lambda rows: refuse_those(found.make(rows), actors),
        found.fields,
        limit=found.limit,
    )


def refuse_those(banned: Collection[ObjectId], actors: Mapping[str, Actor]) -> None:
    """Refuse to deal with characters of these banned accounts; each has the path that names it.

    Raises:
        CharacterUnavailable: the account of one is banned.
    """
    for path, actor in actors.items():
        if actor.user_id in banned:
            raise CharacterUnavailable("That account is banned.", state="banned", path=path)


async def refuse_banned(actors: Mapping[str, Actor]) -> None:
    """Refuse to deal with characters of banned accounts; each has the path that names it.

    Raises:
        CharacterUnavailable: the account of one is banned.
    """
    await alone(not_banned(actors))


def refuse_blocked(
    blocks: Blocks, others: Mapping[str, Actor], missing: Mapping[ObjectId, GameError]
) -> None:
    """Refuse to deal with characters that have blocked the actor, or that the actor has blocked;
    each has the path that names it. Whoever is blocked is not told: the error is that of
    ``missing``, as for one who is not there.

    Raises:
        GameError: one has blocked the actor; its error of ``missing``.
        CharacterUnavailable: the actor has blocked one.
    """
    for path, other in others.items():
        if other.id in blocks.against:
            raise missing[other.id]
        if other.id in blocks.made:
            raise CharacterUnavailable(
                "You have blocked this character.", state="blocked", path=path
            )
