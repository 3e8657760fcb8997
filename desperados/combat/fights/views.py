"""What fights show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.combat.fights.documents import CombatEncounter, CombatRewards
from desperados.combat.fights.playing import FIGHTS
from desperados.engine.views import Id, View
from desperados.play.shapes.tables import GameView, game_view


class SpoilsView(View):
    """What a victory gave: dollars, experience, and the ids of the items."""

    dollars: int
    xp: int
    loot: list[Id]


class FightView(GameView):
    """A fight as who fights sees it. ``table`` is the fight itself: the round, both sides, the own
    hand, and what happened in the last round."""

    type: str
    npc: str | None
    spoils: SpoilsView


class FightSummary(View):
    """A fight in the list of a character's."""

    id: Id
    type: str
    npc: str | None
    name: str
    status: str
    round: int
    spoils: SpoilsView
    created_at: datetime
    settled_at: datetime | None


class FoeView(View):
    """Somebody here whom the character may fight: for so much energy, and again from ``ready_at``
    on. ``within_reach``: not far too strong."""

    npc: str
    name: str
    type: str
    level: int
    difficulty: int
    health: int
    energy: int
    within_reach: bool
    ready_at: datetime | None


class ScarView(View):
    """A mark that a wound has left; ``hidden`` ones only its bearer sees."""

    index: int
    type: str
    location: str
    source: str
    received_at: datetime
    hidden: bool


def fight_view(fight: CombatEncounter) -> FightView:
    """A fight for who fights it."""
    shown = game_view(FIGHTS, fight, 0)
    return FightView(
        **{name: getattr(shown, name) for name in GameView.model_fields},
        type=fight.type,
        npc=fight.enemy.npc_id,
        spoils=_spoils(fight.rewards),
    )


def summary(row: dict[str, Any]) -> FightSummary:
    """A stored fight, of ours or of another program, in a list."""
    fight = CombatEncounter.hydrate(row)
    return FightSummary(
        id=fight.id,
        type=fight.type,
        npc=fight.enemy.npc_id,
        name=fight.enemy.name,
        status=fight.status,
        round=fight.round,
        spoils=_spoils(fight.rewards),
        created_at=fight.created_at,
        settled_at=fight.settled_at,
    )


def _spoils(rewards: CombatRewards) -> SpoilsView:
    return SpoilsView(dollars=rewards.gold, xp=rewards.xp, loot=rewards.items)
