"""How a character stands with the factions, and what its deeds weigh."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.actor import actor_of, load_actor
from desperados.engine import clock
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import alone, together
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.renown.conduct import ConductRows
from desperados.renown.conduct_rules import affinity, fade, relation_of, tier_of
from desperados.renown.conduct_table import GODS, Dimension, MoralTier
from desperados.renown.documents import ReputationEvent
from desperados.renown.rules import (
    FACTIONS,
    RIVALS,
    StandingWord,
    points_of,
    price_percent,
    word_of,
)
from desperados.renown.standing import newest_standing


class StandingView(View):
    """How a character stands with a faction: -100 to 100, the word for it, and what keepers of the
    faction ask in percent of the ordinary price. What is gained costs 30% of it with the rival."""

    faction: str
    points: int
    word: StandingWord
    price_percent: int
    rival: str | None


class StandingMoveView(View):
    """One change of a standing."""

    id: Id
    faction: str
    change: float
    reason: str
    at: datetime


class GodView(View):
    """How near a god feels to a character: -100 to 100, and the word for it."""

    god: str
    points: int
    word: str


class ReputationView(View):
    """What the deeds of a character weigh: -100 to 100 in each dimension and in the moral score,
    what people call it, and what the gods think."""

    dimensions: dict[Dimension, float]
    moral: float
    tier: MoralTier
    gods: list[GodView]


async def standings(actor: ObjectId) -> list[StandingView]:
    """How a character stands with each of the six powers.

    Raises:
        CharacterNotFound: there is no such character.
    """
    me = actor_of(actor)
    history = {faction: newest_standing(actor, faction) for faction in FACTIONS}
    await together(me, *history.values())
    found = []
    for faction in FACTIONS:
        points = points_of(
            me.result.standings.get(faction),
            history[faction].result,
            own=faction == me.result.faction,
        )
        found.append(
            StandingView(
                faction=faction,
                points=points,
                word=word_of(points),
                price_percent=price_percent(points),
                rival=RIVALS.get(faction),
            )
        )
    return found


async def standing_history(
    actor: ObjectId, *, limit: Limit = 20, after: Cursor | None = None
) -> Page[StandingMoveView]:
    """What moved the standings of a character, newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: ``limit`` is not 1 to 100, or ``after`` is not a cursor of this list.
    """
    await load_actor(actor)
    return await read_page(
        ReputationEvent.collection(),
        {"characterId": actor},
        sort="-occurredAt",
        limit=limit,
        after=after,
        view=lambda row: StandingMoveView(
            id=row["_id"],
            faction=row["factionId"],
            change=row["change"],
            reason=row.get("reason") or "",
            at=row["occurredAt"],
        ),
    )


async def reputation(actor: ObjectId) -> ReputationView:
    """What a character's deeds weigh, and what people and gods make of that.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    rows = ConductRows([actor])
    await alone(rows.reads[0])
    now = fade(rows.of(actor), clock.now())
    gods = [(god, affinity(now.dimensions, god)) for god in GODS]
    return ReputationView(
        dimensions={dimension: now.dimensions.get(dimension, 0) for dimension in Dimension},
        moral=now.moral,
        tier=tier_of(now.moral),
        gods=[GodView(god=god, points=points, word=relation_of(points)) for god, points in gods],
    )
