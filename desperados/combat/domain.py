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
from desperados.combat.legends import hunting as legend_hunting
from desperados.combat.legends import queries as legend_queries
from desperados.combat.legends import service as legends
from desperados.combat.legends.audit import check_hunts
from desperados.combat.legends.bots import BOTS as LEGEND_BOTS
from desperados.combat.legends.content import CONTENT as LEGEND_CONTENT
from desperados.combat.legends.playing import HUNTS, LEGEND
from desperados.combat.legends.playing import JOBS as LEGEND_JOBS
from desperados.combat.legends.settling import settle_hunt
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
        Route("GET", "/legends/{legend}/ranking", legend_queries.rank_hunters, Public),
        Route("GET", f"{MINE}/legends", legend_queries.list_legends, Owner),
        Route("GET", f"{MINE}/legends/here", legend_queries.legends_here, Owner),
        Route("POST", f"{MINE}/legends/rumors", legend_hunting.hear_rumor, Owner),
        Route("POST", f"{MINE}/legends/{{legend}}/clues", legend_hunting.search_clue, Owner),
        Route("POST", f"{MINE}/legends/{{legend}}/hunts", legends.start_legendary_hunt, Owner),
        Route("GET", f"{MINE}/hunts/{{fightId}}", legend_queries.read_hunt, Owner),
        Route("POST", f"{MINE}/hunts/{{fightId}}/moves", legends.legendary_move, Owner),
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
    jobs=(*playing.JOBS, *LEGEND_JOBS, *WORLD_BOSS_JOBS),
    content=(*LEGEND_CONTENT, *WORLD_BOSS_CONTENT),
    audits=(Audit("hunts", check_hunts), Audit("world bosses", check_world_bosses)),
    purposes={
        opening.FIGHT: opening.fight_of,
        opening.NPC_FIGHT: settling.settle_fight,
        LEGEND: settle_hunt,
    },
    games={kind.name: kind for kind in (playing.FIGHTS, HUNTS)},
    bots=(*FIGHT_BOTS, *LEGEND_BOTS, *WORLD_BOSS_BOTS),
)
