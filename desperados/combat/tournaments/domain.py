"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.audit import check_contests
from desperados.combat.tournaments import documents, matches, queries, running, service, staff
from desperados.combat.tournaments.bots import BOTS
from desperados.combat.tournaments.jobs import JOBS
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Moderator, Owner, Public, Route

TOURNAMENT = "/tournaments/{tournamentId}"

WING = Domain(
    name="tournaments",
    documents=(documents,),
    routes=(
        Route("GET", "/tournaments", queries.list_tournaments, Public),
        Route("GET", TOURNAMENT, queries.get_tournament, Public),
        Route("GET", f"{TOURNAMENT}/matches", queries.list_matches, Public),
        Route("GET", f"{MINE}/tournaments", queries.my_tournaments, Owner),
        Route("POST", f"{MINE}{TOURNAMENT}/entry", service.join_tournament, Owner),
        Route("DELETE", f"{MINE}{TOURNAMENT}/entry", service.leave_tournament, Owner),
        Route("GET", f"{MINE}/matches", queries.my_matches, Owner),
        Route("GET", f"{MINE}/matches/{{matchId}}", queries.my_match, Owner),
        Route("POST", f"{MINE}/matches/{{matchId}}/hand", service.play_match, Owner),
        Route(
            "POST",
            "/admin/tournaments",
            staff.create_tournament,
            Moderator,
            creates="/tournaments/{id}",
        ),
        Route("POST", f"/admin{TOURNAMENT}/cancellation", staff.cancel_tournament, Moderator),
        Route(
            "POST",
            f"/admin{TOURNAMENT}/disqualifications/{{characterId}}",
            staff.disqualify,
            Moderator,
        ),
    ),
    jobs=JOBS,
    # Of shooting contests, too: it is one rule.
    audits=(Audit("contests", check_contests),),
    purposes={running.PURPOSE: running.match_over},
    games={matches.MATCHES.name: matches.MATCHES},
    contests={running.CONTEST: running.TOURNAMENTS},
    bots=BOTS,
)
