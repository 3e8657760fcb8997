"""Joining the fight against a world boss, and playing hands against it.

The boss's health is one document that everybody writes: what a hand takes is the lesser of its
damage and the health that is left, removed by one update that finds the health as it was read. So
the sum of what all have dealt is exact, and the last hand is one. Calls wait for each other by the
boss (``engine.queues``) instead of running into each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.effects import Stat
from desperados.characters.participant import Participant, participant_of
from desperados.combat.world_bosses import rules
from desperados.combat.world_bosses.content import Known, find_boss
from desperados.combat.world_bosses.documents import BossStatus, WorldBoss, WorldBossSession
from desperados.combat.world_bosses.errors import (
    AlreadyFighting,
    Fallen,
    NoSuchPlaces,
    NotAFighter,
    OutOfTheFight,
    TooSoon,
    WorldBossFull,
    WorldBossGone,
    WorldBossNotFound,
    WorldBossNotThere,
)
from desperados.combat.world_bosses.events import WorldBossHealth
from desperados.combat.world_bosses.views import (
    WorldBossBlowView,
    WorldBossPartView,
    codes,
    part_view,
)
from desperados.deck.documents import Suit
from desperados.deck.hands import SIZE, Hand, skill_for
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.reads import Read, together
from desperados.engine.transactions import stage
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Defeat, DefeatKind, Outcome, Share
from desperados.play.requirements import Kind, Requirement, require
from desperados.play.seeds import draws_of, new_seed
from desperados.play.settle import settle

RAID = Deed(name="world_boss", income=Source.WORLD_BOSS_REWARD, found=ItemSource.SPOILS)
TOLD_EVERY = timedelta(seconds=1)

Hold = Annotated[list[int], Field(max_length=SIZE, examples=[[0, 3]])]


def coming_of(appearance: ObjectId) -> Read[WorldBoss | None]:
    """A coming of a world boss, as a read that may leave with others."""
    return Read(
        WorldBoss,
        {"_id": appearance},
        lambda rows: WorldBoss.hydrate(rows[0]) if rows else None,
    )


def part_of(actor: ObjectId, appearance: ObjectId) -> Read[WorldBossSession | None]:
    """A character's part in a fight, as a read that may leave with others."""
    return Read(
        WorldBossSession,
        {"appearanceId": appearance, "characterId": actor},
        lambda rows: WorldBossSession.hydrate(rows[0]) if rows else None,
    )


