"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.shooting import documents, queries, running, service, staff
from desperados.combat.shooting.bots import BOTS
from desperados.combat.shooting.content import CONTENT
from desperados.combat.shooting.jobs import JOBS
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Moderator, Owner, Public, Route

CONTEST = "/shooting-contests/{contestId}"

WING = Domain(
    name="shooting",
    documents=(documents,),
    routes=(
        Route("GET", "/shooting-contests", queries.list_contests, Public),
        Route("GET", CONTEST, queries.get_contest, Public),
        Route("GET", f"{CONTEST}/shooters", queries.list_shooters, Public),
        Route("GET", "/shooting-records/{template}", queries.list_records, Public),
        Route("GET", f"{MINE}/shooting-contests", queries.my_contests, Owner),
        Route("POST", f"{MINE}{CONTEST}/entry", service.register_shooter, Owner),
        Route("DELETE", f"{MINE}{CONTEST}/entry", service.withdraw_shooter, Owner),
        Route("POST", f"{MINE}{CONTEST}/shots", service.fire, Owner),
        Route("GET", f"{MINE}/shooting-records", queries.my_records, Owner),
        Route("GET", f"{MINE}/shooting-records/bests", queries.my_bests, Owner),
        Route(
            "POST",
            "/admin/shooting-contests",
            staff.create_contest,
            Moderator,
            creates="/shooting-contests/{id}",
        ),
        Route("POST", f"/admin{CONTEST}/cancellation", staff.cancel_contest, Moderator),
    ),
    jobs=JOBS,
    content=CONTENT,
    contests={running.CONTEST: running.SHOOTING},
    bots=BOTS,
)
