"""Looks at crimes: what can be tried here, what was tried, and who saw it."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.characters.effects import Stat
from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant, participant_of
from desperados.crime.attempts import rules
from desperados.crime.attempts.rules import Scenery
from desperados.crime.attempts.scenes import read_scenery
from desperados.crime.attempts.service import PURPOSE
from desperados.crime.attempts.views import (
    CrimeView,
    PastCrimeView,
    SightingView,
    past_crime_view,
    sighting_view,
)
from desperados.crime.documents import AccountStatus, WitnessAccount
from desperados.crime.records import Record, criminal_record
from desperados.deck.actions import ActionType, PlayedAction, all_actions, cooldown_of, is_done_at
from desperados.deck.documents import ActionResult
from desperados.engine.allowances import Usage, read_usage
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import together
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.requirements import Situation, situation_of, unmet
from desperados.play.requirements.views import unmet_view
from desperados.world.places import read_place


async def list_crimes(actor: ObjectId) -> list[CrimeView]:
    """The crimes that can be tried where a character is, the easiest first, with what it still
    lacks for them, and how likely each is seen now.

    Raises:
        CharacterNotFound: there is no such character.
    """
    person, record = participant_of(actor), criminal_record(actor)
    await together(person, record)
    who = person.result
    place = await read_place(who.location_id)
    crimes = [
        action
        for action in await all_actions()
        if action.type is ActionType.CRIME and is_done_at(action, place)
    ]
    if not crimes:
        return []
    usage = await read_usage(*(limit for crime in crimes for limit in cooldown_of(crime, actor)))
    situation = await situation_of(who, [need for crime in crimes for need in crime.needs])
    scenery, _crowd = await read_scenery(who, place)
    crimes.sort(key=lambda crime: (crime.difficulty, crime.code))
    return [_view(crime, who, record.result, scenery, usage, situation) for crime in crimes]


def _view(
    crime: PlayedAction,
    who: Participant,
    record: Record,
    scenery: Scenery,
    usage: Usage,
    situation: Situation,
) -> CrimeView:
    skill = rules.skill_of(crime)
    level = record.skill(skill)
    loot = crime.reward.dollars if isinstance(crime.reward.dollars, int) else 0
    ready = [at for limit in cooldown_of(crime, who.id) if (at := usage.free_at(*limit))]
    return CrimeView(
        crime=crime.code,
        name=crime.name,
        game=crime.game,
        skill=skill,
        skill_level=level,
        relief=rules.relief(level, who.percent(Stat.CRIME_SUCCESS)),
        energy=energy_cost(crime.energy, who.level, who.effects, who.at),
        least_loot=loot * rules.PAY[0] // 100,
        most_loot=loot * rules.PAY[1] // 100,
        xp=crime.reward.xp,
        seen_percent=rules.seen_percent(crime.risk.witness_percent, scenery),
        jail_minutes=crime.risk.jail_minutes,
        wanted=crime.risk.wanted,
        bail=crime.risk.bail,
        ready_at=max(ready, default=None),
        unmet=[unmet_view(missing) for missing in unmet(situation, crime.needs)],
    )


async def past_crimes(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[PastCrimeView]:
    """The crimes that a character has tried, the newest first, and what came of them.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        ActionResult.collection(),
        {"characterId": actor, "result.purpose": PURPOSE},
        sort="-performedAt",
        limit=limit,
        after=after,
        view=past_crime_view,
    )


async def my_sightings(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[SightingView]:
    """What a character has seen and can still tell the law, the newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _told(actor, "witnessCharacterId", limit, after)


async def told_of_me(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[SightingView]:
    """What players have seen a character do and can still tell the law, the newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _told(actor, "characterId", limit, after)


async def _told(actor: ObjectId, side: str, limit: int, after: str | None) -> Page[SightingView]:
    await load_actor(actor)

    def view(row: dict[str, object]) -> SightingView:
        account = WitnessAccount.hydrate(row)
        bounty = account.pending.bounty if account.pending is not None else 0
        return sighting_view(account, rules.hush_money(bounty))

    return await read_page(
        WitnessAccount.collection(),
        {side: actor, "status": AccountStatus.OPEN.value},
        sort="-occurredAt",
        limit=limit,
        after=after,
        view=view,
    )