@command(queue="world_boss_id")
async def join_world_boss(
    actor: ObjectId, world_boss_id: ObjectId, *, key: str | None = None
) -> WorldBossPartView:
    """Join the fight against a world boss that is announced or has come, at the place where it is.

    It costs energy once, and one character of an account fights. Who joins has as much health in
    this fight as it has now, and gets its first hand.

    Raises:
        WorldBossNotFound: there is no such coming of a world boss.
        WorldBossGone: it is defeated, or has gone.
        WorldBossFull: no more can fight it.
        AlreadyFighting: the character, or another one of its account, has joined already.
        RequirementUnmet: the character is elsewhere, or lacks what the boss asks for.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person, found = participant_of(actor), coming_of(world_boss_id)
    await together(person, found)
    who, coming = person.result, found.result
    who.must_be_idle()
    if coming is None:
        raise WorldBossNotFound()
    boss = await find_boss(coming.boss_id)
    if coming.closed_at is not None or coming.ends_at <= who.at:
        raise WorldBossGone()
    if coming.participants >= boss.most_players:
        raise WorldBossFull()
    await require(who, [Requirement(Kind.AT, boss.place), *boss.needs])
    mine = {"appearanceId": coming.id, "userId": who.user_id}
    if await WorldBossSession.load_one(mine) is not None:
        raise AlreadyFighting()
    await settle(RAID, Share(who, cost=Cost(energy=rules.JOIN_ENERGY)), reference=coming.id)
    _grow(coming, boss)
    row = _new_part(who, coming)
    stage(StagedInsert(WorldBossSession.collection_name(), row.to_mongo()))
    return part_view(row)


@command(queue="world_boss_id")
async def attack_world_boss(
    actor: ObjectId, world_boss_id: ObjectId, hold: Hold, *, key: str | None = None
) -> WorldBossBlowView:
    """Play a hand against a world boss: hold the cards at these places (0 to 4) of the hand that
    was dealt, draw the others anew, and take its blow in return.

    There is one hand in fifteen seconds. What it takes from the boss is what counts, however much
    stronger it was. Who falls gets up after two minutes with half of its health, twice; the third
    fall is a defeat, though never the last one. The seed of the hand is told with it.

    Raises:
        WorldBossNotFound: there is no such coming of a world boss.
        NotAFighter: the character has not joined.
        WorldBossNotThere: it has not come yet.
        WorldBossGone: it is defeated, or has gone.
        OutOfTheFight: the character has fallen three times.
        Fallen: it has fallen, and gets up in a moment.
        TooSoon: its last hand was less than fifteen seconds ago.
        NoSuchPlaces: the cards to hold are not places 0 to 4, each once.
        RequirementUnmet: the character is elsewhere.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    held = _places(hold)
    person, found, mine = (
        participant_of(actor),
        coming_of(world_boss_id),
        part_of(actor, world_boss_id),
    )
    await together(person, found, mine)
    who, coming, row = person.result, found.result, mine.result
    who.must_be_idle()
    if coming is None:
        raise WorldBossNotFound()
    if row is None or row.seed is None:
        raise NotAFighter()
    _must_be_on(coming, who.at)
    _must_be_ready(row, who.at)
    boss = await find_boss(coming.boss_id)
    await require(who, [Requirement(Kind.AT, boss.place)])
    blow = _blow(who, boss, coming, row, row.seed, held)
    if blow.out:
        # Without danger: three falls are a defeat, and nobody dies of it.
        defeat = Defeat(kind=DefeatKind.COMBAT, opponent_level=boss.level, cause=boss.name)
        await settle(RAID, Share(who, Outcome(defeat=defeat)), reference=coming.id)
    _strike(coming, boss, blow, who.at)
    after = _stand(row, blow, who.at)
    return WorldBossBlowView(
        cards=codes(blow.hand.cards),
        strength=blow.hand.strength,
        seed=row.seed,
        damage=blow.damage,
        boss_health=coming.health - blow.damage,
        phase=boss.phases[blow.phase].name,
        answer=blow.answer,
        pain=blow.pain,
        fell=blow.fell,
        part=part_view(after),
    )


@dataclass(frozen=True, slots=True)
class _Blow:
    """A hand against a boss, and what it answered, unless it was the last one. ``phase`` is that
    after the hand."""

    hand: Hand
    damage: int
    phase: int
    answer: str | None = None
    pain: int = 0
    fell: bool = False
    out: bool = False


def _places(hold: Sequence[int]) -> list[int]:
    if len(set(hold)) != len(hold) or not set(hold) <= set(range(SIZE)):
        raise NoSuchPlaces(path="hold")
    return sorted(hold)


def _must_be_on(coming: WorldBoss, now: datetime) -> None:
    """A boss is there from its hour on, whether or not somebody has noted it."""
    if coming.closed_at is not None or coming.ends_at <= now:
        raise WorldBossGone()
    if now < coming.starts_at:
        raise WorldBossNotThere(starts_at=coming.starts_at.isoformat())


def _must_be_ready(row: WorldBossSession, now: datetime) -> None:
    if row.out:
        raise OutOfTheFight()
    if row.down_until is not None and now < row.down_until:
        raise Fallen(until=row.down_until.isoformat())
    if row.next_attack_at is not None and now < row.next_attack_at:
        wait = math.ceil((row.next_attack_at - now).total_seconds())
        raise TooSoon(retry_after=wait)


