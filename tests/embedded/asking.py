"""What tests of the engine ask it, and how."""

from __future__ import annotations

from typing import Any


async def plan_of(cursor: Any) -> str:
    stage = (await cursor.explain())["queryPlanner"]["winningPlan"]
    names = []
    while stage is not None:
        names.append(stage["stage"] + (f" {stage['indexName']}" if "indexName" in stage else ""))
        stage = stage.get("inputStage")
    return " < ".join(names)


async def run(collection: Any, *stages: dict[str, Any]) -> list[dict[str, Any]]:
    return await (await collection.aggregate(list(stages))).to_list()
