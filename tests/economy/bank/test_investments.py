"""Investments: held, drawn once, paid once."""

import asyncio
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.economy import service as economy
from desperados.economy.bank import investments, terms
from desperados.economy.bank.documents import InvestmentTerms
from desperados.economy.bank.investments import invest, mature, portfolio, redeem
from desperados.economy.content import InvestmentProduct
from desperados.economy.errors import (
    AlreadyRedeemed,
    InvestmentNotFound,
    OutsideProductRange,
    ProductNotFound,
    TooManyInvestments,
)
from desperados.economy.jobs import JOBS
from desperados.engine import clock, dice
from desperados.engine.errors import InvalidInput, RateLimited
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds, InvalidAmount
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import (
    NO_AMOUNTS,
    add_products,
    add_settler,
    assert_sound,
    change,
    money_of,
)
from tests.worlds import fingerprint

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
MATURITY = [job for job in JOBS if job.name == "investment_maturity"]

percents = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)


@st.composite
def agreed_terms(draw: st.DrawFn) -> InvestmentTerms:
    low, high = sorted((draw(percents), draw(percents)))
    return InvestmentTerms(
        min_return=low, max_return=high, early_penalty=draw(percents), default_chance=draw(percents)
    )


# Rules


@given(st.integers(1, 10**9), agreed_terms())
def test_giving_back_early_never_pays_more_than_was_put_in(
    principal: int, agreed: InvestmentTerms
) -> None:
    paid = terms.early_payout(principal, agreed)
    assert 0 <= paid <= principal
    assert paid * 10_000 <= principal * (10_000 - terms.hundredths(agreed.early_penalty))


@given(st.integers(1, 10**9), agreed_terms(), st.integers(1, 10_000), st.data())
def test_a_payout_is_nothing_or_within_the_returns(
    principal: int, agreed: InvestmentTerms, chance: int, data: st.DataObject
) -> None:
    low, high = terms.returns(agreed)
    share = data.draw(st.integers(low, high))
    paid = terms.payout(principal, agreed, chance, share)
    if chance <= terms.hundredths(agreed.default_chance):
        assert paid == 0
    else:
        assert principal <= paid
        assert principal * low // 10_000 <= paid - principal <= principal * high // 10_000


def test_the_mining_share_defaults_in_a_tenth_of_all_draws() -> None:
    mining = InvestmentTerms(min_return=0, max_return=20, early_penalty=25, default_chance=10)
    lost = sum(terms.payout(1_000, mining, chance, 2_000) == 0 for chance in range(1, 10_001))
    assert lost == 1_000


def product(most: int, low: int, high: int, default: int) -> dict[str, Any]:
    return {
        "productType": "paper",
        "name": "Paper",
        "description": "It says so.",
        "minReturn": low,
        "maxReturn": high,
        "termDays": 7,
        "minAmount": 1,
        "maxAmount": most,
        "earlyPenalty": 5,
        "defaultChance": default,
    }


@pytest.mark.parametrize(
    "sound",
    [(10_000, 2, 4, 0), (10_000, 100, 100, 0), (50_000, 5, 10, 8), (10**6, 0, 0, 0)],
)
def test_what_pays_without_risk_is_for_small_savings(sound: tuple[int, int, int, int]) -> None:
    assert InvestmentProduct.model_validate(product(*sound)).max_amount == sound[0]


@pytest.mark.parametrize("too_good", [(10_001, 2, 4, 0), (50_000, 5, 10, 0), (50_000, 5, 10, 6)])
def test_no_product_takes_large_sums_and_pays_more_than_was_put_in(
    too_good: tuple[int, int, int, int],
) -> None:
    with pytest.raises(ValidationError, match="maxAmount is at most 10,000"):
        InvestmentProduct.model_validate(product(*too_good))


@given(agreed_terms())
def test_the_mean_is_that_of_all_draws(agreed: InvestmentTerms) -> None:
    low, high = terms.returns(agreed)
    chances = range(50, 10_050, 100)  # hundredths of all draws; the chance in whole percents
    whole = agreed.model_copy(update={"default_chance": round(agreed.default_chance)})
    paid = [
        terms.payout(10_000, whole, chance, share) for chance in chances for share in (low, high)
    ]
    assert terms.mean_payout(10_000, whole) == Fraction(sum(paid), len(paid))


