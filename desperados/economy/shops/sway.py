"""What other parts of the game say about a price: who likes the customer, and whose land it is.

It asks the readers of other domains, who know nothing of prices; what is missing, or of another
form than expected, changes no price:

- the standing of the customer with the faction of the keeper;
- the mood of the keeper;
- what the gang that the customer rides with has of the land (``Location.territoryZoneId``, else its
  zone), which has bonuses ``buy:N`` and ``sell:N``.

Season and market events are the same for everybody and come with the place (``places``). However
many goods are looked at, what depends on the customer is one round trip.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desperados.characters.actor import Actor, itself
from desperados.economy.shops import pricing
from desperados.engine import clock
from desperados.engine.storage.reads import Read, together
from desperados.npcs.presence import Bearing
from desperados.renown.standing import newest_standing
from desperados.territory.land import LandOf
from desperados.world.places import Place

Factors = Mapping[str, object]


async def read_sway(person: Actor, keeper: Bearing, place: Place, *more: Read[Any]) -> Factors:
    """The factors on all prices for one customer; ``more`` reads leave in the same company."""
    reads = [*more]
    standing: object = None
    history: Read[object] | None = None
    if isinstance(keeper.faction, str):
        standing = person.standings.get(keeper.faction)
        if keeper.faction not in person.standings:
            history = newest_standing(person.id, keeper.faction)
            reads.append(history)
    land: LandOf | None = None
    if person.gang_id is not None and place.zone is not None:
        land = LandOf(place.zone, person.gang_id)
        reads += land.reads
    if reads:
        await together(itself(person), *reads)
    factors: dict[str, object] = {
        "standing": pricing.standing_factor(standing if history is None else history.result),
        "mood": pricing.mood_factor(keeper.mood, clock.now()),
    }
    return factors | (_of_the_land(land) if land is not None else {})


def _of_the_land(held: LandOf) -> dict[str, object]:
    """What the customer's gang gets cheaper and sells dearer, where it has a hold on the land."""
    land = held.land()
    if land is None:
        return {}
    share = pricing.land_share(land.hold, land.specialization, contested=land.contested)
    return {
        name: pricing.land_factor(name, land.bonuses, share)
        for name in (pricing.BUYING, pricing.SELLING)
    }
