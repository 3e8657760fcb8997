"""The audit of deck games: what is staked lies where it should, and each has one result."""

from __future__ import annotations

from desperados.deck.documents import ActionDeckSession, ActionResult
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id
from desperados.ledger.money.documents import Hold
from desperados.ledger.money.holds import held_in


async def check_games(check: Check, tell: Progress) -> None:
    """Compare games with what is held for them, and with their results."""
    async for batch in batches(ActionDeckSession.collection_name(), {}):
        games = [row for row in batch if row.get("seedHash") is not None]
        check.examined += len(games)
        tell(check.name, check.examined)
        await _check(check, games)


async def _check(check: Check, games: list[Row]) -> None:
    wanted = [game["holdId"] for game in games if game.get("holdId") is not None]
    holds = await by_id(Hold.collection_name(), wanted)
    results = await by_id(ActionResult.collection_name(), [game["_id"] for game in games])
    for game in games:
        where, over = f"actiondecksessions/{game['_id']}", game.get("settledAt") is not None
        if (game["_id"] in results) != over:
            check.report(where, "is over without a result" if over else "has a result, and goes on")
        if game.get("holdId") is None:
            continue
        held = sum(held_in(holds.get(game["holdId"])).values())
        staked = 0 if over else game["stake"]["held"]
        if held != staked:
            check.report(where, f"holds {held} and not {staked}")
