"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.fights import (
    documents,
    opening,
    playing,
    queries,
    scars,
    service,
    settling,
)
from desperados.combat.fights.bots import BOTS
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Owner, Route

WING = Domain(
    name="fights",
    documents=(documents,),
    routes=(
        Route("GET", f"{MINE}/foes", queries.foes_here, Owner),
        Route("GET", f"{MINE}/fights", queries.list_fights, Owner),
        Route("POST", f"{MINE}/fights", service.start_encounter, Owner),
        Route("GET", f"{MINE}/fights/{{fightId}}", queries.read_fight, Owner),
        Route("POST", f"{MINE}/fights/{{fightId}}/moves", service.move, Owner),
        Route("GET", f"{MINE}/scars", scars.list_scars, Owner),
        Route("PUT", f"{MINE}/scars/{{index}}", scars.hide_scar, Owner),
    ),
    jobs=playing.JOBS,
    purposes={
        opening.FIGHT: opening.fight_of,
        opening.NPC_FIGHT: settling.settle_fight,
    },
    games={playing.FIGHTS.name: playing.FIGHTS},
    bots=BOTS,
)
