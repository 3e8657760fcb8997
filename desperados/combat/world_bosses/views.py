"""What is shown of world bosses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from desperados.combat.world_bosses.content import Known
from desperados.combat.world_bosses.documents import BossStatus, WorldBossSession
from desperados.combat.world_bosses.rules import Cards, dealt
from desperados.engine.views import Id, View
from desperados.play.seeds import draws_of, hash_of


class WorldBossComingView(View):
    """A world boss, where and when it comes next, and for how many minutes. ``now`` is its coming
    that is announced or on."""

    boss: str
    name: str
    description: str
    level: int
    place: str
    minutes: int
    next_at: datetime
    now: Id | None


class WorldBossFighterView(View):
    """One of those who did most. ``share`` is in percent of all damage so far."""

    character_id: Id
    name: str
    damage: int
    share: float


class WorldBossView(View):
    """A coming of a world boss: ``phase`` by name, and the ten who did most so far."""

    id: Id
    boss: str
    name: str
    place: str
    status: BossStatus
    starts_at: datetime
    ends_at: datetime
    health: int
    max_health: int
    phase: str
    total_damage: int
    participants: int
    top: list[WorldBossFighterView]


class WorldBossPartView(View):
    """A character's part in the fight against a world boss.

    ``cards`` are its next hand, with the hash of the seed that it and the cards to be drawn come
    from; after the fight there is none. ``share`` (percent of all damage), ``dollars`` and ``xp``
    are known when it is paid.
    """

    world_boss_id: Id
    boss: str
    joined_at: datetime
    damage: int
    attacks: int
    health: int
    max_health: int
    falls: int
    down_until: datetime | None
    out: bool
    next_attack_at: datetime | None
    cards: list[str]
    seed_hash: str | None
    share: float
    dollars: int
    xp: int
    paid_at: datetime | None


class WorldBossBlowView(View):
    """A hand that was played: its cards and strength, the seed that they came from, what it took
    from the boss (``damage``), and what the boss did (``answer``, ``pain``) unless it fell by this
    hand. ``part`` is how the character stands after it."""

    cards: list[str]
    strength: int
    seed: str
    damage: int
    boss_health: int
    phase: str
    answer: str | None
    pain: int
    fell: bool
    part: WorldBossPartView


def codes(cards: Cards) -> list[str]:
    """Cards by their codes."""
    return [card.code for card in cards]


def part_view(row: WorldBossSession) -> WorldBossPartView:
    """What a character may know of its own part: its hand, and nothing that comes after it."""
    playing = row.seed is not None and row.paid_at is None and not row.out
    hand = dealt(draws_of(row.seed))[0] if row.seed is not None and playing else ()
    return WorldBossPartView(
        world_boss_id=row.appearance_id or row.id,
        boss=row.boss_id,
        joined_at=row.joined_at,
        damage=int(row.damage_dealt),
        attacks=row.attacks,
        health=row.health,
        max_health=row.max_health,
        falls=row.falls,
        down_until=row.down_until,
        out=row.out,
        next_attack_at=row.next_attack_at,
        cards=codes(hand),
        seed_hash=hash_of(row.seed) if row.seed is not None and playing else None,
        share=float(row.contribution_percent),
        dollars=row.dollars,
        xp=row.xp,
        paid_at=row.paid_at,
    )


def boss_view(
    boss: Known, row: Mapping[str, Any], top: Sequence[WorldBossFighterView]
) -> WorldBossView:
    """A coming as it is stored."""
    return WorldBossView(
        id=row["_id"],
        boss=boss.code,
        name=boss.name,
        place=boss.place,
        status=row["status"],
        starts_at=row["startsAt"],
        ends_at=row["endsAt"],
        health=int(row["health"]),
        max_health=int(row["maxHealth"]),
        phase=boss.phases[int(row["phase"])].name,
        total_damage=int(row["totalDamage"]),
        participants=int(row["participants"]),
        top=list(top),
    )
