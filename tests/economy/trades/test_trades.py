"""Trades between two players: versions, confirmations, and the swap."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable, TooNew
from desperados.economy import service as economy
from desperados.economy.errors import (
    AlreadyTrading,
    NotTogether,
    RecipientNotFound,
    SelfTrade,
    TradeChanged,
    TradeClosed,
    TradeEmpty,
    TradeNotFound,
)
from desperados.economy.market.jobs import JOBS
from desperados.economy.trades import service as trades
from desperados.economy.trades.documents import TradeSessionStatus
from desperados.economy.trades.offers import Goods, Offer
from desperados.economy.trades.service import TradeView
from desperados.engine import clock
from desperados.engine.errors import InvalidInput, LimitExceeded, RateLimited
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.items.errors import InsufficientItems, InventoryFull, ItemLocked
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import (
    MONEY,
    add_item,
    add_trader,
    assert_sound,
    carried,
    dollars_of,
    give,
    give_unique,
)

PLACE = ObjectId()
BOTTLES = Offer(items=[Goods(item="whiskey", quantity=5)])


@pytest.fixture(autouse=True)
async def content(game: Game) -> None:
    await add_item("whiskey")
    await add_item("rope")
    await add_item("peacemaker", type="weapon", stackable=False, max_stack=1)
    await add_item("locket", quest_item=True)
    await game.database["locations"].insert_one({"_id": PLACE, "locationId": "plaza"})


async def trader(game: Game, **more: Any) -> ObjectId:
    """Somebody at the plaza, old enough to send money."""
    character_id = await add_trader(game, **more)
    await game.database["characters"].update_one(
        {"_id": character_id},
        {
            "$set": {
                "currentLocationId": PLACE,
                "createdAt": clock.now() - timedelta(days=30),
            }
        },
    )
    return character_id


async def agreed(
    ann: ObjectId, bob: ObjectId, gives: Offer, takes: Offer | None = None
) -> TradeView:
    """A trade that Ann has confirmed and Bob has not."""
    opened = await trades.open_trade(ann, bob, offer=gives)
    if takes is not None:
        opened = await trades.change_offer(bob, opened.id, takes, version=1)
    return await trades.confirm_trade(ann, opened.id, version=opened.version)


async def test_goods_and_money_change_hands_when_both_have_confirmed(game: Game) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    trade = await agreed(ann, bob, BOTTLES, Offer(dollars=500))
    assert await carried(ann) == 5
    done = await trades.confirm_trade(bob, trade.id, version=2)
    assert done.status == TradeSessionStatus.COMPLETED
    assert (await carried(ann), await carried(bob)) == (0, 5)
    assert (await dollars_of(ann), await dollars_of(bob)) == (MONEY + 500, MONEY - 500)
    records = await game.database["traderecords"].find({}).to_list(None)
    assert {record["tradeId"] for record in records} == {trade.id}
    await assert_sound()


async def test_a_unique_piece_and_metal_can_be_traded(game: Game) -> None:
    ann, bob = await trader(game), await trader(game)
    gun = await give_unique(ann)
    await economy.earn(bob, 9, source=Source.STARTING_GRANT, currency=Currency.GOLD)
    trade = await agreed(ann, bob, Offer(items=[Goods(crafted_item_id=gun)]), Offer(gold=9))
    await trades.confirm_trade(bob, trade.id, version=2)
    stored = await game.database["crafteditems"].find_one({"_id": gun})
    assert (stored["holder"], stored["durability"]) == (f"pack:{bob}", 73.5)
    assert (await economy.balance(ann)).gold == 9
    await assert_sound()


async def test_a_change_of_either_offer_voids_both_confirmations(game: Game) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    trade = await agreed(ann, bob, BOTTLES, Offer(dollars=500))
    changed = await trades.change_offer(bob, trade.id, Offer(dollars=1), version=2)
    assert (changed.initiator_confirmed, changed.version) == (False, 3)
    with pytest.raises(TradeChanged):
        await trades.confirm_trade(ann, trade.id, version=2)
    waiting = await trades.confirm_trade(bob, trade.id, version=3)
    assert waiting.status == TradeSessionStatus.OPEN
    assert await carried(ann) == 5


async def test_one_side_cannot_confirm_for_both(game: Game) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    trade = await agreed(ann, bob, BOTTLES)
    again = await trades.confirm_trade(ann, trade.id, version=1)
    assert again.status == TradeSessionStatus.OPEN
    assert await carried(bob) == 0


async def test_who_has_spent_what_it_offered_spoils_the_trade_and_nothing_else(game: Game) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game, dollars=500)
    trade = await agreed(ann, bob, BOTTLES, Offer(dollars=500))
    await economy.spend(bob, 1, source=Source.SERVICE_FEE)
    with pytest.raises(InsufficientFunds):
        await trades.confirm_trade(bob, trade.id, version=2)
    assert await carried(ann) == 5
    await economy.earn(bob, 1, source=Source.JOB_WAGE)
    await give(bob, "rope", 1)
    await trades.confirm_trade(bob, trade.id, version=2)
    assert await carried(bob) == 5
    await assert_sound()


async def test_goods_that_are_gone_cannot_be_traded(game: Game) -> None:
    ann, bob = await trader(game, whiskey=4), await trader(game)
    trade = await agreed(ann, bob, BOTTLES, Offer(dollars=500))
    with pytest.raises(InsufficientItems):
        await trades.confirm_trade(bob, trade.id, version=2)
    assert await dollars_of(bob) == MONEY


async def test_two_full_packs_can_swap_and_a_full_pack_takes_nothing_more(game: Game) -> None:
    await add_item("boulder", weight=499.5)
    ann, bob, cat = await trader(game), await trader(game), await trader(game, whiskey=8)
    for who in (ann, bob):
        await give(who, "boulder")
    boulder = Offer(items=[Goods(item="boulder")])
    trade = await agreed(ann, bob, boulder, boulder)
    await trades.confirm_trade(bob, trade.id, version=2)
    trade = await agreed(cat, ann, Offer(items=[Goods(item="whiskey", quantity=8)]))
    with pytest.raises(InventoryFull):
        await trades.confirm_trade(ann, trade.id, version=1)
    assert await carried(cat) == 8
    await assert_sound()


async def test_bound_goods_stay_with_their_owner(game: Game) -> None:
    ann, bob = await trader(game), await trader(game)
    await give(ann, "locket")
    trade = await agreed(ann, bob, Offer(items=[Goods(item="locket")]))
    with pytest.raises(ItemLocked):
        await trades.confirm_trade(bob, trade.id, version=1)


async def test_money_in_a_trade_is_limited_and_taxed_as_money_that_is_sent(game: Game) -> None:
    ann, bob = await trader(game, dollars=2_000_000), await trader(game)
    with pytest.raises(LimitExceeded):
        await trades.open_trade(ann, bob, offer=Offer(dollars=1_000_001))
    trade = await agreed(ann, bob, Offer(dollars=11_000))
    await trades.confirm_trade(bob, trade.id, version=1)
    assert await dollars_of(ann) == 2_000_000 - 11_000 - 100
    assert await dollars_of(bob) == MONEY + 11_000
    await assert_sound()


@pytest.mark.parametrize("gives", [Offer(dollars=100), BOTTLES], ids=["money", "goods"])
async def test_a_new_character_gives_nothing_away(game: Game, gives: Offer) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    await game.database["characters"].update_one(
        {"_id": ann}, {"$set": {"createdAt": clock.now() - timedelta(hours=23)}}
    )
    trade = await trades.open_trade(ann, bob, offer=gives)
    for who in (ann, bob):
        with pytest.raises(TooNew) as refusal:
            await trades.confirm_trade(who, trade.id, version=1)
        assert refusal.value.facts["character"] == str(ann)


async def test_who_may_not_trade_with_whom(game: Game) -> None:
    ann, bob, far = await trader(game), await trader(game), await add_trader(game)
    other = await trader(game)
    user = (await game.database["characters"].find_one({"_id": ann}))["userId"]
    await game.database["characters"].update_one({"_id": other}, {"$set": {"userId": user}})
    shy, shunned = await trader(game), await trader(game)
    await game.database["friends"].insert_many(
        [
            {"requesterId": shy, "requesteeId": ann, "status": "blocked"},
            {"requesterId": ann, "requesteeId": shunned, "status": "blocked"},
        ]
    )
    for error, partner in (
        (RecipientNotFound, shy),
        (CharacterUnavailable, shunned),
        (SelfTrade, ann),
        (SelfTrade, other),
        (NotTogether, far),
        (RecipientNotFound, ObjectId()),
    ):
        with pytest.raises(error):
            await trades.open_trade(ann, partner)
    await game.database["characters"].update_one({"_id": bob}, {"$set": {"isInJail": True}})
    with pytest.raises(CharacterUnavailable):
        await trades.open_trade(ann, bob)


async def test_a_pair_has_one_open_trade_whoever_opens_it(game: Game) -> None:
    ann, bob = await trader(game), await trader(game)
    results = await asyncio.gather(
        trades.open_trade(ann, bob),
        trades.open_trade(bob, ann),
        trades.open_trade(ann, bob),
        return_exceptions=True,
    )
    assert sum(isinstance(result, TradeView) for result in results) == 1
    assert sum(isinstance(result, AlreadyTrading) for result in results) == 2


async def test_a_character_opens_five_trades_at_a_time(game: Game) -> None:
    ann = await trader(game)
    for _ in range(5):
        await trades.open_trade(ann, await trader(game))
    with pytest.raises(AlreadyTrading):
        await trades.open_trade(ann, await trader(game))


async def test_strangers_see_and_change_nothing(game: Game) -> None:
    ann, bob, eve = await trader(game, whiskey=5), await trader(game), await trader(game)
    trade = await agreed(ann, bob, BOTTLES)
    for call in (
        trades.get_trade(eve, trade.id),
        trades.cancel_trade(eve, trade.id),
        trades.confirm_trade(eve, trade.id, version=1),
        trades.change_offer(eve, trade.id, Offer(), version=1),
    ):
        with pytest.raises(TradeNotFound):
            await call


async def test_an_empty_trade_cannot_be_confirmed(game: Game) -> None:
    ann, bob = await trader(game), await trader(game)
    trade = await trades.open_trade(ann, bob)
    with pytest.raises(TradeEmpty):
        await trades.confirm_trade(ann, trade.id, version=1)


async def test_a_trade_is_called_off_or_runs_out_and_then_it_is_over(game: Game) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    trade = await agreed(ann, bob, BOTTLES)
    await trades.cancel_trade(bob, trade.id)
    with pytest.raises(TradeClosed):
        await trades.confirm_trade(bob, trade.id, version=1)
    with clock.frozen(clock.now()) as time:
        trade = await agreed(ann, bob, BOTTLES)
        time.advance(hours=1)
        with pytest.raises(TradeClosed):
            await trades.confirm_trade(bob, trade.id, version=1)
        await Jobs(JOBS).run_until_idle()
        assert (await trades.get_trade(ann, trade.id)).status == TradeSessionStatus.EXPIRED
        await trades.open_trade(bob, ann)
    assert await carried(ann) == 5


@pytest.mark.parametrize("amount", [-1, 0.5, float("nan"), 1e309, True, "10", 2**63])
async def test_an_amount_or_quantity_that_is_none_is_refused(game: Game, amount: Any) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    with pytest.raises(InvalidInput):
        await trades.open_trade(ann, bob, offer=Offer.model_construct(items=[], dollars=amount))
    bad = Goods.model_construct(item="whiskey", quantity=amount, crafted_item_id=None)
    with pytest.raises(InvalidInput):
        await trades.open_trade(ann, bob, offer=Offer.model_construct(items=[bad]))


async def test_both_confirm_and_one_cancels_at_once(game: Game) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    opened = await trades.open_trade(ann, bob, offer=BOTTLES)
    await asyncio.gather(
        *(trades.confirm_trade(who, opened.id, version=1) for who in (ann, bob) for _ in range(5)),
        trades.cancel_trade(bob, opened.id),
        return_exceptions=True,
    )
    end = (await trades.get_trade(ann, opened.id)).status
    assert end in (TradeSessionStatus.COMPLETED, TradeSessionStatus.CANCELLED)
    assert await carried(bob) == (5 if end == TradeSessionStatus.COMPLETED else 0)
    assert await carried(ann) + await carried(bob) == 5
    await assert_sound()


async def test_the_same_goods_in_two_trades_are_given_once(game: Game) -> None:
    ann, bob, cat = await trader(game, whiskey=5), await trader(game), await trader(game)
    offers = [await agreed(ann, who, BOTTLES, Offer(dollars=100)) for who in (bob, cat)]
    results = await asyncio.gather(
        trades.confirm_trade(bob, offers[0].id, version=2),
        trades.confirm_trade(cat, offers[1].id, version=2),
        return_exceptions=True,
    )
    assert sum(isinstance(result, InsufficientItems) for result in results) == 1
    assert await carried(bob) + await carried(cat) == 5
    assert await dollars_of(ann) == MONEY + 100
    await assert_sound()


async def test_opened_at_once_there_are_still_five_trades_of_a_character(game: Game) -> None:
    ann = await trader(game)
    partners = [await trader(game) for _ in range(12)]

    async def open_all() -> list[TradeView]:
        results = await asyncio.gather(
            *(trades.open_trade(ann, partner) for partner in partners), return_exceptions=True
        )
        assert all(isinstance(result, TradeView | AlreadyTrading) for result in results), results
        return [result for result in results if isinstance(result, TradeView)]

    opened = await open_all()
    assert len(opened) == 5
    await trades.cancel_trade(ann, opened[0].id)
    await trades.cancel_trade(opened[1].recipient_id, opened[1].id)
    assert len(await open_all()) == 2
    at_end = {"initiatorId": ann, "status": "open"}
    assert await game.database["tradesessions"].count_documents(at_end) == 5


@pytest.mark.parametrize("end", ["cancelled", "completed", "expired"])
async def test_a_trade_that_ends_makes_room_for_another(game: Game, end: str) -> None:
    ann, bob = await trader(game, whiskey=5), await trader(game)
    with clock.frozen(clock.now()) as time:
        ended = await agreed(ann, bob, BOTTLES, Offer(dollars=500))
        for _ in range(4):
            await trades.open_trade(ann, await trader(game))
        if end == "cancelled":
            await trades.cancel_trade(bob, ended.id)
        elif end == "completed":
            await trades.confirm_trade(bob, ended.id, version=ended.version)
        else:
            time.advance(minutes=60)
            await trades.expire_trade(ended.id)
        await trades.open_trade(ann, await trader(game))
        with pytest.raises(AlreadyTrading):
            await trades.open_trade(ann, await trader(game))


async def test_trades_are_not_opened_and_called_off_by_the_hundred(game: Game) -> None:
    ann, bob = await trader(game), await trader(game)
    with clock.frozen(clock.now()) as time:
        for _ in range(20):
            opened = await trades.open_trade(ann, bob)
            await trades.cancel_trade(ann, opened.id)
        with pytest.raises(RateLimited) as refused:
            await trades.open_trade(ann, bob)
        assert refused.value.facts["retry_after"] == 3_600
        await trades.open_trade(bob, ann)  # the other is not kept from it
        time.advance(hours=1)
        await trades.open_trade(ann, await trader(game))


async def test_an_offer_is_not_changed_by_the_hundred(game: Game) -> None:
    ann, bob = await trader(game), await trader(game)
    with clock.frozen(clock.now()):
        opened = await trades.open_trade(ann, bob)
        for version in range(1, 120):
            await trades.change_offer(ann, opened.id, Offer(dollars=version), version=version)
        for call in (
            lambda: trades.change_offer(ann, opened.id, Offer(dollars=5), version=120),
            lambda: trades.confirm_trade(ann, opened.id, version=120),
        ):
            with pytest.raises(RateLimited):
                await call()
        await trades.cancel_trade(ann, opened.id)
