"""What counts as wealth, wherever it lies, and that nothing which lay there was spared the tax."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.economy import service as economy
from desperados.economy import transfers, wealth_tax
from desperados.economy.bank import exchange, investments
from desperados.economy.bank import service as bank
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import VaultTier
from desperados.economy.corrections import debts
from desperados.economy.errors import DebtsOpen
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.taxes import share_of_tax
from desperados.economy.taxes import wealth_tax as tax_on
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Offer
from desperados.economy.watch import report
from desperados.economy.wealth import KEPT_FOR_OWNER, OWNERS, wealth_of
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import AccountKind, wallet
from desperados.ledger.money.documents import Currency, HoldOwner, HoldPurpose
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item, add_trader, give
from tests.economy.money_worlds import (
    add_products,
    add_settler,
    assert_sound,
    change,
    mark_deleted,
    money_of,
    place_of,
)
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import add_character, leave_the_world

MORNING = datetime(2031, 5, 5, 6, tzinfo=UTC)
THE_TAX, COLLECTION = sweep_named("wealth_tax"), sweep_named("debt_collection")


async def wealth(character: ObjectId) -> int:
    return (await wealth_tax.projected_wealth_tax(character)).wealth


async def owed_by(character: ObjectId) -> int:
    return sum(debt.owed for debt in (await debts.list_debts(character)).items)


async def taxed(game: Game, character: ObjectId) -> int:
    """What the tax took, at once or as a debt that was repaid."""
    where = {"characterId": character, "source": "wealth_tax"}
    rows = await game.database["goldtransactions"].find(where).to_list(None)
    return -sum(row["amount"] for row in rows)


@transactional
async def hold(owner: ObjectId, purpose: HoldPurpose, amount: int, **more: Any) -> ObjectId:
    account, document = new_hold(owner, purpose, ObjectId(), **more)
    await ledger.post(
        ledger.move(wallet(owner), account, Currency.DOLLARS, amount, Source.STAKE_HELD),
        OperationKind.STAKE,
        opened={account: document},
    )
    return account.id


async def auction(game: Game, hours: int = 168) -> tuple[ObjectId, ObjectId]:
    """A seller, and an auction of its."""
    await add_item("whiskey")
    seller = await add_trader(game, whiskey=1)
    listing = await market.create_listing(
        seller, item="whiskey", price=2, is_auction=True, hours=hours
    )
    return seller, listing.id


# What counts


def test_of_every_kind_of_account_and_hold_it_is_said_whether_it_counts() -> None:
    """Whoever adds a kind of account, or a purpose of a hold, says whose wealth lies there."""
    assert set(OWNERS) == set(AccountKind)
    assert set(KEPT_FOR_OWNER) == set(HoldPurpose)


@pytest.mark.parametrize("purpose", HoldPurpose)
async def test_what_is_held_for_its_owner_counts(game: Game, purpose: HoldPurpose) -> None:
    ann = await add_settler(game, dollars=1_000)
    await hold(ann, purpose, 400)
    assert await wealth(ann) == (1_000 if KEPT_FOR_OWNER[purpose] else 600)


async def test_what_is_held_for_a_gang_is_no_wealth_of_anybody(game: Game) -> None:
    ann = await add_settler(game, dollars=1_000)
    hold_id = await hold(ann, HoldPurpose.CHEST, 400)
    where = {"_id": hold_id}
    await game.database["holds"].update_one(where, {"$set": {"ownerKind": HoldOwner.GANG.value}})
    assert await wealth(ann) == 600


async def test_all_places_of_money_count_and_are_told_apart(game: Game) -> None:
    with clock.frozen(MORNING):
        await add_products(game)
        ann = await add_settler(game, dollars=1_000_000, gold=7, silver=9)
        _, listing_id = await auction(game)
        await sales.place_bid(ann, listing_id, 200_000)
        await investments.invest(ann, "railroad_share", 50_000)
        await economy.earn(ann, CAPS[Currency.DOLLARS], source=Source.QUEST_REWARD)
        waiting = 1_000_000 - 250_000
        found = await wealth_tax.projected_wealth_tax(ann)
        assert (found.in_wallet, found.in_vault) == (CAPS[Currency.DOLLARS], 0)
        assert (found.put_away, found.waiting, found.metal) == (250_000, waiting, 790)
        assert found.wealth == found.account_wealth == CAPS[Currency.DOLLARS] + 1_000_790
        assert found.tax == tax_on(found.wealth)


async def test_money_that_is_offered_in_a_trade_stays_where_it_counts(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=500_000), await add_settler(game)
    place = (await game.database["characters"].find_one({"_id": ann}))["currentLocationId"]
    await change(game, bob, currentLocationId=place)
    await trades.open_trade(ann, bob, offer=Offer(dollars=400_000))
    assert await wealth(ann) == 500_000


async def test_an_investment_that_another_program_sold_counts(game: Game) -> None:
    ann = await add_settler(game, dollars=100)
    for status in ("active", "matured", "redeemed"):
        await game.database["investments"].insert_one(
            {
                "characterId": ann,
                "productType": "treasury_bond",
                "principal": 300,
                "interestRate": 2,
                "purchasedAt": clock.now(),
                "maturesAt": clock.now() + timedelta(days=7),
                "status": status,
            }
        )
    assert await wealth(ann) == 700


async def test_a_reward_of_another_program_counts_until_it_was_claimed_or_expired(
    game: Game,
) -> None:
    ann = await add_settler(game)
    past, future = clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)
    for ending in ({}, {"expiresAt": future}, {"expiresAt": past}, {"claimedAt": past}):
        await game.database["pendingrewards"].insert_one(
            {
                "characterId": ann,
                "rewardType": "currency",
                "rewards": {"dollars": 10},
                "source": "event",
                "createdAt": past,
                **ending,
            }
        )
    assert await wealth(ann) == 20


async def test_the_rich_list_counts_what_is_put_away(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=900), await add_settler(game, dollars=500)
    await hold(ann, HoldPurpose.STAKE, 800)
    top = (await report.economy_report()).top_holders
    assert [(line.character_id, line.dollars) for line in top] == [(str(ann), 900), (str(bob), 500)]


# What is put away does not dodge the tax


async def test_tax_on_a_bid_is_owed_and_paid_from_what_comes_back(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        _, listing_id = await auction(game)
        ann, rival = await add_settler(game, dollars=1_000_000), await add_settler(game)
        await sales.place_bid(ann, listing_id, 1_000_000)
        for _ in range(3):
            await sweep_all(THE_TAX, now.at)
            now.advance(days=1)
        assert (await owed_by(ann), (await money_of(game, ann))["dollars"]) == (2_700, 0)
        assert len((await debts.list_debts(ann)).items) == 1
        await economy.earn(rival, 2_000_000, source=Source.QUEST_REWARD)
        await sales.place_bid(rival, listing_id, 1_050_000)
        await sweep_all(COLLECTION, now.at)
        assert (await owed_by(ann), await taxed(game, ann)) == (0, 2_700)
        assert (await money_of(game, ann))["dollars"] == 997_300
    await assert_sound()


async def put_away(game: Game, who: ObjectId, place: str) -> None:
    """Move a million dollars of somebody's wallet somewhere else."""
    if place == "vault":
        await bank.open_vault(who)
        for tier in (VaultTier.SILVER, VaultTier.GOLD):
            await economy.earn(who, 500, source=Source.QUEST_REWARD)
            await bank.upgrade_vault(who, tier)
        await bank.deposit(who, 1_000_000)
    elif place == "bid":
        _, listing_id = await auction(game)
        await sales.place_bid(who, listing_id, 1_000_000)
    elif place == "investment":
        await investments.invest(who, "moon_railway", 1_000_000)
    elif place == "metal":
        await economy.spend(who, 1_000_000, source=Source.METAL_PURCHASE)
        await economy.earn(who, 10_000, source=Source.METAL_BOUGHT, currency=Currency.GOLD)
    elif place == "reward":
        await economy.earn(who, CAPS[Currency.DOLLARS], source=Source.QUEST_REWARD)
        await economy.spend(who, CAPS[Currency.DOLLARS], source=Source.SERVICE_FEE)
    elif place == "stake":
        await hold(who, HoldPurpose.STAKE, 1_000_000)


