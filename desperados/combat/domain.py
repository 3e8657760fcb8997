"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import documents as bosses_documents
from desperados.combat.duels import documents as duels_documents
from desperados.combat.fights import documents as fights_documents
from desperados.combat.fights import opening, playing, scars, settling
from desperados.combat.fights import queries as fight_queries
from desperados.combat.fights import service as fights
from desperados.combat.fights.bots import BOTS as FIGHT_BOTS
from desperados.combat.legends import documents as legends_documents
from desperados.combat.shooting import documents as shooting_documents
from desperados.combat.tournaments import documents as tournaments_documents
from desperados.combat.world_bosses import documents as world_bosses_documents
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Owner, Route

DOMAIN = Domain(
    name="combat",
    documents=(
        bosses_documents,
        duels_documents,
        fights_documents,
        legends_documents,
        shooting_documents,
        tournaments_documents,
        world_bosses_documents,
    ),
    routes=(
        Route("GET", f"{MINE}/foes", fight_queries.foes_here, Owner),
        Route("GET", f"{MINE}/fights", fight_queries.list_fights, Owner),
        Route("POST", f"{MINE}/fights", fights.start_encounter, Owner),
        Route("GET", f"{MINE}/fights/{{fightId}}", fight_queries.read_fight, Owner),
        Route("POST", f"{MINE}/fights/{{fightId}}/moves", fights.move, Owner),
        Route("GET", f"{MINE}/scars", scars.list_scars, Owner),
        Route("PUT", f"{MINE}/scars/{{index}}", scars.hide_scar, Owner),
    ),
    jobs=playing.JOBS,
    purposes={
        opening.FIGHT: opening.fight_of,
        opening.NPC_FIGHT: settling.settle_fight,
    },
    games={playing.FIGHTS.name: playing.FIGHTS},
    bots=FIGHT_BOTS,
)
