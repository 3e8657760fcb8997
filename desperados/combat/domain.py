"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import documents as bosses_documents
from desperados.combat.duels import challenges as duels
from desperados.combat.duels import documents as duels_documents
from desperados.combat.duels import playing as duels_playing
from desperados.combat.duels import queries as duels_queries
from desperados.combat.duels import settling as duels_settling
from desperados.combat.duels.audit import HELD_WHILE as DUEL_ESCROWS
from desperados.combat.duels.audit import check_duels
from desperados.combat.duels.bots import BOTS as DUEL_BOTS
from desperados.combat.duels.jobs import JOBS as DUEL_JOBS
from desperados.combat.fights import documents as fights_documents
from desperados.combat.fights import opening as fights_opening
from desperados.combat.fights import playing as fights_playing
from desperados.combat.fights import queries as fights_queries
from desperados.combat.fights import scars
from desperados.combat.fights import service as fights
from desperados.combat.fights import settling as fights_settling
from desperados.combat.fights.bots import BOTS as FIGHT_BOTS
from desperados.combat.legends import documents as legends_documents
from desperados.combat.shooting import documents as shooting_documents
from desperados.combat.tournaments import documents as tournaments_documents
from desperados.combat.world_bosses import documents as world_bosses_documents
from desperados.engine.manifest.domain import Audit, Domain
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
            "/duels/leaderboard",
            duels_queries.duel_leaderboard,
            Public,
            keep_seconds=MINUTE,
        ),
        Route(
            "POST",
            f"{MINE}/duels",
            duels.challenge_duel,
            Owner,
            creates=f"{MINE}/duels/{{id}}",
        ),
        Route("GET", f"{MINE}/duels", duels_queries.duel_history, Owner),
        Route("GET", f"{MINE}/duels/limits", duels_queries.wager_limits, Owner),
        Route("GET", f"{MINE}/duels/open", duels_queries.open_duels, Owner),
        Route("GET", f"{MINE}/duels/record", duels_queries.duel_record, Owner),
        Route("GET", f"{MINE}/duels/{{duelId}}", duels_queries.read_duel, Owner),
        Route("DELETE", f"{MINE}/duels/{{duelId}}", duels.cancel_duel, Owner),
        Route("POST", f"{MINE}/duels/{{duelId}}/acceptance", duels.accept_duel, Owner),
        Route("POST", f"{MINE}/duels/{{duelId}}/moves", duels_playing.play_duel, Owner),
        Route("POST", f"{MINE}/duels/{{duelId}}/refusal", duels.decline_duel, Owner),
        Route("GET", f"{MINE}/foes", fights_queries.foes_here, Owner),
        Route("GET", f"{MINE}/fights", fights_queries.list_fights, Owner),
        Route("POST", f"{MINE}/fights", fights.start_encounter, Owner),
        Route("GET", f"{MINE}/fights/{{fightId}}", fights_queries.read_fight, Owner),
        Route("POST", f"{MINE}/fights/{{fightId}}/moves", fights.move, Owner),
        Route("GET", f"{MINE}/scars", scars.list_scars, Owner),
        Route("PUT", f"{MINE}/scars/{{index}}", scars.hide_scar, Owner),
    ),
    jobs=(*DUEL_JOBS, *fights_playing.JOBS),
    audits=(Audit("duels", check_duels),),
    bots=(*DUEL_BOTS, *FIGHT_BOTS),
    purposes={
        duels_playing.PURPOSE: duels_settling.settle_duel,
        fights_opening.FIGHT: fights_opening.fight_of,
        fights_opening.NPC_FIGHT: fights_settling.settle_fight,
    },
    games={
        duels_playing.DUELS.name: duels_playing.DUELS,
        fights_playing.FIGHTS.name: fights_playing.FIGHTS,
    },
    escrows={duels_documents.Duel.collection_name(): tuple(DUEL_ESCROWS)},
)
