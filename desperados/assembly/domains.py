"""The domains of the game: one line each, from those that others stand on to those that stand on
others. API, worker, seeding and audit walk their manifests in this order."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from desperados.engine.manifest.domain import Domain

DOMAINS = (
    "ledger",
    "accounts",
    "characters",
    "renown",
    "law",
    "play",
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


@cache
def domains() -> tuple[Domain, ...]:
    """The manifests. They bring the services with them; documents alone load faster without."""
    return tuple(import_module(f"desperados.{name}.domain").DOMAIN for name in DOMAINS)