def _blow(
    who: Participant,
    boss: Known,
    coming: WorldBoss,
    row: WorldBossSession,
    seed: str,
    held: Sequence[int],
) -> _Blow:
    draws = draws_of(seed)
    hand, spare = rules.dealt(draws)
    worth = rules.worth(rules.played(hand, spare, held), skill_for(who, Suit.CLUBS))
    full = rules.damage_of(worth.effectiveness, who.percent(Stat.DAMAGE), boss.defense)
    damage = min(full, coming.health)
    left = coming.health - damage
    phase = rules.phase_of(boss.phases, left, coming.max_health, coming.phase)
    if not left:
        return _Blow(worth, damage, phase)
    strength = full * boss.mirrors * rules.ANSWER_SHARE // 100 if boss.mirrors else boss.damage
    answer, pain = rules.answer_of(strength, boss.phases[phase], who.percent(Stat.DEFENCE), draws)
    fell = pain >= row.health
    out = fell and row.falls + 1 >= rules.MOST_FALLS
    return _Blow(worth, damage, phase, answer, pain, fell, out)


def _grow(coming: WorldBoss, boss: Known) -> None:
    """One more fights, and the boss may be stronger for it.

    Outcomes of the update: counted; not found or a write conflict, when others join, hit or end it
    at this moment (the transaction runs again).
    """
    more = rules.strength_of_one(boss.health, boss.players, coming.participants)
    _change(
        coming,
        {"$inc": {"participants": 1, "health": more, "maxHealth": more}},
    )


def _strike(coming: WorldBoss, boss: Known, blow: _Blow, now: datetime) -> None:
    """Take the damage from the boss; the hand that takes the last of it defeats it.

    Outcomes of the update: as above.
    """
    health = coming.health - blow.damage
    changed: dict[str, Any] = {
        "health": health,
        "totalDamage": coming.total_damage + blow.damage,
        "phase": blow.phase,
        "status": (BossStatus.ACTIVE if health else BossStatus.DEFEATED).value,
    }
    if not health:
        changed |= {"closedAt": now, "dueAt": now}
    if not health or coming.told_at is None or now - coming.told_at >= TOLD_EVERY:
        changed["toldAt"] = now
        broadcast(
            WorldBossHealth(
                id=coming.id,
                boss=boss.code,
                health=health,
                max_health=coming.max_health,
                phase=blow.phase,
            )
        )
    _change(coming, {"$set": changed})


def _change(coming: WorldBoss, change: dict[str, Any]) -> None:
    stage(
        StagedUpdate(
            WorldBoss.collection_name(),
            {
                "_id": coming.id,
                "closedAt": None,
                "health": coming.health,
                "participants": coming.participants,
            },
            change,
            otherwise=Contention(retry_after=1),
        )
    )


def _new_part(who: Participant, coming: WorldBoss) -> WorldBossSession:
    return WorldBossSession(
        boss_id=coming.boss_id,
        character_id=who.id,
        joined_at=who.at,
        last_action=who.at,
        appearance_id=coming.id,
        user_id=who.user_id,
        health=max(1, who.health.value),
        max_health=max(1, who.health.high),
        seed=new_seed().secret,
    )


def _stand(row: WorldBossSession, blow: _Blow, now: datetime) -> WorldBossSession:
    """How a fighter stands after its hand, staged; returns its part as it then is.

    Outcomes of the update: changed; not found or a write conflict, when it plays twice at this
    moment (the transaction runs again, and is too soon).
    """
    if blow.out:
        health = 0
    elif blow.fell:
        health = max(1, row.max_health // 2)
    else:
        health = row.health - blow.pain
    changed: dict[str, Any] = {
        "damageDealt": int(row.damage_dealt) + blow.damage,
        "lastAction": now,
        "attacks": row.attacks + 1,
        "nextAttackAt": now + rules.BETWEEN_HANDS,
        "health": health,
        "falls": row.falls + blow.fell,
        "downUntil": now + rules.DOWN if blow.fell and not blow.out else None,
        "out": blow.out,
        "seed": new_seed().secret,
    }
    stage(
        StagedUpdate(
            WorldBossSession.collection_name(),
            {"_id": row.id, "attacks": row.attacks, "paidAt": None},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return WorldBossSession.hydrate({**row.to_mongo(), **changed})
