"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.legends import documents, hunting, playing, queries, service, settling
from desperados.combat.legends.audit import check_hunts
from desperados.combat.legends.bots import BOTS
from desperados.combat.legends.content import CONTENT
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Owner, Public, Route

LEGEND = f"{MINE}/legends/{{legend}}"
FIGHT = f"{MINE}/legend-fights/{{fightId}}"

WING = Domain(
    name="legends",
    documents=(documents,),
    routes=(
        Route("GET", "/legends/{legend}/ranking", queries.rank_hunters, Public),
        Route("GET", f"{MINE}/legends", queries.list_legends, Owner),
        Route("GET", f"{MINE}/legends/here", queries.legends_here, Owner),
        Route("POST", f"{MINE}/legends/rumors", hunting.hear_rumor, Owner),
        Route("POST", f"{LEGEND}/clues", hunting.search_clue, Owner),
        Route("POST", f"{LEGEND}/hunts", service.start_legendary_hunt, Owner),
        Route("GET", FIGHT, queries.read_hunt, Owner),
        Route("POST", f"{FIGHT}/moves", service.legendary_move, Owner),
    ),
    jobs=playing.JOBS,
    content=CONTENT,
    audits=(Audit("hunts", check_hunts),),
    purposes={playing.LEGEND: settling.settle_hunt},
    games={playing.HUNTS.name: playing.HUNTS},
    bots=BOTS,
)
