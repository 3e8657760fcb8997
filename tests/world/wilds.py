"""What the town of the tests has around it: a ridge to ride to, work, and a secret."""

from __future__ import annotations

from desperados.deck.documents import Action
from desperados.engine.game import Game
from desperados.engine.storage.content import content_changed
from desperados.world.documents import Location, Secret


async def settle_wilds(game: Game, town: str) -> None:
    """Let a place have a road to the ridge, a job, a brawl, and a secret for anybody."""
    locations = game.database["locations"]
    place = await Location.load_one({"locationId": town})
    assert place is not None
    hours = {"open": 0, "close": 0}
    await locations.insert_one(
        {"locationId": "ridge", "name": "The Ridge", "type": "wilderness",
         "regionId": place.region_id, "zoneId": place.zone_id, "operatingHours": hours}
    )  # fmt: skip
    await locations.update_one(
        {"_id": place.id},
        {
            "$set": {
                "connections": [{"targetId": "ridge", "energyCost": 5}],
                "jobs": ["sweep"],
                "secrets": ["vault"],
            }
        },
    )
    await Action(
        id="sweep",
        name="Sweep",
        type="job",
        energy_cost=5,
        effects={"dollars": {"min": 5, "max": 10}, "xp": 5, "cooldownMinutes": 15},
    ).insert()
    await Action(id="brawl", name="Brawl", type="combat", energy_cost=5).insert()
    await Secret(
        secret_id="vault", location_id=place.id, name="The Vault", rewards={"dollars": 10}
    ).insert()
    await content_changed()
