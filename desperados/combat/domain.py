"""What the domain contributes to the whole: what its wings do."""

from __future__ import annotations

from desperados.combat.bosses.domain import WING as BOSSES
from desperados.combat.duels.domain import WING as DUELS
from desperados.combat.fights.domain import WING as FIGHTS
from desperados.combat.legends.domain import WING as LEGENDS
from desperados.combat.shooting.domain import WING as SHOOTING
from desperados.combat.tournaments.domain import WING as TOURNAMENTS
from desperados.combat.world_bosses.domain import WING as WORLD_BOSSES
from desperados.engine.manifest.domain import united

DOMAIN = united(
    "combat",
    BOSSES,
    DUELS,
    FIGHTS,
    LEGENDS,
    SHOOTING,
    TOURNAMENTS,
    WORLD_BOSSES,
)
