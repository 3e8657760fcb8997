"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import bots as bosses_bots
from desperados.combat.bosses import content as bosses_content
from desperados.combat.bosses import documents as bosses_documents
from desperados.combat.bosses import fights as bosses_fights
from desperados.combat.bosses import jobs as bosses_jobs
from desperados.combat.bosses import parties as bosses_parties
from desperados.combat.bosses import queries as bosses_queries
from desperados.combat.bosses import service as bosses
from desperados.combat.bosses import settling as bosses_settling
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
from desperados.engine.manifest.routes import MINE, MINUTE, Owner, Public, Route

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
        Route(
            "GET",
            "/bosses/{boss}/leaderboard",
            bosses_queries.boss_leaderboard,
            Public,
            keep_seconds=MINUTE,
        ),
        Route("GET", f"{MINE}/bosses", bosses_queries.list_bosses, Owner),
        Route("GET", f"{MINE}/bosses/log", bosses_queries.boss_log, Owner),
        Route("GET", f"{MINE}/bosses/{{boss}}/party", bosses_parties.read_party, Owner),
        Route("POST", f"{MINE}/bosses/{{boss}}/invitations", bosses_parties.invite_to_boss, Owner),
        Route("POST", f"{MINE}/bosses/{{boss}}/fights", bosses.start_boss, Owner),
        Route("GET", f"{MINE}/boss-fights", bosses_queries.boss_fights, Owner),
        Route("GET", f"{MINE}/boss-fights/{{fightId}}", bosses.read_boss_fight, Owner),
        Route("POST", f"{MINE}/boss-fights/{{fightId}}/moves", bosses.fight_boss, Owner),
        Route("GET", f"{MINE}/foes", fight_queries.foes_here, Owner),
        Route("GET", f"{MINE}/fights", fight_queries.list_fights, Owner),
        Route("POST", f"{MINE}/fights", fights.start_encounter, Owner),
        Route("GET", f"{MINE}/fights/{{fightId}}", fight_queries.read_fight, Owner),
        Route("POST", f"{MINE}/fights/{{fightId}}/moves", fights.move, Owner),
        Route("GET", f"{MINE}/scars", scars.list_scars, Owner),
        Route("PUT", f"{MINE}/scars/{{index}}", scars.hide_scar, Owner),
    ),
    jobs=(*bosses_jobs.JOBS, *playing.JOBS),
    content=bosses_content.CONTENT,
    offers={bosses_parties.INVITATION: bosses_parties.joined},
    purposes={
        bosses_settling.PURPOSE: bosses_settling.settle_boss,
        opening.FIGHT: opening.fight_of,
        opening.NPC_FIGHT: settling.settle_fight,
    },
    games={
        bosses_fights.BOSSES.name: bosses_fights.BOSSES,
        playing.FIGHTS.name: playing.FIGHTS,
    },
    bots=(*bosses_bots.BOTS, *FIGHT_BOTS),
)
