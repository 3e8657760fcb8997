"""Looks at bosses: which there are for a character, what it has made of them, and who did best."""

from __future__ import annotations

from enum import StrEnum

from bson import ObjectId

from desperados.characters.actor import find_actors, itself
from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant, load_participant
from desperados.combat.bosses.catalogue import MOST, BossCode, Foe, all_bosses, find_boss
from desperados.combat.bosses.documents import BossEncounter, BossRecord
from desperados.combat.bosses.service import fight_view
from desperados.combat.bosses.views import BossFightView, BossRankView, BossRecordView, BossView
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import Read, together
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.requirements import Situation, unmet
from desperados.play.requirements.situations import situate
from desperados.play.requirements.sources import Needs
from desperados.play.requirements.views import unmet_view


class BossBoard(StrEnum):
    """By what those who did best against a boss are ordered."""

    DAMAGE = "damage"
    ROUNDS = "rounds"


_ORDERS = {BossBoard.DAMAGE: "-bestDamage", BossBoard.ROUNDS: "fewestRounds"}


async def list_bosses(actor: ObjectId) -> list[BossView]:
    """The bosses there are, with what each costs and asks for, what the character still lacks for
    it, and from when on it is there for it again.

    Raises:
        CharacterNotFound: there is no such character.
    """
    bosses = await all_bosses()
    person = await load_participant(actor)
    needs = Needs((need for boss in bosses for need in boss.needs), actor)
    records = _records_of(actor)
    await together(itself(person), records, *needs.reads)
    situation = await situate(person, needs)
    return [
        _shown(boss, person, situation, records.result.get(boss.code))
        for boss in sorted(bosses, key=lambda boss: (boss.level, boss.code))
    ]


async def boss_log(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[BossRecordView]:
    """What a character has made of the bosses that it has met.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    names = {boss.code: boss.name for boss in await all_bosses()}
    return await read_page(
        BossRecord.collection(),
        {"characterId": actor},
        sort="bossId",
        limit=limit,
        after=after,
        unique=True,
        view=lambda row: _record_view(BossRecord.hydrate(row), names),
    )


async def boss_fights(
    actor: ObjectId, *, limit: Limit = 20, after: Cursor | None = None
) -> Page[BossFightView]:
    """The fights against bosses that a character is or was in, the newest first. They are kept for
    a month.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        BossEncounter.collection(),
        {"seats.characterId": actor},
        sort="-startedAt",
        limit=limit,
        after=after,
        view=lambda row: fight_view(BossEncounter.hydrate(row), actor),
    )


async def boss_leaderboard(
    boss: BossCode,
    *,
    by: BossBoard = BossBoard.DAMAGE,
    limit: Limit = 20,
    after: Cursor | None = None,
) -> Page[BossRankView]:
    """Who did best against a boss: by the damage of one fight, or by the fewest rounds of a
    victory.

    Raises:
        BossNotFound: there is no such boss.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    found = await find_boss(boss)
    order = _ORDERS[BossBoard(by)]
    page = await read_page(
        BossRecord.collection(),
        {"bossId": found.code, order.lstrip("-"): {"$gte": 1}},
        sort=order,
        limit=limit,
        after=after,
        view=BossRecord.hydrate,
    )
    people = await find_actors(record.character_id for record in page.items) if page.items else {}
    ranks = [
        BossRankView(
            character_id=record.character_id,
            name=people[record.character_id].name,
            victories=record.victories,
            best_damage=record.best_damage,
            fewest_rounds=record.fewest_rounds,
        )
        for record in page.items
        if record.character_id in people  # who has left the world is in no list
    ]
    return Page(items=ranks, next=page.next)


def _records_of(actor: ObjectId) -> Read[dict[str, BossRecord]]:
    return Read(
        BossRecord,
        {"characterId": actor},
        lambda rows: {row["bossId"]: BossRecord.hydrate(row) for row in rows},
        limit=MOST,
    )


def _shown(
    boss: Foe, person: Participant, situation: Situation, record: BossRecord | None
) -> BossView:
    away = record is not None and situation.at < record.ready_at
    return BossView(
        boss=boss.code,
        name=boss.name,
        description=boss.details.description,
        level=boss.level,
        place=boss.place,
        least=boss.least,
        most=boss.most,
        energy=energy_cost(boss.details.energy, person.level, person.effects, person.at),
        phases=len(boss.details.phases),
        victories=record.victories if record is not None else 0,
        unmet=[unmet_view(missing) for missing in unmet(situation, boss.needs)],
        ready_at=record.ready_at if record is not None and away else None,
    )


def _record_view(record: BossRecord, names: dict[str, str]) -> BossRecordView:
    return BossRecordView(
        boss=record.boss_id,
        name=names.get(record.boss_id, record.boss_id),
        fights=record.fights,
        victories=record.victories,
        defeats=record.defeats,
        fled=record.fled,
        best_damage=record.best_damage,
        fewest_rounds=record.fewest_rounds,
        first_victory_at=record.first_victory_at,
        last_fight_at=record.last_fight_at,
        ready_at=record.ready_at,
    )
