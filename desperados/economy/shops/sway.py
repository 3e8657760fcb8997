"""What other parts of the game say about a price: who likes the customer, and whose land it is.

It asks the readers of other domains, who know nothing of prices; what is missing, or of another
form than expected, changes no price:

- the standing of the customer with the faction of the keeper;
- the mood of the keeper;
- what the gang that the customer rides with has of the land (``Location.territoryZoneId``, else its
  zone), which has bonuses ``buy:N`` and ``sell:N``.

Season and market events are the same for everybody and come with the place (``places``). A visit
costs six reads at most, however many goods are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop
from desperados.engine import clock
from desperados.engine.game import collection_of
from desperados.npcs.presence import read_bearing
from desperados.renown.standing import read_standing
from desperados.territory.land import read_land
from desperados.world.places import LOCATIONS, Place


@dataclass(frozen=True, slots=True)
class Sway:
    """The factors on all prices of one visit, and the level of the customer."""

    factors: Mapping[str, object]
    level: int


async def read_sway(actor: ObjectId, shop: Shop, place: Place) -> Sway:
    """What sways the prices of a shop for one customer."""
    fields = {"level": 1, "standings": 1, "gangId": 1}
    customer = await Character.collection().find_one({"_id": actor}, fields) or {}
    keeper = await read_bearing(shop.keeper_npc_id)
    standing = None
    if isinstance(keeper.faction, str):
        standing = await read_standing(actor, keeper.faction, customer.get("standings"))
    factors: dict[str, object] = {
        "standing": pricing.standing_factor(standing),
        "mood": pricing.mood_factor(keeper.mood, clock.now()),
    }
    if customer.get("gangId") is not None:
        factors |= await _of_the_land(customer["gangId"], place)
    return Sway(factors, int(customer.get("level") or 1))


async def _of_the_land(gang_id: ObjectId, place: Place) -> dict[str, object]:
    """What the customer's gang gets cheaper and sells dearer, where it has a hold on the land."""
    located = await collection_of(LOCATIONS).find_one(
        {"_id": place.id}, {"territoryZoneId": 1, "zoneId": 1}
    )
    zone_id = located and (located.get("territoryZoneId") or located.get("zoneId"))
    land = await read_land(zone_id, gang_id) if isinstance(zone_id, str) else None
    if land is None:
        return {}
    share = pricing.land_share(land.hold, land.specialization, contested=land.contested)
    return {
        name: pricing.land_factor(name, land.bonuses, share)
        for name in (pricing.BUYING, pricing.SELLING)
    }
