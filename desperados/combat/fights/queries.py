"""Looks at fights: who may be fought here, a fight, all of a character's."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.energy import energy_cost
from desperados.characters.participant import load_participant
from desperados.combat.fights import rules
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.npcs import limits_of, npcs_at
from desperados.combat.fights.playing import FIGHTS
from desperados.combat.fights.views import FightSummary, FightView, FoeView, fight_view, summary
from desperados.engine.allowances import read_usage
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.shapes import games


async def foes_here(actor: ObjectId) -> list[FoeView]:
    """Whom the character may fight where it is, the weakest first.

    Raises:
        CharacterNotFound: there is no such character.
    """
    who = await load_participant(actor)
    here = await npcs_at(who.location_id)
    usage = await read_usage(*(limits_of(npc, actor)[0] for npc in here))
    return [
        FoeView(
            npc=npc.code,
            name=npc.name,
            type=npc.type,
            level=npc.level,
            difficulty=npc.difficulty,
            health=npc.health,
            energy=energy_cost(rules.ENERGY, who.level, who.effects, who.at),
            within_reach=npc.level <= rules.highest_level(who.level, boss=npc.is_boss),
            ready_at=usage.free_at(*limits_of(npc, actor)[0]),
        )
        for npc in here
    ]


async def read_fight(actor: ObjectId, fight_id: ObjectId) -> FightView:
    """A fight of the character, after what the clock had to do in it.

    Raises:
        GameNotFound: there is no such fight, or it is somebody else's.
    """
    fight, _ = await games.read(FIGHTS, actor, fight_id)
    return fight_view(fight)


async def list_fights(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[FightSummary]:
    """The fights of a character, the newest first. They are kept for thirty days.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        CombatEncounter.collection(),
        {"characterId": actor},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=summary,
    )
