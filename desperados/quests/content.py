"""The content of quests: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Literal

from desperados.engine.manifest.content import Content, Kind, Prefixed, To
from desperados.quests import documents
from desperados.vocabulary import (
    Faction,
    Positive,
)


class Quest(Content):
    """More of a quest."""

    quest_type: Literal["main", "story", "side", "daily"]
    giver_npc_id: str | None = None
    faction: Faction | None = None
    repeatable: bool = False
    cooldown_hours: Positive | None = None
    time_limit_minutes: Positive | None = None


CONTENT = (
    Kind(
        "quests",
        ("_id",),
        documents.Quest,
        Quest,
        (
            To("giverNpcId", "npcs"),
            To("prerequisites[]", "quests"),
            To("rewards.items[]", "items"),
            Prefixed(
                "objectives[].target",
                {
                    "location": "locations",
                    "npc": "npcs",
                    "item": "items",
                    "action": "actions",
                    "recipe": "recipes",
                    "skill": "skills",
                },
                frozenset({"any"}),
            ),
        ),
    ),
)