@pytest.mark.parametrize(
    "place", ["wallet", "vault", "bid", "investment", "metal", "reward", "stake"]
)
async def test_a_million_pays_the_same_tax_wherever_it_lay_for_a_week(
    game: Game, place: str
) -> None:
    with clock.frozen(MORNING) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=1_000_000)
        await place_of(game, ann, type="bank")
        await put_away(game, ann, place)
        assert await wealth(ann) in range(1_000_000, 1_001_000)
        for _ in range(7):
            await sweep_all(THE_TAX, now.at)
            now.advance(days=1)
        await economy.earn(ann, 10_000, source=Source.QUEST_REWARD)
        await sweep_all(COLLECTION, now.at)
        assert await owed_by(ann) == 0
        in_vault = {"account": f"vault:{ann}", "source": "wealth_tax"}
        rows = await game.database["accountentries"].find(in_vault).to_list(None)
        paid = await taxed(game, ann) - sum(row["amount"] for row in rows)
        assert paid in range(6_250, 6_310)


@pytest.mark.parametrize("way", ["send", "batch", "bid", "buy", "invest", "metal", "trade"])
async def test_who_owes_tax_pays_before_he_gives_money_on_or_puts_it_away(
    game: Game, way: str
) -> None:
    with clock.frozen(MORNING) as now:
        await add_products(game)
        ann, friend = await add_settler(game, dollars=1_000_000), await add_trader(game)
        _, lot = await auction(game)
        await sales.place_bid(ann, lot, 1_000_000)
        await sweep_all(THE_TAX, now.at)
        await economy.earn(friend, 2_000_000, source=Source.QUEST_REWARD)
        await sales.place_bid(friend, lot, 1_050_000)
        assert (await owed_by(ann), (await money_of(game, ann))["dollars"]) == (900, 1_000_000)
        if way == "send":
            await transfers.send(ann, friend, 1)
        elif way == "batch":
            await transfers.send_many(ann, [transfers.Payment(recipient_id=friend, amount=1)])
        elif way == "bid":
            await economy.earn(ann, 200_000, source=Source.QUEST_REWARD)
            await sales.place_bid(ann, lot, 1_102_500)
        elif way == "buy":
            await give(friend)
            other = await market.create_listing(friend, item="whiskey", price=2)
            await sales.buy_now(ann, other.id, expected_price=2)
        elif way == "invest":
            await investments.invest(ann, "treasury_bond", 100)
        elif way == "metal":
            await exchange.buy_metal(ann, Metal.GOLD, 1)
        else:
            place = (await game.database["characters"].find_one({"_id": ann}))["currentLocationId"]
            await change(game, friend, currentLocationId=place)
            await trades.open_trade(ann, friend, offer=Offer(dollars=1))
        assert await owed_by(ann) == 0
        assert await taxed(game, ann) == 900
    await assert_sound()


