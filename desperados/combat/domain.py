"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import documents as bosses_documents
from desperados.combat.duels import documents as duels_documents
from desperados.combat.fights import documents as fights_documents
from desperados.combat.legends import documents as legends_documents
from desperados.combat.shooting import documents as shooting_documents
from desperados.combat.tournaments import bots as tournaments_bots
from desperados.combat.tournaments import documents as tournaments_documents
from desperados.combat.tournaments import jobs as tournaments_jobs
from desperados.combat.tournaments import matches, running
from desperados.combat.tournaments import queries as tournaments_queries
from desperados.combat.tournaments import service as tournaments
from desperados.combat.tournaments import staff as tournaments_staff
from desperados.combat.world_bosses import documents as world_bosses_documents
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Moderator, Owner, Public, Route

TOURNAMENT = "/tournaments/{tournamentId}"

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
        Route("GET", "/tournaments", tournaments_queries.list_tournaments, Public),
        Route("GET", TOURNAMENT, tournaments_queries.get_tournament, Public),
        Route("GET", f"{TOURNAMENT}/matches", tournaments_queries.list_matches, Public),
        Route("GET", f"{MINE}/tournaments", tournaments_queries.my_tournaments, Owner),
        Route("POST", f"{MINE}{TOURNAMENT}/entry", tournaments.join_tournament, Owner),
        Route("DELETE", f"{MINE}{TOURNAMENT}/entry", tournaments.leave_tournament, Owner),
        Route("GET", f"{MINE}/matches", tournaments_queries.my_matches, Owner),
        Route("GET", f"{MINE}/matches/{{matchId}}", tournaments_queries.my_match, Owner),
        Route("POST", f"{MINE}/matches/{{matchId}}/hand", tournaments.play_match, Owner),
        Route(
            "POST",
            "/admin/tournaments",
            tournaments_staff.create_tournament,
            Moderator,
            creates="/tournaments/{id}",
        ),
        Route(
            "POST",
            f"/admin{TOURNAMENT}/cancellation",
            tournaments_staff.cancel_tournament,
            Moderator,
        ),
        Route(
            "POST",
            f"/admin{TOURNAMENT}/disqualifications/{{characterId}}",
            tournaments_staff.disqualify,
            Moderator,
        ),
    ),
    jobs=tournaments_jobs.JOBS,
    purposes={running.PURPOSE: running.match_over},
    games={matches.MATCHES.name: matches.MATCHES},
    contests={running.CONTEST: running.TOURNAMENTS},
    bots=tournaments_bots.BOTS,
)
