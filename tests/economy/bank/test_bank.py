"""The bank: vaults, their sizes, and the counter at which one must stand."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.economy import service as economy
from desperados.economy.bank import service as bank
from desperados.economy.bank.documents import VaultTier
from desperados.economy.bank.terms import CAPACITIES, TIER_COSTS, next_tier
from desperados.economy.errors import InvalidTier, NotAtBank, NoVault, VaultFull
from desperados.engine import clock
from desperados.engine.errors import InvalidInput, RateLimited
from desperados.engine.game import Game
from desperados.inventory import service as inventory
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import AccountFull, InsufficientFunds, InvalidAmount
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import (
    NO_AMOUNTS,
    add_settler,
    assert_sound,
    change,
    money_of,
    place_of,
)
from tests.worlds import fingerprint

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)


async def add_customer(game: Game, tier: VaultTier | None, dollars: int = 0) -> ObjectId:
    """A character at a bank, with a vault of a tier and ``dollars`` left."""
    steps = list(VaultTier)[: list(VaultTier).index(tier) + 1] if tier is not None else []
    customer = await add_settler(game, dollars=dollars + sum(TIER_COSTS[step] for step in steps))
    await place_of(game, customer, type="bank")
    if steps:
        await bank.open_vault(customer)
    for step in steps[1:]:
        await bank.upgrade_vault(customer, step)
    return customer


@given(st.sampled_from([None, *VaultTier]))
def test_tiers_follow_one_another_and_hold_more_each_time(tier: VaultTier | None) -> None:
    following = next_tier(tier)
    if following is None:
        assert tier is VaultTier.GOLD
        assert CAPACITIES[VaultTier.GOLD] is None
        return
    size, larger = 0 if tier is None else CAPACITIES[tier], CAPACITIES[following]
    assert size is not None
    assert larger is None or larger > size


async def test_a_vault_opens_free_and_grows_for_money(game: Game) -> None:
    ann = await add_settler(game, dollars=600)
    none = await bank.vault(ann)
    assert (none.tier, none.capacity, none.next_tier, none.next_cost) == (None, 0, "bronze", 0)
    opened = await bank.open_vault(ann)
    assert (opened.tier, opened.capacity, opened.balance) == ("bronze", 500, 0)
    assert (await bank.upgrade_vault(ann, VaultTier.SILVER)).capacity == 2_000
    assert (await bank.upgrade_vault(ann, VaultTier.GOLD)).capacity is None
    assert (await money_of(game, ann))["dollars"] == 0
    acts = await game.database["auditlogs"].find({"action": "VAULT_TIER_SET"}).to_list(None)
    assert [act["details"]["tier"] for act in acts] == ["bronze", "silver", "gold"]
    await assert_sound()


async def test_a_larger_vault_lets_its_owner_carry_more(game: Game) -> None:
    ann = await add_settler(game, dollars=1_000)
    rooms = []
    for step in (
        bank.open_vault(ann),
        bank.upgrade_vault(ann, VaultTier.SILVER),
        bank.upgrade_vault(ann, VaultTier.GOLD),
    ):
        await step
        room = await inventory.capacity(ann)
        rooms.append((room.max_slots, room.max_weight))
    assert rooms == [(120, 600), (140, 700), (160, 800)]
    await assert_sound()


async def test_unlimited_capacity_is_null_in_json(game: Game) -> None:
    ann = await add_customer(game, VaultTier.GOLD)
    shown = (await bank.vault(ann)).model_dump(mode="json", by_alias=True)
    assert shown == {
        "tier": "gold",
        "balance": 0,
        "capacity": None,
        "nextTier": None,
        "nextCost": None,
    }


async def test_no_tier_is_skipped_repeated_or_taken_back(game: Game) -> None:
    ann = await add_settler(game, dollars=10_000)
    with pytest.raises(NoVault):
        await bank.upgrade_vault(ann, VaultTier.SILVER)
    await bank.open_vault(ann)
    with pytest.raises(InvalidTier):
        await bank.open_vault(ann)
    for tier in (VaultTier.BRONZE, VaultTier.GOLD):
        with pytest.raises(InvalidTier):
            await bank.upgrade_vault(ann, tier)
    with pytest.raises(InvalidInput):
        await bank.upgrade_vault(ann, "platinum")  # type: ignore[arg-type]
    await bank.upgrade_vault(ann, VaultTier.SILVER)
    for tier in (VaultTier.BRONZE, VaultTier.SILVER):
        with pytest.raises(InvalidTier):
            await bank.upgrade_vault(ann, tier)
    assert (await money_of(game, ann))["dollars"] == 9_900


async def test_who_cannot_pay_gets_no_larger_vault(game: Game) -> None:
    ann = await add_settler(game, dollars=99)
    await bank.open_vault(ann)
    with pytest.raises(InsufficientFunds):
        await bank.upgrade_vault(ann, VaultTier.SILVER)
    assert (await bank.vault(ann)).tier is VaultTier.BRONZE


async def test_twenty_upgrades_at_once_cost_once(game: Game) -> None:
    ann = await add_settler(game, dollars=1_000)
    opened = await asyncio.gather(
        *(bank.open_vault(ann) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, InvalidTier) for result in opened) == 19
    results = await asyncio.gather(
        *(bank.upgrade_vault(ann, VaultTier.SILVER) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, InvalidTier) for result in results) == 19
    assert (await money_of(game, ann))["dollars"] == 900
    assert await game.database["bankaccounts"].count_documents({}) == 1
    await assert_sound()


async def test_money_goes_in_and_out(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=600)
    put = await bank.deposit(ann, 400)
    assert (put.wallet, put.vault) == (200, 400)
    got = await bank.withdraw(ann, 150)
    assert (got.wallet, got.vault) == (350, 250)
    rows = (await bank.vault_history(ann)).items
    assert {row.source: row.amount for row in rows} == {
        "bank_deposit": 400,
        "bank_withdrawal": -150,
    }
    await assert_sound()


async def test_a_vault_holds_what_its_tier_allows_and_not_a_dollar_more(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=5_000)
    await bank.deposit(ann, 500)
    before = await fingerprint(game)
    with pytest.raises(VaultFull) as caught:
        await bank.deposit(ann, 1)
    assert caught.value.facts["room"] == 0
    assert await fingerprint(game) == before
    await bank.upgrade_vault(ann, VaultTier.SILVER)
    await bank.deposit(ann, 1_500)
    with pytest.raises(VaultFull):
        await bank.deposit(ann, 1)


async def test_parallel_deposits_cannot_pass_the_capacity(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=5_000)
    results = await asyncio.gather(
        *(bank.deposit(ann, 100) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, VaultFull) for result in results) == 15
    assert (await bank.vault(ann)).balance == 500
    await assert_sound()


async def test_parallel_withdrawals_cannot_empty_a_vault_twice(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=500)
    await bank.deposit(ann, 500)
    results = await asyncio.gather(
        *(bank.withdraw(ann, 500) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 19
    assert (await money_of(game, ann))["dollars"] == 500
    await assert_sound()


async def test_the_bank_is_where_the_bank_is(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=100)
    await place_of(game, ann, type="saloon", buildings=[])
    before = await fingerprint(game)
    for move in (bank.deposit, bank.withdraw):
        with pytest.raises(NotAtBank):
            await move(ann, 10)
    assert await fingerprint(game) == before
    # A town counts when one of its buildings is a bank.
    await game.database["locations"].insert_one({"locationId": "the-bank", "type": "bank"})
    await place_of(game, ann, buildings=["the-saloon", "the-bank"])
    await bank.deposit(ann, 10)
    await place_of(game, ann, buildings=["the-saloon"])
    with pytest.raises(NotAtBank):
        await bank.deposit(ann, 10)
    await place_of(game, ann, buildings=["bank"])
    await bank.deposit(ann, 10)
    await change(game, ann, currentLocationId=ObjectId())
    with pytest.raises(NotAtBank):
        await bank.deposit(ann, 10)


@pytest.mark.parametrize("condition", ["isDead", "isInJail", "isInCombat"])
async def test_the_dead_the_jailed_and_the_fighting_are_not_served(
    game: Game, condition: str
) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=100)
    await bank.deposit(ann, 10)
    await change(game, ann, **{condition: True})
    before = await fingerprint(game)
    for attempt in (
        bank.deposit(ann, 10),
        bank.withdraw(ann, 10),
        bank.upgrade_vault(ann, VaultTier.SILVER),
    ):
        with pytest.raises(CharacterUnavailable):
            await attempt
    assert await fingerprint(game) == before


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=lambda amount: repr(amount)[:12])
async def test_what_is_no_amount_is_refused_and_changes_nothing(game: Game, amount: Any) -> None:
    ann = await add_customer(game, VaultTier.GOLD, dollars=100)
    await bank.deposit(ann, 50)
    before = await fingerprint(game)
    for move in (bank.deposit, bank.withdraw):
        with pytest.raises(InvalidAmount):
            await move(ann, amount, key="k")
    assert await fingerprint(game) == before


async def test_nobody_has_no_vault(game: Game) -> None:
    ann = await add_customer(game, None, dollars=100)
    for move in (bank.deposit, bank.withdraw):
        with pytest.raises(NoVault):
            await move(ann, 10)
    for attempt in (bank.vault(ObjectId()), bank.open_vault(ObjectId())):
        with pytest.raises(CharacterNotFound):
            await attempt


async def test_more_than_there_is_neither_goes_in_nor_out(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=100)
    for move, amount in ((bank.deposit, 101), (bank.deposit, 10_000), (bank.withdraw, 1)):
        with pytest.raises(InsufficientFunds):
            await move(ann, amount)


async def test_a_withdrawal_that_the_wallet_cannot_hold_is_refused_whole(game: Game) -> None:
    cap = CAPS[Currency.DOLLARS]
    ann = await add_customer(game, VaultTier.GOLD, dollars=cap - 1_000)
    await bank.deposit(ann, 1_000)
    await economy.earn(ann, 1_500, source=Source.QUEST_REWARD)
    with pytest.raises(AccountFull) as caught:
        await bank.withdraw(ann, 501)
    assert caught.value.facts["room"] == 500
    await bank.withdraw(ann, 500)
    assert (await money_of(game, ann))["dollars"] == cap
    await assert_sound()


async def test_a_vault_without_a_limit_still_has_the_cap_of_a_wallet(game: Game) -> None:
    cap = CAPS[Currency.DOLLARS]
    ann = await add_customer(game, VaultTier.GOLD, dollars=cap - 1_000)
    await bank.deposit(ann, cap - 1_000)
    await economy.earn(ann, 2_000, source=Source.QUEST_REWARD)
    with pytest.raises(VaultFull):
        await bank.deposit(ann, 1_001)
    await bank.deposit(ann, 1_000)
    await assert_sound()


async def test_a_hundred_operations_an_hour_in_a_fixed_window(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_customer(game, VaultTier.BRONZE, dollars=200)
        for _ in range(100):
            await bank.deposit(ann, 1)
        with pytest.raises(RateLimited):
            await bank.withdraw(ann, 1)
        now.advance(hours=1, milliseconds=-1)
        with pytest.raises(RateLimited):
            await bank.withdraw(ann, 1)
        now.advance(milliseconds=1)
        await bank.withdraw(ann, 1)
    await assert_sound()


async def test_one_key_deposits_once(game: Game) -> None:
    ann = await add_customer(game, VaultTier.BRONZE, dollars=200)
    answers = await asyncio.gather(*(bank.deposit(ann, 10, key="k") for _ in range(20)))
    assert len({answer.operation for answer in answers}) == 1
    assert (await bank.vault(ann)).balance == 10
