"""The scales of damage: what each strength of a hand is worth, by use."""

from __future__ import annotations

from desperados.combat.fights.engine.setup import Blow
from desperados.deck.documents import Suit

FIGHT_BLOW = Blow(
    scale=[50, 100, 150, 200, 250, 300, 350, 400, 450, 500],
    suit=Suit.CLUBS.value,
    match_percent=10,
    most=600,
    divide=10,
    spread=3,
)
"""Of characters against the people of the land: 12 on average of ordinary play."""

FOE_BLOW = Blow(scale=[5, 8, 10, 15, 20, 25, 30, 35, 40, 50], spread=5)
"""Of the people of the land."""

BOSS_BLOW = Blow(scale=[40, 60, 80, 100, 120, 150, 180, 200, 250, 300])
"""Of characters against bosses and legends: 64 on average of ordinary play."""
