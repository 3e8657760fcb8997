"""Bounties of players: the money lies in a hold and comes back or goes to one, to the last coin."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados import characters, economy, law
from desperados.accounts.documents import UserRole
from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.crime.bounties import (
    bounties_on,
    bounty_board,
    cancel_bounty,
    my_bounties,
    post_bounty,
    retract_bounty,
    rules,
)
from desperados.crime.errors import (
    BountyClosed,
    BountyNotFound,
    PriceOutOfRange,
    PriceTooHigh,
    SelfTarget,
    TargetTooGreen,
    TooManyPrices,
    TooSoon,
)
from desperados.crime.jobs import JOBS
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import InvalidInput, LimitExceeded
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.ledger.money.errors import InsufficientFunds, InvalidAmount
from desperados.testing import World, hammer
from tests.law.courts import charge, prices
from tests.world.people import change

START = 100  # what every character has


async def head(world: World, **fields: Any) -> ObjectId:
    """Somebody for whom a price may be paid."""
    jane = await world.character()
    await change(jane, level=5, **fields)
    return jane


async def dollars(character: ObjectId) -> int:
    return (await economy.balance(character)).dollars


async def held(world: World) -> int:
    rows = await world.game.database["holds"].find({"purpose": "bounty"}).to_list(None)
    return sum(row["held"].get("dollars", 0) for row in rows)


@given(st.integers(rules.LEAST, rules.MOST))
def test_who_posts_always_pays_more_than_ever_comes_of_it(amount: int) -> None:
    assert rules.fee(amount) * 10 >= amount
    assert rules.fee(amount) >= 10


@pytest.mark.parametrize("amount", [-1, 0, 99, 100_001])
async def test_a_price_is_100_to_100_000_dollars(world: World, amount: int) -> None:
    jane, bill = await head(world), await world.character(dollars=900_000)
    with pytest.raises((PriceOutOfRange, InvalidAmount)):
        await post_bounty(bill, jane, amount)


async def test_a_price_is_held_and_its_fee_is_gone(world: World, time: FrozenClock) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    got = await post_bounty(bill, jane, 505, reason="He shot my mule.")
    assert await dollars(bill) == START + 1_000 - 505 - 51
    assert await held(world) == 505
    assert (got.rank, got.expires_at) == ("wanted", time.at + timedelta(days=7))
    status = await law.status(jane)
    assert (status.bounty, status.rank, status.wanted) == (505, "wanted", 0)


async def test_a_second_post_raises_the_first(world: World, time: FrozenClock) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    first = await post_bounty(bill, jane, 100)
    time.advance(days=3)
    second = await post_bounty(bill, jane, 200, anonymous=True)
    assert (second.id, second.amount) == (first.id, 300)
    assert second.expires_at == time.at + timedelta(days=7)
    (row,) = await prices(world.game, jane)
    assert (row["amount"], row["anonymous"]) == (300, True)
    assert await held(world) == 300


async def test_posts_at_once_by_one_make_one_price(world: World) -> None:
    jane, bill = await head(world), await world.character(dollars=10_000)
    outcomes = await hammer(lambda: post_bounty(bill, jane, 100), 7)
    assert (outcomes.done, outcomes.refused) == (5, {"limit_exceeded": 2})
    (row,) = await prices(world.game, jane)
    assert row["amount"] == 500 == await held(world)


async def test_posts_at_once_by_many_leave_the_rank_of_their_sum(world: World) -> None:
    jane = await head(world)
    payers = [await world.character(dollars=1_000) for _ in range(6)]
    crimes = [charge(jane, bounty=LawBounty("frontera", 400, "arson")) for _ in range(2)]
    await asyncio.gather(*(post_bounty(payer, jane, 150) for payer in payers), *crimes)
    rows = await prices(world.game, jane)
    assert sum(row["amount"] for row in rows) == 6 * 150 + 800
    assert {row["wantedRank"] for row in rows} == {"notorious"}


async def test_the_same_key_posts_once(world: World) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    first = await post_bounty(bill, jane, 100, key="a")
    assert await post_bounty(bill, jane, 100, key="a") == first
    assert await held(world) == 100


async def test_a_head_bears_250_000_dollars_of_twelve_people(
    world: World, time: FrozenClock
) -> None:
    jane = await head(world)
    rich = [await world.character(dollars=300_000) for _ in range(3)]
    await post_bounty(rich[0], jane, 100_000)
    await post_bounty(rich[1], jane, 100_000)
    with pytest.raises(PriceTooHigh) as refusal:
        await post_bounty(rich[2], jane, 50_001)
    assert refusal.value.facts["left"] == 50_000
    for _ in range(10):
        await post_bounty(await world.character(dollars=200), jane, 100)
    with pytest.raises(TooManyPrices):
        await post_bounty(rich[2], jane, 100)
    await post_bounty(rich[0], jane, 100)  # a raise takes no place


async def test_a_price_has_its_refusals(world: World, time: FrozenClock) -> None:
    owner = await world.account()
    bill = await world.character(of=owner, dollars=1_000)
    brother, green = await world.character(of=owner), await world.character()
    await change(brother, level=9)
    with pytest.raises(SelfTarget):
        await post_bounty(bill, bill, 100)
    with pytest.raises(SelfTarget):
        await post_bounty(bill, brother, 100)
    with pytest.raises(TargetTooGreen):
        await post_bounty(bill, green, 100)
    with pytest.raises(CharacterNotFound):
        await post_bounty(bill, ObjectId(), 100)
    with pytest.raises(CharacterUnavailable):
        await post_bounty(bill, await head(world, isDead=True), 100)
    jane = await head(world)
    with pytest.raises(InsufficientFunds):
        await post_bounty(bill, jane, 1_050)
    for _ in range(5):
        await post_bounty(bill, jane, 100)
    with pytest.raises(LimitExceeded):
        await post_bounty(bill, jane, 100)


async def test_a_price_can_be_taken_back_after_a_day(world: World, time: FrozenClock) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    posted = await post_bounty(bill, jane, 500)
    with pytest.raises(TooSoon):
        await cancel_bounty(bill, posted.id)
    with pytest.raises(BountyNotFound):
        await cancel_bounty(jane, posted.id)
    time.advance(days=1)
    outcomes = await hammer(lambda: cancel_bounty(bill, posted.id), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"bounty_closed": 3})
    assert await dollars(bill) == START + 1_000 - 50
    assert (await law.status(jane)).bounty == 0


async def test_the_rank_falls_when_a_price_is_taken_back(world: World, time: FrozenClock) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    await charge(jane, bounty=LawBounty("frontera", 120, "arson"))
    posted = await post_bounty(bill, jane, 500)
    time.advance(days=1)
    await cancel_bounty(bill, posted.id)
    (row,) = await prices(world.game, jane)
    assert row["wantedRank"] == "petty"


async def test_after_a_week_the_money_comes_back(world: World, time: FrozenClock) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    await post_bounty(bill, jane, 500)
    time.advance(days=6, hours=23)
    await Jobs(JOBS).run_until_idle()
    assert (await law.status(jane)).bounty == 500
    time.advance(hours=1)
    assert (await law.status(jane)).bounty == 0  # noted or not
    await Jobs(JOBS).run_until_idle()  # bounties_expire
    assert await dollars(bill) == START + 1_000 - 50
    assert await held(world) == 0
    assert len(await prices(world.game, jane, "expired")) == 1


async def test_what_is_over_and_not_noted_can_be_raised(world: World, time: FrozenClock) -> None:
    jane, bill = await head(world), await world.character(dollars=1_000)
    await post_bounty(bill, jane, 500)
    time.advance(days=9)
    assert (await post_bounty(bill, jane, 100)).amount == 600
    await Jobs(JOBS).run_until_idle()
    assert (await law.status(jane)).bounty == 600 == await held(world)


async def test_whoever_leaves_the_world_leaves_no_money_behind(
    world: World, time: FrozenClock
) -> None:
    jane = await head(world)
    bill, cole = await world.character(dollars=1_000), await world.character(dollars=1_000)
    await post_bounty(bill, jane, 500)
    await post_bounty(cole, jane, 300)
    name = (await world.game.database["characters"].find_one({"_id": bill}))["name"]
    await characters.delete(bill, name=name)
    (row,) = await prices(world.game, jane)
    assert (row["amount"], row["wantedRank"]) == (300, "petty")
    name = (await world.game.database["characters"].find_one({"_id": jane}))["name"]
    await characters.delete(jane, name=name)
    assert await dollars(cole) == START + 1_000 - 30
    assert await held(world) == 0


async def test_the_board_shows_what_players_pay_page_by_page(
    world: World, time: FrozenClock
) -> None:
    bill = await world.character(dollars=10_000, name="Wild Bill")
    heads = [await head(world) for _ in range(3)]
    await charge(heads[2], jail=Sentence(Cause.CHEATING))
    for number, who in enumerate(heads):
        await post_bounty(bill, who, 100 * (number + 1), anonymous=number == 1)
    first = await bounty_board(limit=2)
    assert [(h.amount, h.at_large, h.issuer) for h in first.items] == [
        (300, False, "Wild Bill"),
        (200, True, None),
    ]
    rest = await bounty_board(limit=2, after=first.next)
    assert [(h.character_id, h.amount) for h in rest.items] == [(heads[0], 100)]
    assert rest.next is None
    time.advance(days=7)
    assert (await bounty_board()).items == []
    with pytest.raises(InvalidInput):
        await bounty_board(limit=101)


async def test_everybody_sees_what_is_on_a_head_and_who_pays_what_became_of_it(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await head(world), await world.character(dollars=10_000)
    await charge(jane, bounty=LawBounty("frontera", 700, "arson"))
    posted = await post_bounty(bill, jane, 100)
    found = await bounties_on(jane)
    assert (found.total, found.rank) == (800, "wanted")
    assert [(p.source, p.faction, p.amount) for p in found.prices] == [
        ("crime", "frontera", 700),
        ("player", None, 100),
    ]
    time.advance(days=1)
    await cancel_bounty(bill, posted.id)
    (mine,) = (await my_bounties(bill)).items
    assert (mine.id, mine.status, mine.amount) == (posted.id, "cancelled", 100)
    assert (await my_bounties(jane)).items == []


async def test_staff_take_a_price_off_a_head(world: World, time: FrozenClock) -> None:
    sheriff = await world.account(role=UserRole.ADMIN)
    jane, bill = await head(world), await world.character(dollars=1_000)
    posted = await post_bounty(bill, jane, 500)
    await retract_bounty(sheriff.user_id, posted.id, reason="harassment")
    assert await dollars(bill) == START + 1_000 - 50
    with pytest.raises(BountyClosed):
        await retract_bounty(sheriff.user_id, posted.id, reason="harassment")
    with pytest.raises(BountyNotFound):
        await retract_bounty(sheriff.user_id, ObjectId(), reason="harassment")
    acts = await world.game.database["auditlogs"].find({"action": "BOUNTY_RETRACTED"}).to_list(None)
    assert len(acts) == 1
