"""The rows of hunts: how one is read, made and changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bson import ObjectId

from desperados.characters.effects import Effect, Stat
from desperados.combat.legends import rules
from desperados.combat.legends.documents import DiscoveryStage, LegendaryHunt
from desperados.combat.legends.events import LegendProgress
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.reads import Read
from desperados.engine.transactions import stage

MOST = 100
_STATS = frozenset(stat.value for stat in Stat)


def hunts_of(
    actor: ObjectId, legends: Collection[str] | None = None
) -> Read[dict[str, LegendaryHunt]]:
    """What a character knows of ``legends`` (of all without), by their codes, as a read that may
    leave with others. Where another program has two rows of one legend, the first counts."""
    where: dict[str, Any] = {"characterId": actor}
    if legends is not None:
        where["creatureId"] = {"$in": list(legends)}
    return Read(LegendaryHunt, where, _by_legend, limit=MOST, sort={"_id": -1})


def _by_legend(rows: list[dict[str, Any]]) -> dict[str, LegendaryHunt]:
    return {row["creatureId"]: LegendaryHunt.hydrate(row) for row in rows}


def progress_of(hunt: LegendaryHunt | None) -> int:
    """How far a hunt has come."""
    if hunt is None:
        return 0
    return rules.OF_STAGE[hunt.discovery_stage] if hunt.progress is None else hunt.progress


def learn(
    actor: ObjectId,
    legend: str,
    hunt: LegendaryHunt | None,
    *,
    rumor: str | None = None,
    clue: str | None = None,
) -> LegendaryHunt:
    """Stage what a character has learned of a legend, a rumor or a clue; returns its hunt.

    Who learns has paid with energy in the same transaction: two at once meet at the character.
    """
    found = hunt or LegendaryHunt(character_id=actor, creature_id=legend)
    clues = [*found.clues_found, *([clue] if clue else [])]
    progress = rules.progress_after(progress_of(hunt), rules.RUMOR if rumor else rules.CLUE)
    stage_now = rules.furthest(found.discovery_stage, rules.stage_of(progress, len(clues)))
    changed = {
        "cluesFound": clues,
        "rumors": [*found.rumors, *([rumor] if rumor else [])],
        "progress": progress,
        "discoveryStage": stage_now.value,
    }
    after = LegendaryHunt.hydrate({**found.to_mongo(), **changed})
    if hunt is None:
        stage(StagedInsert(LegendaryHunt.collection_name(), after.to_mongo()))
    else:
        change(hunt, changed)
    push(LegendProgress(legend=legend, progress=progress, stage=stage_now), to=actor)
    return after


def change(hunt: LegendaryHunt, changed: Mapping[str, Any]) -> None:
    """Stage a change of a hunt.

    Outcomes: changed; not found or a write conflict, when something else of it changes at this
    moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            LegendaryHunt.collection_name(),
            {"_id": hunt.id, "progress": hunt.progress, "hunted": hunt.hunted},
            {"$set": dict(changed)},
            otherwise=Contention(retry_after=1),
        )
    )


def bonus_from(hunts: Collection[LegendaryHunt]) -> Effect:
    """What these hunts add for good, the earliest victory first."""
    won = [hunt for hunt in hunts if hunt.hunted and hunt.defeated_at is not None]
    won.sort(key=lambda hunt: (hunt.defeated_at, hunt.id))
    return rules.bonus_of([_known(hunt.rewards.permanent_bonus) for hunt in won])


def _known(stored: object) -> dict[str, int]:
    """The part of a stored bonus that is ours: of another program's there may be more."""
    if not isinstance(stored, dict):
        return {}
    return {
        name: int(points)
        for name, points in stored.items()
        if name in _STATS and isinstance(points, int | float) and points > 0
    }


def is_located(hunt: LegendaryHunt | None) -> bool:
    """Whether a hunter knows where the legend lives."""
    return hunt is not None and hunt.discovery_stage is DiscoveryStage.LOCATED
