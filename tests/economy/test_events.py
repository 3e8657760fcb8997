"""What the economy tells: to whom it concerns, with what it did, and nothing it did not do."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from desperados.assembly.documents import events
from desperados.economy import service as economy
from desperados.economy.bank import investments, rate_moves
from desperados.economy.market import buying as sales
from desperados.economy.market import turns
from desperados.economy.market.selling import cancel_listing, create_listing
from desperados.engine import clock, dice
from desperados.engine.game import Game
from desperados.engine.live.events import PublicEvent, Stream, listen
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item, add_trader, dollars_of
from tests.economy.money_worlds import add_products, add_settler
from tests.games import expire
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import add_character

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
NOBODY = ObjectId()


async def told(stream: Stream) -> list[tuple[str, dict[str, Any]]]:
    """Everything that was told so far."""
    found = []
    messages = stream.__aiter__()
    assert isinstance(messages, AsyncIterator)
    while True:
        try:
            message = await asyncio.wait_for(anext(messages), 0.15)
        except (TimeoutError, StopAsyncIteration):
            return found
        found.append((message.event, message.data))


def only(name: str, messages: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [data for event, data in messages if event == name]


async def test_every_movement_of_a_wallet_is_told_with_the_balance_it_left(game: Game) -> None:
    jane, bill = await add_character(game, dollars=100), await add_character(game)
    async with listen(jane) as hers, listen(bill) as his:
        await economy.transfer(jane, bill, 30)
        await economy.spend(jane, 20, source=Source.SERVICE_FEE)
        with pytest.raises(InsufficientFunds):
            await economy.spend(jane, 1000, source=Source.SERVICE_FEE)
        assert await told(his) == [
            (
                "wallet:changed",
                {"currency": "dollars", "balance": 30, "delta": 30,
                 "source": "player_transfer", "sequence": 1},
            )
        ]  # fmt: skip
        changes = only("wallet:changed", await told(hers))
    assert [(c["delta"], c["balance"]) for c in changes] == [(-30, 70), (-20, 50)]
    assert [c["sequence"] for c in changes] == [2, 3]  # the first is the opening balance


async def test_what_a_full_wallet_cannot_take_is_not_told_as_taken(game: Game) -> None:
    room = 7
    jane = await add_character(game, dollars=CAPS[Currency.DOLLARS] - room)
    async with listen(jane) as stream:
        await economy.earn(jane, 100, source=Source.QUEST_REWARD)
        [changed] = only("wallet:changed", await told(stream))
    assert (changed["delta"], changed["balance"]) == (room, CAPS[Currency.DOLLARS])


async def auction(game: Game, **options: Any) -> tuple[ObjectId, ObjectId]:
    await add_item()
    seller = await add_trader(game, whiskey=10)
    listing = await create_listing(
        seller, item="whiskey", quantity=2, price=100, is_auction=True, **options
    )
    return seller, listing.id


async def test_an_auction_tells_bidders_and_seller_their_parts(game: Game) -> None:
    with clock.frozen(NOON) as now:
        seller, listing_id = await auction(game)
        jane, bill = await add_trader(game), await add_trader(game)
        async with listen(seller) as sellers, listen(jane) as hers, listen(bill) as his:
            await sales.place_bid(jane, listing_id, 100)
            await sales.place_bid(jane, listing_id, 120)
            await sales.place_bid(bill, listing_id, 200)
            now.advance(days=8)
            for _ in range(2):
                await sales.settle_listing(listing_id)
            at_sellers, at_hers, at_his = [await told(s) for s in (sellers, hers, his)]
    listing = str(listing_id)
    assert [b["bid"] for b in only("market:bid", at_sellers)] == [100, 120, 200]
    assert only("market:sold", at_sellers) == [
        {"listingId": listing, "quantity": 2, "price": 200, "tax": 10, "net": 190}
    ]
    assert only("market:outbid", at_hers) == [
        {"listingId": listing, "newBid": 200, "refunded": 120}
    ]
    assert only("market:won", at_his) == [
        {"listingId": listing, "price": 200, "quantity": 2, "parked": 0}
    ]
    assert not only("market:won", at_hers)
    assert not only("market:outbid", at_his)
    assert only("wallet:changed", at_hers)[-1]["balance"] == 1_000_000


async def test_a_bidder_is_told_that_somebody_bought_the_auction(game: Game) -> None:
    seller, listing_id = await auction(game, buyout_price=500)
    jane, bill = await add_trader(game), await add_trader(game)
    async with listen(seller) as sellers, listen(jane) as hers:
        await sales.place_bid(jane, listing_id, 100)
        await sales.buy_now(bill, listing_id, expected_price=500, key="once")
        await sales.buy_now(bill, listing_id, expected_price=500, key="once")
        at_sellers, at_hers = await told(sellers), await told(hers)
    assert [o["refunded"] for o in only("market:outbid", at_hers)] == [100]
    assert [s["net"] for s in only("market:sold", at_sellers)] == [475]


async def test_a_listing_that_nobody_wanted_is_told_and_a_cancelled_one_is_not(game: Game) -> None:
    with clock.frozen(NOON) as now:
        seller, listing_id = await auction(game)
        other = await create_listing(seller, item="whiskey", quantity=1, price=100)
        async with listen(seller) as stream:
            await cancel_listing(seller, other.id)
            now.advance(days=8)
            await sales.settle_listing(listing_id)
            assert only("market:expired", await told(stream)) == [{"listingId": str(listing_id)}]


async def test_a_bid_that_fails_tells_nothing(game: Game) -> None:
    seller, listing_id = await auction(game)
    jane, poor = await add_trader(game), await add_trader(game, dollars=10)
    await sales.place_bid(jane, listing_id, 100)
    async with listen(seller) as sellers, listen(jane) as hers:
        with pytest.raises(InsufficientFunds):
            await sales.place_bid(poor, listing_id, 200)
        assert await told(sellers) == await told(hers) == []
    assert await dollars_of(poor) == 10


async def test_everybody_hears_of_the_rates_of_metal_once_for_each_step(game: Game) -> None:
    async with listen(NOBODY) as stream:
        for _ in range(2):
            await rate_moves.step(NOON)
        moved = only("exchange:rates", await told(stream))
    assert [m["metal"] for m in moved] == ["gold", "silver"]
    assert all(m["reason"] == "step" and m["centsPerUnit"] > 0 for m in moved)


async def test_everybody_hears_of_market_events_when_they_begin_and_end(game: Game) -> None:
    begun: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    hour = NOON
    async with listen(NOBODY) as stream:
        while not ended:
            hour += timedelta(hours=12)
            await turns.tick(hour)
            heard = only("economy:event", await told(stream))
            begun += [turn for turn in heard if not turn["ended"]]
            ended += [turn for turn in heard if turn["ended"]]
            assert hour < NOON + timedelta(days=200)
    assert ended[0]["id"] in {turn["id"] for turn in begun}


async def test_an_event_is_there_until_its_end_was_told_however_late(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "KINDS", (turns.BY_CODE["drought"],))
    monkeypatch.setattr(dice, "roll", lambda sides: 1)
    much_later = NOON + timedelta(days=60)
    with clock.frozen(NOON):
        assert await turns.tick(NOON) == ["drought"]
        await expire(game, much_later)
        async with listen(NOBODY) as stream:
            monkeypatch.setattr(turns, "KINDS", ())
            await turns.tick(much_later)
            [turn] = only("economy:event", await told(stream))
    assert turn["ended"]
    await expire(game, much_later)
    assert await game.database["worldevents"].count_documents({}) == 0


async def test_the_taxed_are_told_once_a_day(game: Game) -> None:
    rich = await add_settler(game, dollars=1_000_000)
    with clock.frozen(NOON):
        async with listen(rich) as stream:
            for _ in range(2):
                await sweep_all(sweep_named("wealth_tax"), NOON)
            messages = await told(stream)
    assert only("tax:collected", messages) == [
        {"wealth": 1_000_000, "tax": 900, "fromWallet": 900, "fromVault": 0, "owed": 0}
    ]


async def test_an_investor_is_told_when_the_term_is_over(game: Game) -> None:
    await add_products(game)
    with clock.frozen(NOON) as now:
        jane = await add_settler(game, dollars=10_000)
        bond = await investments.invest(jane, "treasury_bond", 1000)
        now.advance(days=7)
        async with listen(jane) as stream:
            for _ in range(2):
                await investments.mature(bond.id)
            [matured] = only("investment:matured", await told(stream))
    assert matured["investmentId"] == str(bond.id)
    assert matured["payout"] >= 1020


def test_names_of_events_are_unique_and_every_event_says_what_it_means() -> None:
    assert len({event.event for event in events()}) == len(events()) >= 10
    for event in events():
        assert event.__doc__
        domain, _, what = event.event.partition(":")
        assert domain
        assert what


def test_the_table_of_events_in_the_docs_is_complete() -> None:
    docs = Path(__file__).parents[2] / "docs"
    text = "\n".join(page.read_text() for page in sorted(docs.glob("*.md")))
    rows = re.findall(r"^\| `(\w+:\w+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    written = {name: (re.findall(r"`(\w+)`", data), to) for name, data, to in rows}
    assert set(written) == {event.event for event in events()}
    for event in events():
        fields, audience = written[event.event]
        assert fields == [info.alias for info in event.model_fields.values()]
        assert audience.startswith("everybody") is issubclass(event, PublicEvent)
