"""What boosts a reward: only play is boosted, within bounds, and every amount can be explained."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters import service as characters
from desperados.characters.documents import CharacterBackground
from desperados.characters.errors import CharacterNotFound
from desperados.economy import rewards
from desperados.economy import service as economy
from desperados.economy.corrections import staff
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.engine import clock
from desperados.engine.errors import KeyReused
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import UnknownSource, ZeroAmount
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import BOOSTABLE, RESERVED, Flow, Source
from desperados.ops.audit import audit
from desperados.play import multiplier_rules as rules
from desperados.play.errors import NotBoostable
from tests.economy.market.market_world import add_item, add_trader
from tests.economy.money_worlds import add_settler, change, place_of
from tests.games import embedded
from tests.worlds import STAFF, add_character, fingerprint

NOON = datetime(2100, 6, 7, 12, tzinfo=UTC)
QUEST = Source.QUEST_REWARD
amounts = st.integers(1, CAPS[Currency.DOLLARS])
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())
)


async def event(game: Game, modifier: Any, **fields: Any) -> ObjectId:
    """An event that is on for the day."""
    row = {
        "_id": ObjectId(),
        "status": "active",
        "startsAt": clock.now() - timedelta(hours=1),
        "endsAt": clock.now() + timedelta(days=1),
        "effects": {},
        "extraEffects": {"income": modifier},
        **fields,
    }
    await game.database["worldevents"].insert_one(row)
    found: ObjectId = row["_id"]
    return found


async def prestige(game: Game, who: ObjectId, bonus: Any) -> None:
    await game.database["legacyprofiles"].insert_one(
        {"characterId": who, "prestigeRank": 3, "bonuses": {"goldBonus": bonus}}
    )


async def earned(who: ObjectId, amount: int = 100) -> int:
    return (await economy.earn(who, amount, source=QUEST, boostable=True)).amount


async def last_row(game: Game, who: ObjectId) -> dict[str, Any]:
    rows = game.database["goldtransactions"].find({"characterId": who})
    found: list[dict[str, Any]] = await rows.sort("seq", -1).to_list(1)
    return found[0]


# The rules


@given(amounts, st.lists(anything, max_size=6), anything, st.booleans())
def test_whatever_others_wrote_a_reward_stays_whole_and_within_its_bounds(
    amount: int, modifiers: list[Any], bonus: Any, newcomer: bool
) -> None:
    events = [rules.event_factor(modifier) for modifier in modifiers]
    assert all(1_000 <= factor <= 100_000 for factor in events)
    rank = rules.prestige_factor(bonus)
    assert rules.ONE <= rank <= 12_500
    stake = rules.NEWCOMER if newcomer else rules.ONE
    result = rules.multiplied(amount, [*events, rank, stake])
    assert type(result) is int
    assert max(1, amount // 2) <= result <= amount * 3


@given(amounts, st.lists(st.integers(1_000, 100_000), max_size=6))
def test_percents_are_added_up_and_rounded_once_and_down(amount: int, factors: list[int]) -> None:
    total = Fraction(1) + sum((Fraction(f, rules.ONE) - 1 for f in factors), Fraction())
    exact = amount * min(Fraction(3), max(Fraction(1, 2), total))
    result = rules.multiplied(amount, factors)
    assert result == 1 if exact < 1 else 0 <= exact - result < 1


@pytest.mark.parametrize(
    ("modifier", "factor"),
    [
        (1.15, 11_500),
        (2, 20_000),
        (0.1, 1_000),
        (0, 1_000),
        (-5, 1_000),
        (11, 100_000),
        (10**400, 100_000),
        (float("inf"), 100_000),
        (float("-inf"), 1_000),
        (float("nan"), rules.ONE),
        (None, rules.ONE),
        (True, rules.ONE),
        ("3", rules.ONE),
    ],
)
def test_the_factor_of_an_event_is_clamped(modifier: Any, factor: int) -> None:
    assert rules.event_factor(modifier) == factor


@pytest.mark.parametrize(
    ("bonus", "factor"),
    [(0.05, 10_500), (0.2, 12_000), (1.01, 12_500), (-0.5, rules.ONE), (float("nan"), rules.ONE)],
)
def test_prestige_adds_at_most_what_the_fifth_rank_does(bonus: float, factor: int) -> None:
    assert rules.prestige_factor(bonus) == factor


# What may be boosted


@pytest.mark.parametrize("source", [s for s in Source if s not in BOOSTABLE], ids=str)
async def test_nothing_but_play_can_be_boosted(game: Game, source: Source) -> None:
    ann = await add_character(game)
    before = await fingerprint(game)
    minted = source.flow is Flow.FAUCET and source not in RESERVED
    refusal = NotBoostable if minted else UnknownSource
    with pytest.raises(refusal) as refused:
        await economy.earn(ann, 100, source=source, boostable=True)
    assert refused.value.facts["path"] == "source"
    assert await fingerprint(game) == before


def test_what_may_be_boosted_is_a_short_list_of_faucets() -> None:
    assert {source.value for source in BOOSTABLE} == {
        "combat_reward",
        "legend_reward",
        "crime_loot",
        "action_reward",
        "quest_reward",
        "job_wage",
        "contract_reward",
    }
    assert all(source.flow is Flow.FAUCET for source in BOOSTABLE)


async def test_metal_is_never_boosted(game: Game) -> None:
    ann = await add_character(game)
    for metal in (Currency.GOLD, Currency.SILVER):
        with pytest.raises(NotBoostable) as refused:
            await economy.earn(ann, 5, source=QUEST, currency=metal, boostable=True)
        assert refused.value.facts == {"path": "currency", "currency": metal.value}


async def test_it_counts_only_where_it_is_asked_for(game: Game) -> None:
    ann = await add_character(game)
    await event(game, 2)
    assert (await economy.earn(ann, 100, source=QUEST)).amount == 100
    assert "metadata" not in await last_row(game, ann)


async def test_an_amount_is_checked_before_its_boost(game: Game) -> None:
    ann = await add_character(game)
    with pytest.raises(ZeroAmount):
        await earned(ann, 0)
    with pytest.raises(CharacterNotFound):
        await earned(ObjectId())


async def test_a_bidder_who_is_outbid_in_a_good_hour_has_back_exactly_what_was_held(
    game: Game,
) -> None:
    await add_item("whiskey")
    seller, ann = await add_trader(game, whiskey=1), await add_trader(game)
    bob = await add_trader(game)
    await event(game, 3)
    for who in (ann, bob):
        await prestige(game, who, 0.2)
    held = (await economy.balance(ann)).dollars
    lot = await market.create_listing(seller, item="whiskey", price=100, is_auction=True)
    await sales.place_bid(ann, lot.id, amount=100)
    assert (await economy.balance(ann)).dollars == held - 100
    await change(game, ann, createdAt=clock.now())
    await sales.place_bid(bob, lot.id, amount=200)
    assert (await economy.balance(ann)).dollars == held


# Events


async def test_the_events_that_are_on_count_together_for_a_half_to_three(game: Game) -> None:
    ann = await add_settler(game)
    assert await earned(ann) == 100
    await event(game, 1.5)
    assert await earned(ann) == 150
    assert await earned(ann, 1) == 1
    await event(game, 1.5)
    assert await earned(ann) == 200
    await event(game, float("inf"))
    assert await earned(ann) == 300
    await game.database["worldevents"].delete_many({})
    await event(game, -7)
    assert await earned(ann) == 50
    assert await earned(ann, 1) == 1
    assert (await audit()).clean


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "expired"},
        {"status": "completed"},
        {"startsAt": NOON + timedelta(seconds=1)},
        {"endsAt": NOON},
        {"extraEffects": {"mining": 2}},
        {"extraEffects": {"income": "2"}},
        {"extraEffects": {"income": float("nan")}},
        {"extraEffects": None},
        {"locationId": ObjectId()},
        {"regionId": "elsewhere"},
    ],
)
async def test_an_event_that_is_over_elsewhere_or_about_something_else_does_not_count(
    game: Game, fields: dict[str, Any]
) -> None:
    with clock.frozen(NOON):
        ann = await add_settler(game)
        await place_of(game, ann, regionId="frontier")
        await event(game, 2, **fields)
        assert await earned(ann) == 100
        assert "metadata" not in await last_row(game, ann)


async def test_an_event_of_a_place_counts_there(game: Game) -> None:
    ann = await add_settler(game)
    await place_of(game, ann, regionId="frontier")
    here = (await game.database["characters"].find_one({"_id": ann}))["currentLocationId"]
    await event(game, 1.2, locationId=here)
    await event(game, 1.5, regionId="frontier")
    assert await earned(ann) == 170


# Prestige


async def test_prestige_adds_to_what_is_earned(game: Game) -> None:
    ann = await add_settler(game)
    await prestige(game, ann, 0.15)
    assert await earned(ann) == 115
    assert await earned(ann, 1) == 1


@pytest.mark.parametrize("bonuses", [None, {}, "much", {"goldBonus": "much"}, [0.2]])
async def test_prestige_of_another_form_adds_nothing(game: Game, bonuses: Any) -> None:
    ann = await add_settler(game)
    await game.database["legacyprofiles"].insert_one({"characterId": ann, "bonuses": bonuses})
    assert await earned(ann) == 100


# The stake of a newcomer


@pytest.fixture
async def ann(game: Game) -> ObjectId:
    """The first character of an account, just made."""
    user = ObjectId()
    await game.database["users"].insert_one({"_id": user, "username": "ann", "email": "a@b.org"})
    await game.database["locations"].insert_many(
        [{"locationId": code} for code in ("red-gulch", "the-frontera", "kaiowa-mesa")]
    )
    return (await characters.create(user, name="Ann", background=CharacterBackground.DRIFTER)).id


async def another(game: Game, ann: ObjectId, name: str) -> ObjectId:
    user = (await game.database["characters"].find_one({"_id": ann}))["userId"]
    return (await characters.create(user, name=name, background=CharacterBackground.DRIFTER)).id


async def test_the_first_character_has_a_stake_for_two_hours(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_character(game)
        assert await earned(ann) == 150
        now.advance(seconds=2 * 3600 - 1)
        assert await earned(ann) == 150
        now.advance(seconds=1)
        assert await earned(ann) == 100


async def test_a_second_character_has_no_stake_and_takes_none_from_the_first(
    game: Game, ann: ObjectId
) -> None:
    bea = await another(game, ann, "Bea")
    assert (await earned(ann), await earned(bea)) == (150, 100)


async def test_deleting_the_first_character_gives_no_second_stake(
    game: Game, ann: ObjectId
) -> None:
    await characters.delete(ann, name="Ann")
    assert await earned(await another(game, ann, "Ann")) == 100


async def test_a_character_of_unknown_age_counts_as_older(game: Game, ann: ObjectId) -> None:
    user = (await game.database["characters"].find_one({"_id": ann}))["userId"]
    await game.database["characters"].insert_one({"userId": user, "name": "Old"})
    assert await earned(ann) == 100


# What is kept of it


async def test_the_row_keeps_what_explains_the_amount(game: Game) -> None:
    ann = await add_character(game)
    first, second = await event(game, 1.15), await event(game, 1.1)
    await event(game, 1)
    await prestige(game, ann, 0.05)
    receipt = await economy.earn(ann, 333, source=QUEST, boostable=True)
    assert (receipt.amount, receipt.base, receipt.balance) == (599, 333, 599)
    row = await last_row(game, ann)
    boost = row["metadata"]["boost"]
    assert boost["base"] == 333
    assert {e["id"]: e["factor"] for e in boost["events"]} == {first: 11_500, second: 11_000}
    assert (boost["prestige"], boost["newcomer"]) == (10_500, 15_000)
    factors = [each["factor"] for each in boost["events"]]
    assert boost["effects"] == rules.ONE
    assert row["amount"] == rules.multiplied(333, [*factors, boost["prestige"], boost["newcomer"]])
    (entry,) = (await economy.history(ann)).items
    assert (entry.amount, entry.base) == (599, 333)
    assert (await audit()).clean


async def test_what_does_not_fit_the_wallet_waits_with_its_boost(game: Game) -> None:
    cap = CAPS[Currency.DOLLARS]
    ann = await add_settler(game, dollars=cap - 30)
    await event(game, 2)
    receipt = await economy.earn(ann, 100, source=QUEST, boostable=True)
    assert (receipt.amount, receipt.parked, receipt.balance) == (200, 170, cap)
    waiting = await game.database["accountentries"].find_one({"amount": 170})
    assert waiting["metadata"] == (await last_row(game, ann))["metadata"]
    await economy.spend(ann, 1000, source=Source.SERVICE_FEE)
    (reward,) = (await rewards.list_rewards(ann)).items
    await rewards.claim_reward(ann, reward.id)
    assert (await economy.balance(ann)).dollars == cap - 1000 + 170
    assert (await audit()).clean


async def test_the_largest_reward_at_the_largest_boost_is_all_there(game: Game) -> None:
    cap = CAPS[Currency.DOLLARS]
    ann = await add_character(game)
    await event(game, 10)
    await prestige(game, ann, 0.2)
    receipt = await economy.earn(ann, cap, source=QUEST, boostable=True)
    assert receipt.amount == cap * 3
    assert receipt.balance + receipt.parked == receipt.amount
    assert (await audit()).clean


async def test_a_repeated_call_has_the_first_answer_after_the_event_has_ended(game: Game) -> None:
    ann = await add_settler(game)
    happening = await event(game, 2)
    first = await economy.earn(ann, 100, source=QUEST, boostable=True, key="once")
    await game.database["worldevents"].delete_one({"_id": happening})
    again = await economy.earn(ann, 100, source=QUEST, boostable=True, key="once")
    assert again == first
    assert (first.amount, (await economy.balance(ann)).dollars) == (200, 200)
    with pytest.raises(KeyReused):
        await economy.earn(ann, 100, source=QUEST, key="once")


async def test_a_reversal_takes_back_what_was_paid_not_what_was_promised(game: Game) -> None:
    ann, admin = await add_settler(game), STAFF
    await event(game, 2)
    paid = await economy.earn(ann, 100, source=QUEST, boostable=True)
    await staff.reverse(admin, paid.operation, reason="a mistake")
    assert (await economy.balance(ann)).dollars == 0
    assert (await audit()).clean


async def test_what_is_not_boosted_costs_no_reads_and_what_is_costs_a_few(game: Game) -> None:
    stats = embedded(game).stats
    ann = await add_settler(game)
    for _ in range(30):
        await event(game, 1.01)

    async def reads(**more: Any) -> int:
        stats.reset()
        await economy.earn(ann, 100, source=QUEST, **more)
        return sum(stats.commands[name] for name in ("find", "aggregate", "getMore"))

    await reads(boostable=True)  # places are kept once they were read
    assert await reads() == 1
    assert await reads(boostable=True) == 2
    await change(game, ann, createdAt=clock.now())
    assert await reads(boostable=True) == 2
    await event(game, 2, regionId="frontier", startsAt=clock.now() - timedelta(days=9))
    assert await reads(boostable=True) == 2
    assert stats.full_scans == {}
