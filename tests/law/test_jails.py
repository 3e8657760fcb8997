"""Where prisoners are taken."""

from desperados.law.jails import OFFICE, jail_near
from desperados.law.rules import HOME_JAIL, JAILS
from desperados.testing import World


async def test_every_region_has_a_jail_that_is_a_sheriffs_office(world: World) -> None:
    regions = await world.game.database["regions"].distinct("regionId")
    assert set(JAILS) == set(regions)
    codes = {*JAILS.values(), HOME_JAIL}
    found = await world.game.database["locations"].distinct(
        "locationId", {"locationId": {"$in": sorted(codes)}, "type": OFFICE}
    )
    assert set(found) == codes


async def test_who_is_caught_at_a_sheriffs_office_stays_there(world: World) -> None:
    office = await world.game.database["locations"].find_one({"locationId": "ashford-stockade"})
    jail = await jail_near(office["_id"])
    assert jail is not None
    assert jail.code == "ashford-stockade"


async def test_a_world_without_places_has_no_jail(bare_world: World) -> None:
    assert await jail_near(None) is None
