"""The domains of the game, from those that others stand on to those that stand on others."""

from __future__ import annotations

DOMAINS = (
    "accounts",
    "characters",
    "inventory",
    "economy",
    "quests",
    "crafting",
    "deck",
    "combat",
    "property",
    "gangs",
    "territory",
    "social",
    "world",
    "crime",
    "activities",
    "horses",
    "gambling",
    "mystic",
    "npcs",
)
