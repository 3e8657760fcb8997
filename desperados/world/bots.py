"""What bots do in the world: they look, travel, work, rest, search, and find out secrets."""

from __future__ import annotations

from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, anytime, one_of
from desperados.world import service
from desperados.world.labour import queries as labour_queries
from desperados.world.labour import service as labour
from desperados.world.lodging import service as lodging
from desperados.world.secrets import searching
from desperados.world.secrets import service as secrets
from desperados.world.service import ContentKind
from desperados.world.travel import queries as travel_queries
from desperados.world.travel import service as travel


async def _list(_me: Player) -> Arguments | None:
    return {"kind": dice.choice(list(ContentKind))}


async def _look(_me: Player) -> Arguments | None:
    kind = dice.choice(list(ContentKind))
    entry = one_of((await service.list_content(kind)).items)
    return {"kind": kind, "entry": entry.key} if entry is not None else None


async def _travel(me: Player) -> Arguments | None:
    ways = (await travel_queries.read_exits(me.character)).exits
    way = one_of([way for way in ways if not way.unmet])
    return {"target": way.place} if way is not None else None


async def _work(me: Player) -> Arguments | None:
    job = one_of([job for job in await labour_queries.read_jobs(me.character) if not job.unmet])
    return {"job": job.job} if job is not None else None


async def _rest(me: Player) -> Arguments | None:
    rest = one_of([rest for rest in await lodging.read_rests(me.character) if not rest.unmet])
    return {"kind": rest.kind} if rest is not None else None


async def _unlock(me: Player) -> Arguments | None:
    secret = one_of(await secrets.secrets_here(me.character))
    return {"secret": secret.secret} if secret is not None else None


BOTS = (
    Bot(service.list_content, _list),
    Bot(service.get_content, _look),
    Bot(travel.travel, _travel, weight=6),
    Bot(labour.work, _work, weight=6),
    Bot(lodging.rest, _rest, weight=2),
    Bot(secrets.unlock_secret, _unlock),
    Bot(searching.search_area, anytime),
)
