"""The audit of hunts: what is known follows from what was learned, and a trophy from a victory."""

from __future__ import annotations

from desperados.combat.legends import rules
from desperados.combat.legends.documents import DiscoveryStage, LegendaryHunt
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches

_STAGES = list(DiscoveryStage)


async def check_hunts(check: Check, tell: Progress) -> None:
    """Look at the hunts of this program; those of others have no progress."""
    async for batch in batches(LegendaryHunt.collection_name(), {"progress": {"$ne": None}}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        for hunt in batch:
            _check(check, hunt)


def _check(check: Check, hunt: Row) -> None:
    where = f"{LegendaryHunt.collection_name()}/{hunt['_id']}"
    clues, rumors = hunt["cluesFound"], hunt.get("rumors") or []
    for name, learned in (("clues", clues), ("rumors", rumors)):
        if len(set(learned)) < len(learned):
            check.report(where, f"has {name} twice")
    known = rules.stage_of(hunt["progress"], len(clues))
    stage = DiscoveryStage(hunt["discoveryStage"])
    if _STAGES.index(stage) < _STAGES.index(known):
        check.report(where, f"is {stage.value}, and knows enough to be {known.value}")
    won = hunt.get("victories") or 0
    if won and not (hunt["hunted"] and hunt["rewards"]["trophy"]):
        check.report(where, f"was won {won} times and gave no trophy")
    if won > (hunt.get("attempts") or 0):
        check.report(where, f"was won {won} times in {hunt.get('attempts')} fights")
