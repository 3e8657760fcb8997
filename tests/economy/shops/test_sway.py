"""Data of other domains moves the prices of shops where it is there, within its bounds."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.economy.bank import exchange
from desperados.economy.market import turns
from desperados.economy.shops import pricing
from desperados.economy.shops import service as shops
from desperados.economy.shops.documents import Shop
from desperados.engine import clock, dice
from desperados.engine.game import Game
from desperados.engine.queues import in_turn
from desperados.engine.storage.content import content_changed
from desperados.gangs.documents import Gang
from desperados.world.clock import moment_of
from tests.economy.market.market_world import add_item, add_trader
from tests.economy.money_worlds import assert_sound, change, place_of
from tests.engine.test_content import forget_the_last_look
from tests.games import embedded

NOON = moment_of(2206, 4, 1, 12)  # in spring, which asks ordinary prices
anything = st.one_of(
    st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(), st.text(), st.lists(st.text())
)


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
async def customer(game: Game) -> ObjectId:
    """Somebody in a store that sells whiskey (100) for what it is worth, if nothing else moves it.

    Supply is scarce (1.4) and demand none (0.8): 112 dollars, and 56 for one that is sold.
    """
    await add_item("whiskey", tags=["provisions"], value=100)
    ann = await add_trader(game, whiskey=20)
    await place_of(game, ann, locationId="gulch", zoneId="square")
    await Shop(
        shop_id="store",
        name="The Store",
        location_id="gulch",
        keeper_npc_id="ida",
        item_ids=["whiskey"],
        markup=100,
        buy_back=35,
        buys=["provisions"],
    ).insert()
    return ann


async def prices(who: ObjectId) -> tuple[int, int]:
    (shelf,) = (await shops.get_shop(who, "store")).shelves
    return shelf.price, shelf.pays


PLAIN = (112, 39)


async def keeper(game: Game, **fields: Any) -> None:
    await game.database["npcs"].update_one({"_id": "ida"}, {"$set": fields}, upsert=True)


async def test_without_anything_known_nothing_moves_a_price(game: Game, customer: ObjectId) -> None:
    assert await prices(customer) == PLAIN


@pytest.mark.parametrize(
    ("points", "asked", "paid"),
    [(100, 90, 49), (75, 90, 49), (25, 101, 43), (24, 112, 39), (-26, 129, 34), (-76, 146, 30)],
)
async def test_the_standing_with_the_keepers_faction_counts(
    game: Game, customer: ObjectId, points: int, asked: int, paid: int
) -> None:
    await keeper(game, faction="frontera")
    await change(game, customer, standings={"frontera": points, "settler_alliance": -100})
    assert await prices(customer) == (asked, paid)


async def test_a_standing_that_is_only_in_the_history_counts_too(
    game: Game, customer: ObjectId
) -> None:
    await keeper(game, faction="frontera")
    await game.database["reputationhistories"].insert_many(
        [
            {
                "characterId": customer,
                "factionId": "frontera",
                "reputation": points,
                "recordedAt": NOON + timedelta(days=day),
            }
            for day, points in enumerate((-100, -100, 80))
        ]
    )
    assert await prices(customer) == (90, 49)


@pytest.mark.parametrize(
    ("mood", "asked"),
    [
        ("happy", 101),
        ("angry", 135),
        ({"value": "angry"}, 135),
        ({"value": "angry", "intensity": 10}, 157),
        ({"value": "angry", "intensity": 1e9}, 157),
        ({"value": "angry", "intensity": 5, "until": NOON}, 112),
        ({"value": "angry", "intensity": 5, "until": NOON + timedelta(hours=1)}, 135),
        ({"value": "bored"}, 112),
        (["angry"], 112),
        (7, 112),
    ],
)
async def test_the_mood_of_the_keeper_counts_while_it_lasts(
    game: Game, customer: ObjectId, mood: Any, asked: int
) -> None:
    await keeper(game, mood=mood)
    with clock.frozen(NOON):
        assert (await prices(customer))[0] == asked


async def test_the_season_counts(game: Game, customer: ObjectId) -> None:
    with clock.frozen(moment_of(2206, 12, 1, 12)):
        assert await prices(customer) == (129, 45)


async def test_an_event_of_another_program_counts_once_for_all_goods(
    game: Game, customer: ObjectId
) -> None:
    event = {"status": "active", "startsAt": NOON, "endsAt": NOON + timedelta(days=1)}
    events = game.database["worldevents"]
    await events.insert_one({**event, "effects": {"priceModifier": 1.25}})
    await events.insert_one({**event, "effects": {"priceModifier": 9}, "regionId": "elsewhere"})
    with clock.frozen(NOON):
        assert await prices(customer) == (140, 49)


async def test_events_that_concern_neither_the_place_nor_the_goods_crowd_nothing_out(
    game: Game, customer: ObjectId
) -> None:
    on = {"status": "active", "startsAt": NOON, "endsAt": NOON + timedelta(days=1)}
    elsewhere = {**on, "effects": {"priceModifier": 2}, "regionId": "elsewhere"}
    other_goods = {**on, "categories": {"weapons": 50}}
    not_yet = {**on, "categories": {"all": 50}, "startsAt": NOON + timedelta(hours=1)}
    over = {**on, "categories": {"all": 50}, "endsAt": NOON}
    events = game.database["worldevents"]
    for crowd in (elsewhere, other_goods, not_yet, over):
        await events.insert_many([dict(crowd) for _ in range(60)])
    with clock.frozen(NOON):
        assert await prices(customer) == PLAIN
        await events.insert_one({**on, "categories": {"provisions": 25}})
        assert await prices(customer) == (140, 49)
    assert embedded(game).stats.full_scans == {}


async def test_an_event_of_a_place_or_of_its_region_counts_there(
    game: Game, customer: ObjectId
) -> None:
    on = {"status": "active", "startsAt": NOON, "endsAt": NOON + timedelta(days=1)}
    await place_of(game, customer, regionId="dusty")
    found = await game.database["characters"].find_one({"_id": customer})
    events = game.database["worldevents"]
    await events.insert_one(
        {**on, "effects": {"priceModifier": 1.25}, "locationId": found["currentLocationId"]}
    )
    await events.insert_one({**on, "effects": {"priceModifier": 2}, "locationId": ObjectId()})
    with clock.frozen(NOON):
        assert await prices(customer) == (140, 49)
        await events.insert_one({**on, "categories": {"all": -25}, "regionId": "dusty"})
        assert await prices(customer) == PLAIN


async def land(game: Game, gang: ObjectId, influence: Any, **fields: Any) -> None:
    await game.database["territories"].insert_one(
        {
            "zoneId": "square",
            "bonuses": ["income:120", "buy:20", "sell:20"],
            "influence": {str(gang): influence},
            **fields,
        }
    )
    await game.database["territoryzones"].insert_one(
        {"zoneId": "square", "specialization": "trading"}
    )


@pytest.mark.parametrize(
    ("influence", "contested", "expected"),
    [
        (100, [], (84, 49)),
        (50, [], (90, 47)),
        (50, [ObjectId()], (96, 45)),
        (30, [], (101, 43)),
        (9, [], PLAIN),
        ("much", [], PLAIN),
    ],
)
async def test_who_rides_with_the_gang_that_holds_the_land_trades_better(
    game: Game, customer: ObjectId, influence: Any, contested: Any, expected: tuple[int, int]
) -> None:
    gang = ObjectId()
    await land(game, gang, influence, contestedBy=contested)
    assert await prices(customer) == PLAIN
    await change(game, customer, gangId=gang)
    assert await prices(customer) == expected


async def test_a_place_may_name_its_territory(game: Game, customer: ObjectId) -> None:
    gang = ObjectId()
    await land(game, gang, 50)
    await change(game, customer, gangId=gang)
    await place_of(game, customer, zoneId="far_away")
    assert await prices(customer) == PLAIN
    await place_of(game, customer, territoryZoneId="square")
    assert await prices(customer) == (90, 47)


async def test_a_visit_costs_the_same_reads_for_one_item_and_for_thirty(
    game: Game, customer: ObjectId
) -> None:
    gang = ObjectId()
    await land(game, gang, 50)
    await change(game, customer, gangId=gang)
    await keeper(game, faction="frontera", mood="happy")
    stats = embedded(game).stats

    async def reads() -> int:
        stats.reset()
        await shops.get_shop(customer, "store")
        return sum(stats.commands[name] for name in ("find", "aggregate", "getMore"))

    await reads()  # content is kept once it was read
    one = await reads()
    codes = [f"thing-{number}" for number in range(30)]
    for code in codes:
        await add_item(code, tags=["provisions"])
    await game.database["shops"].update_one({"shopId": "store"}, {"$set": {"itemIds": codes}})
    await content_changed()
    await reads()
    assert await reads() == one


async def test_a_purchase_and_a_sale_are_seven_round_trips_at_most(
    game: Game, customer: ObjectId
) -> None:
    """Whoever it is: with a key, for a gang that holds the land, from a keeper of a faction."""
    gang = Gang(name="Riders", tag="RID", leader_id=customer, faction="frontera")
    await gang.insert()
    await land(game, gang.id, 50)
    await change(game, customer, gangId=gang.id)
    await keeper(game, faction="frontera", mood="happy")
    stats = embedded(game).stats
    keys = itertools.count()

    async def trips(trade: Any) -> int:
        stats.reset()
        await trade(customer, "store", "whiskey", 1, key=str(next(keys)))
        return int(stats.asked.total())

    assert await trips(shops.buy_from_shop) > 0  # content is kept once it was read
    assert await trips(shops.buy_from_shop) <= 6
    assert await trips(shops.sell_to_shop) <= 6
    assert stats.full_scans == {}
    forget_the_last_look(game)
    assert await trips(shops.buy_from_shop) <= 7
    await assert_sound()


async def test_customers_queue_before_a_shelf_and_not_before_an_item_everywhere(
    game: Game, customer: ObjectId
) -> None:
    place = (await game.database["characters"].find_one({"_id": customer}))["currentLocationId"]
    other = {"shopId": "other", "locationId": "gulch", "itemIds": ["whiskey"], "name": "Other"}
    await game.database["shops"].insert_one({**other, "markup": 100, "buyBack": 35})
    bob = await add_trader(game)
    await change(game, bob, currentLocationId=place)
    async with in_turn("store/whiskey"):
        await shops.buy_from_shop(bob, "other", "whiskey", 1)
        waiting = asyncio.create_task(shops.buy_from_shop(customer, "store", "whiskey", 1))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    await waiting


@given(anything, anything, anything, st.booleans())
def test_whatever_a_territory_says_a_factor_is_within_its_caps(
    bonuses: Any, influence: Any, specialization: Any, contested: bool
) -> None:
    share = pricing.land_share(influence, specialization, contested=contested)
    assert 0 <= share <= Fraction(5, 4)
    assert Fraction(75, 100) <= pricing.land_factor(pricing.BUYING, bonuses, share) <= 1
    assert 1 <= pricing.land_factor(pricing.SELLING, bonuses, share) <= Fraction(135, 100)


@given(st.lists(st.sampled_from(["buy:15", "buy:999999999", "buy:-5", "buy:x", "sell:0.5", "buy"])))
def test_bonuses_that_are_no_percents_do_nothing(bonuses: list[str]) -> None:
    factor = pricing.land_factor(pricing.BUYING, bonuses, Fraction(1))
    assert factor in (1, Fraction(85, 100), Fraction(75, 100))


@given(anything, anything)
def test_whatever_a_mood_is_its_factor_is_bounded(value: Any, intensity: Any) -> None:
    mood = {"value": value, "intensity": intensity, "until": value}
    assert Fraction(1, 2) <= pricing.mood_factor(mood, NOON) <= 2


# The exchange


async def test_a_gold_rush_presses_on_the_price_of_gold_when_it_starts(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "KINDS", (turns.BY_CODE["gold_rush"],))
    monkeypatch.setattr(dice, "roll", lambda sides: 1)
    with clock.frozen(NOON) as time:
        assert await turns.tick(NOON) == ["gold_rush"]
        gold, silver = await exchange.metal_rates()
        assert 1_500 <= gold.pressure <= 2_000
        assert (gold.event, silver.event) == ("gold_rush", None)
        time.advance(hours=1)
        assert await turns.tick(NOON) == []
        assert await turns.tick(NOON + timedelta(hours=1)) == []
        after = (await exchange.metal_rates())[0]
        assert gold.pressure - after.pressure == 36  # nothing but an hour of fading


@pytest.mark.parametrize(
    ("kind", "moves"),
    [
        ("mining_strike", {"gold": (500, 1_500), "silver": (500, 1_500)}),
        ("bandit_blockade", {"gold": (1_000, 1_000), "silver": (1_000, 1_000)}),
        ("trade_boom", {"gold": (-500, -500), "silver": (-500, -500)}),
        ("drought", {"gold": (0, 0), "silver": (0, 0)}),
    ],
)
async def test_market_events_press_on_metal_as_the_exchanges_own(
    game: Game, monkeypatch: pytest.MonkeyPatch, kind: str, moves: dict[str, tuple[int, int]]
) -> None:
    monkeypatch.setattr(turns, "KINDS", (turns.BY_CODE[kind],))
    monkeypatch.setattr(dice, "roll", lambda sides: 1)
    with clock.frozen(NOON):
        await turns.tick(NOON)
        for rate in await exchange.metal_rates():
            low, high = moves[rate.metal.value]
            assert low <= rate.pressure <= high