@pytest.mark.parametrize(
    ("low", "default", "penalty"),
    [(2, 0, 5), (5, 0, 15), (0, 10, 25)],
    ids=["bond", "rail", "mine"],
)
def test_waiting_is_worth_more_than_giving_back_one_second_before(
    low: int, default: int, penalty: int
) -> None:
    agreed = InvestmentTerms(
        min_return=low, max_return=low, early_penalty=penalty, default_chance=default
    )
    waiting = terms.payout(100_000, agreed, 10_000, low * 100) * (100 - default) / 100
    assert terms.early_payout(100_000, agreed) < waiting


# Buying


async def test_money_that_is_invested_is_held_and_cannot_be_spent(game: Game) -> None:
    with clock.frozen(NOON):
        await add_products(game)
        ann = await add_settler(game, dollars=1_000)
        bought = await invest(ann, "treasury_bond", 1_000)
        assert (bought.principal, bought.status, bought.payout) == (1_000, "active", None)
        assert bought.early_payout == 950
        assert bought.matures_at == NOON + timedelta(days=7)
        assert (await money_of(game, ann))["dollars"] == 0
        hold = await game.database["holds"].find_one({"ownerId": ann})
        assert (hold["held"], hold["purpose"], hold["reference"]) == (
            {"dollars": 1_000},
            "investment",
            bought.id,
        )
        assert [view.id for view in (await portfolio(ann)).items] == [bought.id]
    await assert_sound()


async def test_a_product_takes_both_its_bounds_and_nothing_beyond(game: Game) -> None:
    await add_products(game)
    ann = await add_settler(game, dollars=1_000_000)
    for product, least, most in (
        ("treasury_bond", 100, 10_000),
        ("railroad_share", 500, 50_000),
        ("mining_share", 1_000, 100_000),
    ):
        await invest(ann, product, least)
        await invest(ann, product, most)
        for amount in (least - 1, most + 1):
            with pytest.raises(OutsideProductRange):
                await invest(ann, product, amount)
    await assert_sound()


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=lambda amount: repr(amount)[:12])
async def test_what_is_no_amount_is_refused_and_changes_nothing(game: Game, amount: Any) -> None:
    await add_products(game)
    ann = await add_settler(game, dollars=1_000)
    before = await fingerprint(game)
    with pytest.raises(InvalidAmount):
        await invest(ann, "treasury_bond", amount, key="k")
    assert await fingerprint(game) == before


async def test_who_cannot_invest_does_not(game: Game) -> None:
    await add_products(game)
    ann, dead = await add_settler(game, dollars=99), await add_settler(game, dollars=999)
    await change(game, dead, isDead=True)
    for who, product, error in (
        (ann, "treasury_bond", InsufficientFunds),
        (ann, "perpetual_motion", ProductNotFound),
        (dead, "treasury_bond", CharacterUnavailable),
        (ObjectId(), "treasury_bond", CharacterNotFound),
    ):
        with pytest.raises(error):
            await invest(who, product, 100)
    with pytest.raises(InvalidInput):
        await invest(ann, {"$ne": 1}, 100)  # type: ignore[arg-type]


async def test_ten_investments_are_active_at_most_even_at_once(game: Game) -> None:
    await add_products(game)
    ann = await add_settler(game, dollars=10_000)
    results = await asyncio.gather(
        *(invest(ann, "treasury_bond", 100) for _ in range(15)), return_exceptions=True
    )
    assert sum(isinstance(result, TooManyInvestments) for result in results) == 5
    bought = (await portfolio(ann)).items
    await redeem(ann, bought[0].id)
    await invest(ann, "treasury_bond", 100)
    await assert_sound()


