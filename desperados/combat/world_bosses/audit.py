"""The audit of world bosses: what was dealt is what is gone, and nobody is paid before the end."""

from __future__ import annotations

from desperados.combat.world_bosses.documents import BossStatus, WorldBoss, WorldBossSession
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, rows_by

_CLOSED = {BossStatus.DEFEATED.value, BossStatus.ESCAPED.value}


async def check_world_bosses(check: Check, tell: Progress) -> None:
    """Compare the health of each coming with what its fighters dealt."""
    async for batch in batches(WorldBoss.collection_name(), {}):
        parts = await rows_by(
            [WorldBossSession.collection_name()], "appearanceId", [row["_id"] for row in batch]
        )
        for coming in batch:
            check.examined += 1
            _check(check, coming, parts[coming["_id"]])
        tell(check.name, check.examined)


def _check(check: Check, coming: Row, parts: list[Row]) -> None:
    where = f"{WorldBoss.collection_name()}/{coming['_id']}"
    dealt = sum(int(part["damageDealt"]) for part in parts)
    gone = coming["maxHealth"] - coming["health"]
    if not dealt == coming["totalDamage"] == gone:
        check.report(
            where, f"lost {gone}, counts {coming['totalDamage']}, and its fighters dealt {dealt}"
        )
    if coming["health"] < 0:
        check.report(where, f"has a health of {coming['health']}")
    if coming["participants"] != len(parts):
        check.report(where, f"counts {coming['participants']} fighters, and has {len(parts)}")
    if (coming["status"] in _CLOSED) != (coming.get("closedAt") is not None):
        check.report(where, f"is {coming['status']}, and closed at {coming.get('closedAt')}")
    if (coming["health"] == 0) != (coming["status"] == BossStatus.DEFEATED.value):
        check.report(where, f"is {coming['status']} with a health of {coming['health']}")
    paid = sum(part.get("paidAt") is not None for part in parts)
    if paid and coming.get("closedAt") is None:
        check.report(where, "has paid before its end")
    if coming.get("settledAt") is not None and paid != len(parts):
        check.report(where, f"is settled, and has paid {paid} of {len(parts)}")
