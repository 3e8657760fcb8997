"""What is shown of legends and hunts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from desperados.combat.legends.documents import DiscoveryStage, LegendaryCombatSession
from desperados.engine.views import Id, View
from desperados.play.requirements.views import UnmetView
from desperados.play.shapes.games import GameKind
from desperados.play.shapes.tables import GameView, game_view

Percent = Annotated[int, Field(ge=0, le=100)]


class LegendRumorView(View):
    """Something that was told of a legend, and how much is known of it now."""

    legend: str
    name: str
    npc: str
    text: str
    progress: Percent
    stage: DiscoveryStage


class LegendClueView(View):
    """A search for a trace: found if the ``roll`` (1 to 100) is not above the ``chance``; else one
    may look again at ``again_at``."""

    legend: str
    found: bool
    roll: int
    chance: Percent
    text: str | None
    progress: Percent
    stage: DiscoveryStage
    again_at: datetime | None


class LegendTraceView(View):
    """A trace that was found."""

    place: str
    text: str


class LegendHuntView(View):
    """What a character knows of a legend: the ``lair``, and what the hunt still asks for
    (``unmet``), once it is located."""

    legend: str
    name: str
    description: str
    level: int
    stage: DiscoveryStage
    progress: Percent
    rumors: list[str]
    clues: list[LegendTraceView]
    lair: str | None
    unmet: list[UnmetView]
    ready_at: datetime | None
    hunted: bool
    defeated_at: datetime | None
    bonus: dict[str, int]
    attempts: int
    victories: int
    best_damage: int
    fastest: int | None


class LegendsHereView(View):
    """Whom one can ask here for legends, and of which known ones there is a trace here that was not
    found yet."""

    npcs: list[str]
    traces: list[str]


class LegendHunterView(View):
    """A hunter in the ranking of a legend: the rounds of its quickest victory."""

    character_id: Id
    name: str
    rounds: int
    victories: int


class LegendFightView(GameView):
    """A fight against a legend as its hunter sees it. ``table`` is the fight itself: the round,
    both sides, the own hand, and what happened in the last round."""

    legend: str


def fight_view(
    kind: GameKind[LegendaryCombatSession], fight: LegendaryCombatSession
) -> LegendFightView:
    """A fight for its hunter."""
    shown = game_view(kind, fight, 0)
    return LegendFightView(
        **{name: getattr(shown, name) for name in GameView.model_fields},
        legend=str(fight.terms["legend"]),
    )