async def test_deleting_the_seller_gives_nothing_back_that_dodged_the_tax(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        mule, listing_id = await auction(game)
        ann = await add_settler(game, dollars=1_000_000)
        await sales.place_bid(ann, listing_id, 1_000_000)
        await sweep_all(THE_TAX, now.at)
        await economy.spend(
            mule, (await money_of(game, mule))["dollars"], source=Source.CHARACTER_DELETED
        )
        await mark_deleted(game, mule)
        await sales.settle_listing(listing_id)
        assert (await money_of(game, ann))["dollars"] == 1_000_000
        await sweep_all(COLLECTION, now.at)
        assert (await owed_by(ann), await taxed(game, ann)) == (0, 900)


async def test_a_mule_that_owes_tax_stays_until_it_is_paid(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        await add_products(game)
        mule = await add_settler(game, dollars=1_000_000)
        bond = await investments.invest(mule, "moon_railway", 1_000_000)
        await sweep_all(THE_TAX, now.at)
        now.advance(days=1)
        await investments.redeem(mule, bond.id)  # which has failed: nothing comes back
        assert await owed_by(mule) == 900
        with pytest.raises(DebtsOpen):
            await leave_the_world(game, mule)
        await economy.earn(mule, 900, source=Source.QUEST_REWARD)
        await leave_the_world(game, mule)
        assert await taxed(game, mule) == 900
    await assert_sound()


async def test_metal_is_taxed_from_what_it_is_sold_for(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        ann = await add_settler(game, gold=10_000)
        await sweep_all(THE_TAX, now.at)
        assert await owed_by(ann) == tax_on(1_000_000)
        await economy.earn(ann, 5_000, source=Source.METAL_SALE)
        await sweep_all(COLLECTION, now.at)
        assert (await money_of(game, ann))["dollars"] == 5_000 - 900
    await assert_sound()


async def test_tax_that_is_owed_is_taxed_from_wallet_and_vault_first(game: Game) -> None:
    with clock.frozen(MORNING):
        ann = await add_settler(game, dollars=1_000_000)
        await hold(ann, HoldPurpose.STAKE, 999_500)
        receipt = await wealth_tax.collect("wealth_tax:2031-05-05", ann)
        assert (receipt.from_wallet, receipt.from_vault, receipt.owed) == (500, 0, 400)


# Several characters of one account


async def of_one_account(game: Game, *dollars: int) -> list[ObjectId]:
    people = [await add_settler(game, dollars=amount) for amount in dollars]
    first = await game.database["characters"].find_one({"_id": people[0]})
    for person in people[1:]:
        await change(game, person, userId=first["userId"])
    return people


async def test_wealth_that_is_spread_over_an_account_pays_as_if_in_one_hand(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        people = await of_one_account(game, 2_000_000, 2_000_000, 5_999_990, 10)
        projected = await wealth_tax.projected_wealth_tax(people[0])
        assert (projected.wealth, projected.account_wealth) == (2_000_000, 10_000_000)
        assert projected.tax == 23_400 // 5
        await sweep_all(THE_TAX, now.at)
        paid = [await taxed(game, person) for person in people]
        # Each is taxed on what the account has by then, so those who come later pay a trifle less.
        assert 23_400 * 99 // 100 < sum(paid) <= 23_400
        assert paid[-1] == 0


async def test_a_new_character_of_an_old_account_is_no_shelter(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        old, _ = await of_one_account(game, 0, 0)
        account = (await game.database["characters"].find_one({"_id": old}))["userId"]
        await mark_deleted(game, old)
        mule = await add_character(game, dollars=1_000_000)
        await change(game, mule, userId=account)
        assert (await wealth_tax.projected_wealth_tax(mule)).exempt_until is None
        await sweep_all(THE_TAX, now.at)
        assert await taxed(game, mule) == 900


@given(st.lists(st.integers(0, 2**31), min_size=1, max_size=5))
def test_the_shares_of_an_account_add_up_to_its_tax_less_some_cents(parts: list[int]) -> None:
    whole = tax_on(sum(parts))
    assert whole - len(parts) < sum(share_of_tax(part, sum(parts)) for part in parts) <= whole or (
        not whole
    )


async def test_of_nobody_there_is_no_wealth(game: Game) -> None:
    nobody = ObjectId()
    assert (await wealth_of([nobody]))[nobody].total == 0
