"""Why something is locked: what content requires, and what of it a character does not meet.

Everything that has requirements can be asked for: deeds, things, places, regions, zones, secrets.
A place asks for what its region and its zone ask for, too, and for its hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.deck.documents import Action
from desperados.engine.errors import NotFound
from desperados.engine.storage.content import Content
from desperados.engine.views import View
from desperados.ledger.items.documents import Item
from desperados.play.requirements import (
    Requirement,
    load_situation,
    unmet,
)
from desperados.play.requirements.stored import item_requirements, read_requirements
from desperados.play.requirements.views import UnmetView, unmet_view
from desperados.world.documents import Location, Region, Secret, WorldZone
from desperados.world.service import ContentKey

Row = Mapping[str, Any]


class GateKind(StrEnum):
    """A kind of content that may be locked."""

    ACTIONS = "actions"
    ITEMS = "items"
    LOCATIONS = "locations"
    REGIONS = "regions"
    ZONES = "zones"
    SECRETS = "secrets"


@dataclass(frozen=True, slots=True)
class Gate:
    """What an entry requires. ``hidden`` ones players are not told of; of a ``riddle`` they are,
    once they meet half of it. ``region`` and ``zone`` are those of a place."""

    requirements: tuple[Requirement, ...]
    hidden: bool = False
    riddle: bool = False
    region: str | None = None
    zone: str | None = None


class GateView(View):
    """Whether an entry of the content is open to a character, and else why not."""

    kind: GateKind
    key: str
    open: bool
    unmet: list[UnmetView]


async def read_gate(actor: ObjectId, kind: GateKind, entry: ContentKey) -> GateView:
    """Why something is locked: what it requires that the character does not meet, in its order.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
        NotFound: there is no such entry, or players are not told of it.
    """
    kind = GateKind(kind)
    gate = await find_gate(kind, entry)
    if gate is None or gate.hidden:
        raise _not_found(kind)
    requirements = await all_requirements(gate)
    missing = unmet(await load_situation(actor, requirements), requirements)
    if gate.riddle and 2 * len(missing) > len(requirements):
        raise _not_found(kind)
    return GateView(
        kind=kind, key=entry, open=not missing, unmet=[unmet_view(one) for one in missing]
    )


async def find_gate(kind: GateKind, entry: str) -> Gate | None:
    """The gate of an entry, if there is one. Content is kept in memory.

    Raises:
        CorruptValue: its requirements are stored in a shape that nobody knows.
    """
    return await _GATES[kind].get(entry)


async def all_requirements(gate: Gate) -> list[Requirement]:
    """What a gate requires, after what the region and the zone around it require."""
    around = [
        await find_gate(kind, code)
        for kind, code in ((GateKind.REGIONS, gate.region), (GateKind.ZONES, gate.zone))
        if code is not None
    ]
    needed = [need for outer in around if outer is not None for need in outer.requirements]
    return list(dict.fromkeys([*needed, *gate.requirements]))


def _not_found(kind: GateKind) -> NotFound:
    return NotFound("There is no such entry.", kind=kind.value)


# From stored content


def _of(field: str) -> Callable[[Row], Gate]:
    """The gate of an entry whose requirements are in one field."""
    return lambda row: Gate(
        tuple(read_requirements(row.get(field), suit=row.get("suit"))),
        riddle=bool(row.get("hiddenUntilHalf")),
    )


def _of_location(row: Row) -> Gate:
    return Gate(
        (*read_requirements(row.get("requirements")), *_hours(row)),
        hidden=bool(row.get("hidden") or row.get("isSecret")),
        region=row.get("regionId"),
        zone=row.get("zoneId"),
    )


def _hours(row: Row) -> list[Requirement]:
    """The hours of a place; equal ones mean always."""
    hours = row.get("operatingHours") or {}
    window = {name: int(hours.get(name) or 0) for name in ("open", "close")}
    return read_requirements({"hours": window})


_GATES: Mapping[GateKind, Content[Gate]] = {
    GateKind.ACTIONS: Content(Action, "_id", _of("requirements")),
    GateKind.ITEMS: Content(Item, "itemId", lambda row: Gate(tuple(item_requirements(row)))),
    GateKind.LOCATIONS: Content(Location, "locationId", _of_location),
    GateKind.REGIONS: Content(Region, "regionId", _of("unlock")),
    GateKind.ZONES: Content(WorldZone, "zoneId", _of("unlockRequirements")),
    GateKind.SECRETS: Content(Secret, "secretId", _of("discoveryRequirements")),
}
