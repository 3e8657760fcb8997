"""What follows from entries and is therefore not written twice.

- a place's ``buildings``, ``npcs``, ``shops`` and ``secrets`` are the entries that name it, and
  its ``jobs`` those for all places of its type;
- in the same way a continent has its ``regions``, a region its ``zones`` and ``encounters``, and a
  zone its ``places``;
- roads, links and neighbours hold both ways;
- the first shelf of a merchant is full.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desperados.engine.clock import now
from desperados.seeding.reading import Entry, World

# A kind and its list, the kind whose entries fill it, and the field by which they name its owner.
_FILLED = (
    ("continents", "regions", "regions", "continentId"),
    ("regions", "zones", "zones", "regionId"),
    ("regions", "encounters", "encounters", "locationTypes"),
    ("zones", "places", "locations", "zoneId"),
    ("locations", "buildings", "locations", "parentId"),
    ("locations", "npcs", "npcs", "locationId"),
    ("locations", "shops", "shops", "locationId"),
    ("locations", "secrets", "secrets", "locationId"),
)

# Kind, list, and the field of the list's objects that names the other end (None: the item itself).
_BOTH_WAYS = (
    ("regions", "links", "regionId"),
    ("zones", "adjacent", None),
    ("locations", "connections", "targetId"),
    ("territory_zones", "adjacent", None),
)


def derive(world: World) -> None:
    """Fill in what follows. Entries of the wrong shape are left for the checks to name."""
    for owners, field, kind, by in _FILLED:
        _fill(world[owners], field, world[kind], by)
    _offer_jobs(world)
    for kind, field, end in _BOTH_WAYS:
        _mirror(world[kind], field, end)


def first_values(entry: Entry) -> dict[str, Any]:
    """What a new document starts with besides its content."""
    if entry.kind.name != "merchant_stock":
        return {}
    hours = entry.data.get("periodHours", 168)
    return {
        "quantity": entry.data.get("initialQuantity"),
        "restocksAt": now() + timedelta(hours=hours if isinstance(hours, int) else 0),
    }


def _fill(
    owners: dict[str, Entry], field: str, entries: dict[str, Entry], by: str, of: str | None = None
) -> None:
    """Add to the list ``field`` of each owner the entries whose ``by`` names it: its key, or what
    it has in the field ``of``."""
    members: dict[str, list[str]] = {}
    for key, entry in entries.items():
        named = entry.data.get(by)
        for name in named if isinstance(named, list) else [named]:
            if isinstance(name, str):
                members.setdefault(name, []).append(key)
    for key, owner in owners.items():
        given = owner.data.get(field, [])
        name = key if of is None else owner.data.get(of)
        if isinstance(given, list) and isinstance(name, str):
            owner.data[field] = list(dict.fromkeys([*given, *members.get(name, [])]))


def _offer_jobs(world: World) -> None:
    """A job is offered at every place of one of its types."""
    jobs = {key: deed for key, deed in world["actions"].items() if deed.data.get("type") == "job"}
    _fill(world["locations"], "jobs", jobs, "locationTypes", of="type")


def _mirror(entries: dict[str, Entry], field: str, end: str | None) -> None:
    given = {key: entry.data.get(field, []) for key, entry in entries.items()}
    for key, links in given.items():
        if not isinstance(links, list):
            continue
        for link in links:
            (other,) = _ends([link], end)
            there = entries.get(other) if isinstance(other, str) else None
            if there is None:
                continue
            back_links = there.data.get(field, [])
            if isinstance(back_links, list) and key not in _ends(back_links, end):
                there.data[field] = [*back_links, {**link, end: key} if end else key]


def _ends(links: list[Any], end: str | None) -> list[Any]:
    """The other ends of links; None for what is no link."""
    if end is None:
        return links
    return [link.get(end) if isinstance(link, dict) else None for link in links]
