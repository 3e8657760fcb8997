"""The seeds that come with the package."""

from collections import Counter
from typing import Any

import pytest

from desperados.characters.rules import START_LOCATION
from desperados.seeding import check, default_directory
from desperados.seeding.derived import derive
from desperados.seeding.kinds import KINDS
from desperados.seeding.reading import World, read_world
from desperados.vocabulary import LOCATION_TYPES


@pytest.fixture(scope="module")
def shipped() -> World:
    world, problems = read_world(default_directory())
    assert not problems
    derive(world)
    return world


def data(world: World, kind: str) -> list[dict[str, Any]]:
    return [entry.data for entry in world[kind].values()]


def test_the_shipped_seeds_are_in_order() -> None:
    assert check() == []


def test_every_kind_has_a_file() -> None:
    assert {path.name for path in default_directory().iterdir()} == {kind.file for kind in KINDS}


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("regions", 9),
        ("zones", 7),
        ("locations", 60),
        ("items", 150),
        ("recipes", 40),
        ("quests", 30),
        ("achievements", 56),
        ("actions", 46),
        ("npcs", 40),
        ("shops", 20),
        ("merchant_stock", 100),
        ("legends", 12),
        ("world_bosses", 4),
    ],
)
def test_there_is_enough_to_play_with(shipped: World, kind: str, least: int) -> None:
    assert len(shipped[kind]) >= least


def test_every_type_of_place_exists_and_every_faction_has_its_start(shipped: World) -> None:
    places = data(shipped, "locations")
    assert {place["type"] for place in places} == LOCATION_TYPES
    assert set(START_LOCATION.values()) <= shipped["locations"].keys()


def test_the_deck_has_the_four_suits(shipped: World) -> None:
    plain = [card for card in data(shipped, "cards") if not card["isSpecial"]]
    assert Counter(card["suit"] for card in plain) == dict.fromkeys(
        ("spades", "hearts", "diamonds", "clubs"), 13
    )


def test_every_shop_stands_on_land_of_its_region(shipped: World) -> None:
    zones = {key: entry.data for key, entry in shipped["territory_zones"].items()}
    for place in data(shipped, "locations"):
        if zone := place.get("territoryZoneId"):
            assert zones[zone]["regionId"] == place["regionId"], place["locationId"]
    places = shipped["locations"]
    for shop in data(shipped, "shops"):
        assert places[shop["locationId"]].data["territoryZoneId"], shop["shopId"]


def test_the_land_adds_up(shipped: World) -> None:
    gang_zones = [zone for zone in data(shipped, "territory_zones") if zone["gangLayer"]]
    assert len(gang_zones) == 35
    assert len(shipped["territory_zones"]) == 43
    assert sum(zone["dailyIncome"] for zone in gang_zones) == 5900
    assert Counter(zone["type"] for zone in gang_zones) == {
        "town_district": 12,
        "wilderness": 12,
        "strategic_point": 11,
    }
    holders = Counter(land.get("npcGangId") for land in data(shipped, "territories"))
    assert holders == {
        "railroad_barons": 5,
        "el_rey": 4,
        "comanche_raiders": 4,
        "bankers_syndicate": 3,
        None: 27,
    }


def test_metal_opens_at_its_base_price(shipped: World) -> None:
    cents = {rate["currency"]: rate["centsPerUnit"] for rate in data(shipped, "exchange_rates")}
    assert cents == {"gold": 10_000, "silver": 1_000}


def test_nothing_pays_large_sums_without_risk(shipped: World) -> None:
    """Ten railroad shares of 50,000 brought 111 dollars an hour for nothing."""
    for product in data(shipped, "investment_products"):
        lost, least, most = (product[name] for name in ("defaultChance", "minReturn", "maxReturn"))
        mean = (100 - lost) * (200 + least + most) / 200
        assert mean <= 100 or product["maxAmount"] * 10 <= 100_000, product["productType"]


def test_each_merchant_keeps_one_of_what_only_friends_see(shipped: World) -> None:
    dearest = [row for row in data(shipped, "merchant_stock") if row.get("trust") == 5]
    assert {row["initialQuantity"] for row in dearest} == {1}
    assert {row["merchantId"] for row in dearest} >= shipped["merchants"].keys() - {"honest-abe"}


def test_quests_give_what_the_bag_can_hold_and_lead_on(shipped: World) -> None:
    chains = Counter(quest.get("chainId") for quest in data(shipped, "quests"))
    del chains[None]
    assert len(chains) >= 5
    for chain, length in chains.items():
        orders = sorted(
            quest["chainOrder"]
            for quest in data(shipped, "quests")
            if quest.get("chainId") == chain
        )
        assert orders == list(range(1, length + 1))