async def test_twenty_calls_a_minute(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=10_000)
        for _ in range(10):
            bought = await invest(ann, "treasury_bond", 100)
            await redeem(ann, bought.id)
        with pytest.raises(RateLimited):
            await invest(ann, "treasury_bond", 100)
        now.advance(minutes=1)
        await invest(ann, "treasury_bond", 100)


async def test_one_key_invests_once(game: Game) -> None:
    await add_products(game)
    ann = await add_settler(game, dollars=1_000)
    answers = await asyncio.gather(*(invest(ann, "treasury_bond", 100, key="k") for _ in range(20)))
    assert len({answer.id for answer in answers}) == 1
    assert (await money_of(game, ann))["dollars"] == 900


# Redeeming


async def test_a_matured_investment_pays_what_was_drawn_then(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=10_000)
        bought = await invest(ann, "railroad_share", 10_000)
        now.advance(days=14, milliseconds=-1)
        assert await Jobs(MATURITY).run_until_idle() == 0
        now.advance(milliseconds=1)
        assert await Jobs(MATURITY).run_until_idle() == 1
        (matured,) = (await portfolio(ann)).items
        assert matured.status == "matured"
        assert matured.payout is not None
        assert 10_500 <= matured.payout <= 11_000
        paid = await redeem(ann, bought.id)
        assert (paid.paid, paid.gain) == (matured.payout, matured.payout - 10_000)
        assert (paid.investment.outcome, paid.investment.status) == ("paid", "redeemed")
        assert paid.balance == (await money_of(game, ann))["dollars"] == matured.payout
        rows = await game.database["goldtransactions"].find({"reference": bought.id}).to_list(9)
        assert {row["source"] for row in rows} == {
            "investment_held",
            "investment_redeemed",
            "investment_return",
        }
    await assert_sound()


async def test_a_late_job_changes_nothing_for_who_redeems(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=10_000)
        bought = await invest(ann, "treasury_bond", 10_000)
        now.advance(days=8)
        paid = await redeem(ann, bought.id)
        assert 200 <= paid.gain <= 400
        assert paid.investment.outcome == "paid"
        assert await Jobs(MATURITY).run_until_idle() == 0
    await assert_sound()


async def test_the_return_is_drawn_once_by_however_many_workers(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=100_000)
        bought = await invest(ann, "mining_share", 100_000)
        now.advance(days=21)
        await asyncio.gather(*(Jobs(MATURITY).run_until_idle() for _ in range(4)))
        first = (await portfolio(ann)).items[0].payout
        for _ in range(5):
            await mature(bought.id)
        assert (await portfolio(ann)).items[0].payout == first
        await mature(ObjectId())


async def test_giving_back_early_costs_the_penalty_and_burns_it(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=1_001)
        bought = await invest(ann, "mining_share", 1_001)
        now.advance(days=21, seconds=-1)
        paid = await redeem(ann, bought.id)
        assert (paid.paid, paid.gain, paid.balance) == (750, -251, 750)
        assert paid.investment.outcome == "early"
        rows = await game.database["accountentries"].find({"reference": bought.id}).to_list(9)
        assert sorted((row["source"], row["amount"]) for row in rows) == [
            ("investment_held", 1_001),
            ("investment_loss", -251),
            ("investment_redeemed", -750),
        ]
    await assert_sound()


async def test_a_default_is_matured_with_nothing_and_then_redeemed(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=500)
        bought = await invest(ann, "moon_railway", 400)
        now.advance(days=1)
        await mature(bought.id)
        assert (await portfolio(ann)).items[0].payout == 0
        paid = await redeem(ann, bought.id)
        assert (paid.paid, paid.gain, paid.balance) == (0, -400, 100)
        assert paid.investment.outcome == "defaulted"
    await assert_sound()


async def test_twenty_redemptions_at_once_pay_once(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=10_000)
        bought = await invest(ann, "treasury_bond", 10_000)
        now.advance(days=7)
        results = await asyncio.gather(
            Jobs(MATURITY).run_until_idle(),
            *(redeem(ann, bought.id) for _ in range(20)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, AlreadyRedeemed) for result in results) == 19
        assert 10_200 <= (await money_of(game, ann))["dollars"] <= 10_400
    await assert_sound()


