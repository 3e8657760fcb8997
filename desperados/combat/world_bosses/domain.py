"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.world_bosses import documents, queries, service
from desperados.combat.world_bosses.audit import check_world_bosses
from desperados.combat.world_bosses.bots import BOTS
from desperados.combat.world_bosses.content import CONTENT
from desperados.combat.world_bosses.jobs import JOBS
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Owner, Public, Route

BOSS = "/world-bosses/{worldBossId}"

WING = Domain(
    name="world_bosses",
    documents=(documents,),
    routes=(
        Route("GET", "/world-bosses", queries.list_world_bosses, Public),
        Route("GET", BOSS, queries.read_world_boss, Public),
        Route("GET", f"{MINE}/world-bosses", queries.my_world_bosses, Owner),
        Route("GET", f"{MINE}{BOSS}", queries.read_my_part, Owner),
        Route("POST", f"{MINE}{BOSS}/entries", service.join_world_boss, Owner),
        Route("POST", f"{MINE}{BOSS}/attacks", service.attack_world_boss, Owner),
    ),
    jobs=JOBS,
    content=CONTENT,
    audits=(Audit("world bosses", check_world_bosses),),
    bots=BOTS,
)
