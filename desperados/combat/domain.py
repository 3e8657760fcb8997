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
from desperados.combat.world_bosses import queries as world_boss_queries
from desperados.combat.world_bosses import service as world_bosses
from desperados.combat.world_bosses.audit import check_world_bosses
from desperados.combat.world_bosses.bots import BOTS as WORLD_BOSS_BOTS
from desperados.combat.world_bosses.content import CONTENT as WORLD_BOSS_CONTENT
from desperados.combat.world_bosses.jobs import JOBS as WORLD_BOSS_JOBS
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Owner, Public, Route

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
        Route("GET", "/world-bosses", world_boss_queries.list_world_bosses, Public),
        Route("GET", "/world-bosses/{worldBossId}", world_boss_queries.read_world_boss, Public),
        Route("GET", f"{MINE}/world-bosses", world_boss_queries.my_world_bosses, Owner),
        Route(
            "GET", f"{MINE}/world-bosses/{{worldBossId}}", world_boss_queries.read_my_part, Owner
        ),
        Route(
            "POST",
            f"{MINE}/world-bosses/{{worldBossId}}/entries",
            world_bosses.join_world_boss,
            Owner,
        ),
        Route(
            "POST",
            f"{MINE}/world-bosses/{{worldBossId}}/attacks",
            world_bosses.attack_world_boss,
            Owner,
        ),
    ),
    jobs=(*playing.JOBS, *WORLD_BOSS_JOBS),
    content=WORLD_BOSS_CONTENT,
    audits=(Audit("world bosses", check_world_bosses),),
    purposes={
        opening.FIGHT: opening.fight_of,
        opening.NPC_FIGHT: settling.settle_fight,
    },
    games={playing.FIGHTS.name: playing.FIGHTS},
    bots=(*FIGHT_BOTS, *WORLD_BOSS_BOTS),
)
