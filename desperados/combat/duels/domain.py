"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.duels import challenges, documents, playing, queries, settling
from desperados.combat.duels.audit import HELD_WHILE, check_duels
from desperados.combat.duels.bots import BOTS
from desperados.combat.duels.jobs import JOBS
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, MINUTE, Owner, Public, Route

WING = Domain(
    name="duels",
    documents=(documents,),
    routes=(
        Route("GET", "/duels/leaderboard", queries.duel_leaderboard, Public, keep_seconds=MINUTE),
        Route(
            "POST",
            f"{MINE}/duels",
            challenges.challenge_duel,
            Owner,
            creates=f"{MINE}/duels/{{id}}",
        ),
        Route("GET", f"{MINE}/duels", queries.duel_history, Owner),
        Route("GET", f"{MINE}/duels/limits", queries.wager_limits, Owner),
        Route("GET", f"{MINE}/duels/open", queries.open_duels, Owner),
        Route("GET", f"{MINE}/duels/record", queries.duel_record, Owner),
        Route("GET", f"{MINE}/duels/{{duelId}}", queries.read_duel, Owner),
        Route("DELETE", f"{MINE}/duels/{{duelId}}", challenges.cancel_duel, Owner),
        Route("POST", f"{MINE}/duels/{{duelId}}/acceptance", challenges.accept_duel, Owner),
        Route("POST", f"{MINE}/duels/{{duelId}}/moves", playing.play_duel, Owner),
        Route("POST", f"{MINE}/duels/{{duelId}}/refusal", challenges.decline_duel, Owner),
    ),
    jobs=JOBS,
    audits=(Audit("duels", check_duels),),
    bots=BOTS,
    purposes={playing.PURPOSE: settling.settle_duel},
    games={playing.DUELS.name: playing.DUELS},
    escrows={documents.Duel.collection_name(): tuple(HELD_WHILE)},
)