async def test_nobody_redeems_what_is_not_theirs(game: Game) -> None:
    await add_products(game)
    ann, bob = await add_settler(game, dollars=1_000), await add_settler(game)
    bought = await invest(ann, "treasury_bond", 1_000)
    before = await fingerprint(game)
    for who, what in ((bob, bought.id), (ann, ObjectId())):
        with pytest.raises(InvestmentNotFound):
            await redeem(who, what)
    assert await fingerprint(game) == before


async def test_what_was_agreed_holds_whatever_becomes_of_the_product(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=1_000)
        bought = await invest(ann, "treasury_bond", 1_000)
        await game.database["investmentproducts"].delete_many({})
        now.advance(days=7)
        assert 20 <= (await redeem(ann, bought.id)).gain <= 40


async def test_a_payout_that_a_full_wallet_cannot_hold_waits(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=1_000)
        bought = await invest(ann, "treasury_bond", 1_000)
        cap = CAPS[Currency.DOLLARS]
        await economy.earn(ann, cap - 10, source=Source.QUEST_REWARD)
        now.advance(days=7)
        paid = await redeem(ann, bought.id)
        assert paid.parked > 0
        assert paid.parked == paid.paid - 10
        assert paid.balance == cap
    await assert_sound()


@pytest.mark.parametrize("status", ["active", "matured"])
async def test_an_investment_that_another_program_sold_is_paid(game: Game, status: str) -> None:
    """It has neither a hold nor terms: the product gives the terms, and what it pays is made."""
    with clock.frozen(NOON), dice.seeded(3):
        await add_products(game)
        ann, old = await add_settler(game), ObjectId()
        await game.database["investments"].insert_one(
            {
                "_id": old,
                "characterId": ann,
                "productType": "railroad_share",
                "principal": 1_000,
                "interestRate": 7.5,
                "purchasedAt": NOON - timedelta(days=20),
                "maturesAt": NOON - timedelta(days=6),
                "status": status,
            }
        )
        paid = await redeem(ann, old)
        assert 50 <= paid.gain <= 100
        if status == "matured":
            assert paid.gain == 75
        with pytest.raises(AlreadyRedeemed):
            await redeem(ann, old)
    await assert_sound()


async def test_the_products_are_listed(game: Game) -> None:
    await add_products(game)
    listed = await investments.investment_products()
    assert [product.product_type for product in listed] == [
        "mining_share",
        "moon_railway",
        "railroad_share",
        "treasury_bond",
    ]
    assert (listed[0].min_return, listed[0].max_return, listed[0].early_penalty) == (0, 20, 25)


async def test_the_portfolio_is_paged_newest_first(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        ann = await add_settler(game, dollars=10_000)
        bought = []
        for _ in range(7):
            bought.append((await invest(ann, "treasury_bond", 100)).id)
            now.advance(seconds=30)
        first = await portfolio(ann, limit=4)
        rest = await portfolio(ann, limit=4, after=first.next)
        assert [view.id for view in first.items + rest.items] == bought[::-1]
        for limit in (0, 101):
            with pytest.raises(InvalidInput):
                await portfolio(ann, limit=limit)


async def test_put_away_at_once_there_are_still_ten_active_investments(game: Game) -> None:
    await add_products(game)
    ann = await add_settler(game, dollars=1_000_000)

    @transactional
    async def beside_the_queue() -> ObjectId:
        return (await invest(ann, "treasury_bond", 1_000)).id

    async def all_at_once() -> list[ObjectId]:
        results = await asyncio.gather(
            *(beside_the_queue() for _ in range(16)), return_exceptions=True
        )
        assert all(isinstance(r, ObjectId | TooManyInvestments) for r in results), results
        return [result for result in results if isinstance(result, ObjectId)]

    opened = await all_at_once()
    assert len(opened) == 10
    await redeem(ann, opened[0])
    assert len(await all_at_once()) == 1
    active = {"characterId": ann, "status": "active"}
    assert await game.database["investments"].count_documents(active) == 10
