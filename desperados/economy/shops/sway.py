"""What other parts of the game say about a price: who likes the customer, and whose land it is.

This is the one seam to domains that shops must not wait for. It reads documents and knows nothing
of who writes them; what is missing, or of another form than expected, changes no price:

- ``Character.standings``: the points (-100 to 100) with each faction; where they are not kept
  there, the newest row of ``ReputationHistory``. They count with the faction of the keeper's NPC.
- ``NPC.mood``: its name, or ``{value, intensity: 1-10, until}``.
- ``Territory`` and ``TerritoryZone`` of the place (``Location.territoryZoneId``, else its zone):
  the bonuses ``buy:N`` and ``sell:N`` for the gang that the customer rides with.

Season and market events are the same for everybody and come with the place (``places``). A visit
costs six reads at most, however many goods are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop
from desperados.engine import clock
from desperados.engine.driver import collection_of
from desperados.ledger.money.accounts import BOOKS, AccountKind
from desperados.world.places import LOCATIONS, Place

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sway:
    """The factors on all prices of one visit, and the level of the customer."""

    factors: Mapping[str, object]
    level: int


async def read_sway(actor: ObjectId, shop: Shop, place: Place) -> Sway:
    """What sways the prices of a shop for one customer."""
    customer = await _one(
        BOOKS[AccountKind.WALLET].collection,
        {"_id": actor},
        {"level": 1, "standings": 1, "gangId": 1},
    )
    keeper: Row = {}
    if shop.keeper_npc_id is not None:
        keeper = await _one("npcs", {"_id": shop.keeper_npc_id}, {"faction": 1, "mood": 1})
    factors: dict[str, object] = {
        "standing": pricing.standing_factor(await _standing(actor, customer, keeper)),
        "mood": pricing.mood_factor(keeper.get("mood"), clock.now()),
    }
    if customer.get("gangId") is not None:
        factors |= await _of_the_land(customer["gangId"], place)
    return Sway(factors, int(customer.get("level") or 1))


async def _standing(actor: ObjectId, customer: Row, keeper: Row) -> object:
    """The points of the customer with the shopkeeper's faction."""
    faction = keeper.get("faction")
    if not isinstance(faction, str):
        return None
    standings = customer.get("standings")
    if isinstance(standings, dict) and faction in standings:
        return standings[faction]
    newest = await collection_of("reputationhistories").find_one(
        {"characterId": actor, "factionId": faction},
        {"reputation": 1},
        sort=[("recordedAt", -1), ("_id", -1)],
    )
    return (newest or {}).get("reputation")


async def _of_the_land(gang_id: ObjectId, place: Place) -> dict[str, object]:
    """What the customer's gang gets cheaper and sells dearer, where it has a hold on the land."""
    located = await _one(LOCATIONS, {"_id": place.id}, {"territoryZoneId": 1, "zoneId": 1})
    zone_id = located.get("territoryZoneId") or located.get("zoneId")
    if not isinstance(zone_id, str):
        return {}
    influence = f"influence.{gang_id}"
    land = await _one(
        "territories", {"zoneId": zone_id}, {"bonuses": 1, "contestedBy": 1, influence: 1}
    )
    if not land:
        return {}
    zone = await _one("territoryzones", {"zoneId": zone_id}, {"specialization": 1})
    hold = (land.get("influence") or {}).get(str(gang_id))
    share = pricing.land_share(
        hold, zone.get("specialization"), contested=bool(land.get("contestedBy"))
    )
    return {
        name: pricing.land_factor(name, land.get("bonuses"), share)
        for name in (pricing.BUYING, pricing.SELLING)
    }


async def _one(collection: str, where: Row, fields: dict[str, int]) -> Row:
    found: Row | None = await collection_of(collection).find_one(where, fields)
    return found or {}
