"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import documents as bosses_documents
from desperados.combat.duels import documents as duels_documents
from desperados.combat.fights import documents as fights_documents
from desperados.combat.legends import documents as legends_documents
from desperados.combat.shooting import bots as shooting_bots
from desperados.combat.shooting import content as shooting_content
from desperados.combat.shooting import documents as shooting_documents
from desperados.combat.shooting import jobs as shooting_jobs
from desperados.combat.shooting import queries as shooting_queries
from desperados.combat.shooting import running as shooting_running
from desperados.combat.shooting import service as shooting
from desperados.combat.shooting import staff as shooting_staff
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

SHOOTING = "/shooting-contests/{contestId}"
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
        Route("GET", "/shooting-contests", shooting_queries.list_contests, Public),
        Route("GET", SHOOTING, shooting_queries.get_contest, Public),
        Route("GET", f"{SHOOTING}/shooters", shooting_queries.list_shooters, Public),
        Route("GET", "/shooting-records/{template}", shooting_queries.list_records, Public),
        Route("GET", f"{MINE}/shooting-contests", shooting_queries.my_contests, Owner),
        Route("POST", f"{MINE}{SHOOTING}/entry", shooting.register_shooter, Owner),
        Route("DELETE", f"{MINE}{SHOOTING}/entry", shooting.withdraw_shooter, Owner),
        Route("POST", f"{MINE}{SHOOTING}/shots", shooting.fire, Owner),
        Route("GET", f"{MINE}/shooting-records", shooting_queries.my_records, Owner),
        Route("GET", f"{MINE}/shooting-records/bests", shooting_queries.my_bests, Owner),
        Route(
            "POST",
            "/admin/shooting-contests",
            shooting_staff.create_contest,
            Moderator,
            creates="/shooting-contests/{id}",
        ),
        Route("POST", f"/admin{SHOOTING}/cancellation", shooting_staff.cancel_contest, Moderator),
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
    jobs=(*shooting_jobs.JOBS, *tournaments_jobs.JOBS),
    content=shooting_content.CONTENT,
    purposes={running.PURPOSE: running.match_over},
    games={matches.MATCHES.name: matches.MATCHES},
    contests={
        running.CONTEST: running.TOURNAMENTS,
        shooting_running.CONTEST: shooting_running.SHOOTING,
    },
    bots=(*shooting_bots.BOTS, *tournaments_bots.BOTS),
)
