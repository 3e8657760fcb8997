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
    ),
    jobs=DUEL_JOBS,
    audits=(Audit("duels", check_duels),),
    bots=DUEL_BOTS,
    purposes={duels_playing.PURPOSE: duels_settling.settle_duel},
    games={duels_playing.DUELS.name: duels_playing.DUELS},
    escrows={duels_documents.Duel.collection_name(): tuple(DUEL_ESCROWS)},
)
