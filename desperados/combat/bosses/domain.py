"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import documents, parties, queries, service, settling
from desperados.combat.bosses.bots import BOTS
from desperados.combat.bosses.content import CONTENT
from desperados.combat.bosses.fights import BOSSES
from desperados.combat.bosses.jobs import JOBS
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, MINUTE, Owner, Public, Route

BOARD = "/bosses/{boss}/leaderboard"

WING = Domain(
    name="bosses",
    documents=(documents,),
    routes=(
        Route("GET", BOARD, queries.boss_leaderboard, Public, keep_seconds=MINUTE),
        Route("GET", f"{MINE}/bosses", queries.list_bosses, Owner),
        Route("GET", f"{MINE}/bosses/log", queries.boss_log, Owner),
        Route("GET", f"{MINE}/bosses/{{boss}}/party", parties.read_party, Owner),
        Route("POST", f"{MINE}/bosses/{{boss}}/invitations", parties.invite_to_boss, Owner),
        Route("POST", f"{MINE}/bosses/{{boss}}/fights", service.start_boss, Owner),
        Route("GET", f"{MINE}/boss-fights", queries.boss_fights, Owner),
        Route("GET", f"{MINE}/boss-fights/{{fightId}}", service.read_boss_fight, Owner),
        Route("POST", f"{MINE}/boss-fights/{{fightId}}/moves", service.fight_boss, Owner),
    ),
    jobs=JOBS,
    content=CONTENT,
    offers={parties.INVITATION: parties.joined},
    purposes={settling.PURPOSE: settling.settle_boss},
    games={BOSSES.name: BOSSES},
    bots=BOTS,
)
