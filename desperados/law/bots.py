"""What bots do about the law: pay their way out of jail, or somebody's; give themselves up."""

from __future__ import annotations

from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of
from desperados.law import queries, service


async def _bail(me: Player) -> Arguments | None:
    if (await queries.status(me.character)).sentence is not None:
        return {"prisoner_id": me.character} if now_and_then(25) else None
    friend = one_of(me.others())
    if friend is None or (await queries.status(friend.character)).sentence is None:
        return None
    quote = await queries.bail_quote(friend.character)
    return {"prisoner_id": friend.character, "max_total": quote.sentence.bail}


async def _surrender(me: Player) -> Arguments | None:
    return {} if (await queries.status(me.character)).wanted else None


BOTS = (Bot(service.pay_bail, _bail), Bot(service.surrender, _surrender))
