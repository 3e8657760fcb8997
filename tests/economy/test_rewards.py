"""Rewards that wait: claimed once, in parts where the wallet has only room for a part."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from desperados.economy import estates, rewards
from desperados.economy import service as economy
from desperados.economy.errors import AlreadyClaimed, RewardNotFound, WalletFull
from desperados.economy.rewards import claim_reward, list_rewards
from desperados.engine import clock
from desperados.engine.errors import InvalidInput
from desperados.engine.game import Game
from desperados.inventory import service as inventory
from desperados.inventory import staff as item_staff
from desperados.ledger.items.errors import NothingThere
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item, rewards_of
from tests.economy.money_worlds import add_settler, assert_sound, money_of
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import STAFF, add_character, fingerprint, leave_the_world

LAPSE = sweep_named("reward_lapse")

GOLD = Currency.GOLD
CAP = CAPS[GOLD]
NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)


async def park(game: Game, owner: ObjectId, amount: int) -> ObjectId:
    """Gold that the owner's full wallet could not take."""
    held = (await economy.balance(owner)).gold
    if held < CAP:
        await economy.earn(owner, CAP - held, source=Source.QUEST_REWARD, currency=GOLD)
    await economy.earn(owner, amount, source=Source.QUEST_REWARD, currency=GOLD)
    (reward,) = (
        await game.database["pendingrewards"]
        .find({"characterId": owner})
        .sort("_id", -1)
        .limit(1)
        .to_list(1)
    )
    identity: ObjectId = reward["_id"]
    return identity


async def drop(owner: ObjectId, amount: int) -> None:
    await economy.spend(owner, amount, source=Source.SERVICE_FEE, currency=GOLD)


async def test_a_waiting_reward_is_shown_claimed_and_gone(game: Game) -> None:
    ann = await add_settler(game)
    reward = await park(game, ann, 7)
    (shown,) = (await list_rewards(ann)).items
    assert (shown.id, shown.source, shown.money) == (reward, "quest_reward", {GOLD: 7})
    assert not shown.has_goods
    await drop(ann, 10)
    claimed = await claim_reward(ann, reward)
    assert (claimed.claimed, claimed.waiting) == ({GOLD: 7}, {})
    assert (await money_of(game, ann))["gold"] == CAP - 3
    assert (await list_rewards(ann)).items == []
    with pytest.raises(AlreadyClaimed):
        await claim_reward(ann, reward)
    await assert_sound()


async def test_a_wallet_with_room_for_a_part_takes_the_part(game: Game) -> None:
    ann = await add_settler(game)
    reward = await park(game, ann, 7)
    with pytest.raises(WalletFull):
        await claim_reward(ann, reward)
    await drop(ann, 5)
    claimed = await claim_reward(ann, reward)
    assert (claimed.claimed, claimed.waiting) == ({GOLD: 5}, {GOLD: 2})
    assert (await list_rewards(ann)).items[0].money == {GOLD: 2}
    await drop(ann, 2)
    assert (await claim_reward(ann, reward)).waiting == {}
    assert (await list_rewards(ann)).items == []
    await assert_sound()


async def test_twenty_claims_at_once_pay_once(game: Game) -> None:
    ann = await add_settler(game)
    reward = await park(game, ann, 7)
    await drop(ann, 100)
    results = await asyncio.gather(
        *(claim_reward(ann, reward) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, AlreadyClaimed) for result in results) == 19
    assert (await money_of(game, ann))["gold"] == CAP - 93
    rows = await game.database["goldtransactions"].count_documents({"source": "reward_claimed"})
    assert rows == 1
    await assert_sound()


async def test_a_crash_in_the_middle_of_a_claim_leaves_the_reward(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await add_settler(game)
    reward = await park(game, ann, 7)
    await drop(ann, 100)
    before = await fingerprint(game)

    def crash(*_: object, **__: object) -> object:
        raise RuntimeError("crash")

    monkeypatch.setattr(rewards, "StagedUpdate", crash)
    with pytest.raises(RuntimeError):
        await claim_reward(ann, reward, key="k")
    monkeypatch.undo()
    assert await fingerprint(game) == before
    first = await claim_reward(ann, reward, key="k")
    assert await claim_reward(ann, reward, key="k") == first
    await assert_sound()


async def test_nobody_claims_what_is_not_theirs(game: Game) -> None:
    ann, bob = await add_settler(game), await add_settler(game)
    reward = await park(game, ann, 7)
    await drop(ann, 100)
    before = await fingerprint(game)
    for who, what in ((bob, reward), (ann, ObjectId())):
        with pytest.raises(RewardNotFound):
            await claim_reward(who, what)
    assert await fingerprint(game) == before


async def test_a_reward_that_another_program_left_is_claimed_until_it_expires(game: Game) -> None:
    with clock.frozen(NOON):
        ann = await add_settler(game)
        kept, late = ObjectId(), ObjectId()
        common = {"characterId": ann, "rewardType": "event", "source": "harvest", "createdAt": NOON}
        await game.database["pendingrewards"].insert_many(
            [
                {
                    "_id": kept,
                    **common,
                    "rewards": {"dollars": 50.0, "gold": 2},
                    "expiresAt": NOON + timedelta(days=1),
                },
                {"_id": late, **common, "rewards": {"dollars": 50}, "expiresAt": NOON},
            ]
        )
        claimed = await claim_reward(ann, kept)
        assert claimed.claimed == {Currency.DOLLARS: 50, GOLD: 2}
        with pytest.raises(RewardNotFound):
            await claim_reward(ann, late)
    await assert_sound()


async def test_the_money_of_a_reward_with_goods_leaves_the_goods_waiting(game: Game) -> None:
    ann, reward = await add_settler(game), ObjectId()
    await game.database["pendingrewards"].insert_one(
        {
            "_id": reward,
            "characterId": ann,
            "rewardType": "event",
            "rewards": {"dollars": 50, "items": ["hat"]},
            "source": "harvest",
            "createdAt": clock.now(),
        }
    )
    (shown,) = (await list_rewards(ann)).items
    assert (shown.money, shown.has_goods) == ({Currency.DOLLARS: 50}, True)
    assert (await claim_reward(ann, reward)).claimed == {Currency.DOLLARS: 50}
    assert (await list_rewards(ann)).items == []
    stored = await game.database["pendingrewards"].find_one({"_id": reward})
    assert stored["rewards"] == {"dollars": 0, "items": ["hat"]}
    assert stored.get("claimedAt") is None


async def test_rewards_are_paged_oldest_first(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_settler(game)
        parked = []
        for _ in range(5):
            now.advance(seconds=1)
            parked.append(await park(game, ann, 1))
        first = await list_rewards(ann, limit=3)
        rest = await list_rewards(ann, limit=3, after=first.next)
        assert [view.id for view in first.items + rest.items] == parked
        with pytest.raises(InvalidInput):
            await list_rewards(ann, limit=0)


# Rewards of characters that are gone


async def gone(game: Game) -> ObjectId:
    """A deleted character for whom goods and money wait: both were full."""
    await add_item("anvil", weight=100)
    ann = await add_character(game, dollars=CAPS[Currency.DOLLARS])
    await economy.earn(ann, 250, source=Source.QUEST_REWARD)
    await item_staff.grant_items(STAFF, ann, "anvil", quantity=12, reason="for the test")
    await leave_the_world(game, ann)
    return ann


async def test_what_waits_for_a_deleted_character_waits_for_thirty_days(game: Game) -> None:
    ann = await gone(game)
    before = await rewards_of(game, ann)
    assert before[0] == 250
    assert before[1] > 0
    with clock.frozen(clock.now() + timedelta(days=29)):
        await sweep_all(LAPSE, clock.now())
        assert await rewards_of(game, ann) == before


async def test_after_that_it_leaves_the_world_by_named_sinks_once(game: Game) -> None:
    ann, bob = await gone(game), await add_character(game, dollars=CAPS[Currency.DOLLARS])
    await economy.earn(bob, 9, source=Source.QUEST_REWARD)
    with clock.frozen(clock.now() + timedelta(days=31)):
        await asyncio.gather(*(sweep_all(LAPSE, clock.now()) for _ in range(3)))
        assert await rewards_of(game, ann) == (0, 0)
        assert await rewards_of(game, bob) == (9, 0)
        rows = game.database["pendingrewards"].find({"characterId": ann, "claimedAt": None})
        assert await rows.to_list(None) == []
        burned = await game.database["accountentries"].find_one({"source": "character_deleted"})
        assert burned["amount"] == -250
    await assert_sound()


async def test_a_reward_that_lapses_does_so_once_whoever_ends_it(game: Game) -> None:
    ann = await gone(game)
    (reward,) = (await rewards.list_rewards(ann)).items
    await asyncio.gather(*(estates.lapse_reward(reward.id) for _ in range(3)))
    burned = await game.database["accountentries"].count_documents({"source": "character_deleted"})
    assert burned == 1
    await assert_sound()


async def test_a_restored_character_claims_what_waited(game: Game) -> None:
    ann = await gone(game)
    await game.database["characters"].update_one({"_id": ann}, {"$unset": {"deletedAt": ""}})
    with clock.frozen(clock.now() + timedelta(days=31)):
        await sweep_all(LAPSE, clock.now())
        (reward,) = (await rewards.list_rewards(ann)).items
        assert (await rewards.claim_reward(ann, reward.id)).claimed == {"dollars": 250}


async def test_rewards_that_another_program_wrote_in_its_own_form_stay(game: Game) -> None:
    ann = await gone(game)
    await game.database["pendingrewards"].insert_one(
        {"characterId": ann, "rewardType": "chest", "rewards": {"items": "a chest"}, "source": "x"}
    )
    with clock.frozen(clock.now() + timedelta(days=31)):
        await sweep_all(LAPSE, clock.now())
    left = await game.database["pendingrewards"].find({"claimedAt": None}).to_list(None)
    assert [row["rewardType"] for row in left] == ["chest"]


@pytest.mark.parametrize(
    ("over", "error"), [("claimedAt", AlreadyClaimed), ("expiresAt", RewardNotFound)]
)
async def test_what_another_program_paid_or_let_expire_is_not_paid_again(
    game: Game, over: str, error: type[Exception]
) -> None:
    ann, reward = await add_settler(game), ObjectId()
    await game.database["pendingrewards"].insert_one(
        {
            "_id": reward,
            "characterId": ann,
            "rewardType": "currency",
            "rewards": {"dollars": 500},
            "source": "daily",
            over: clock.now() - timedelta(days=1),
        }
    )
    before = await fingerprint(game)
    with pytest.raises(error):
        await claim_reward(ann, reward)
    with pytest.raises(NothingThere):
        await inventory.claim_items(ann, reward)
    assert await fingerprint(game) == before


async def test_goods_of_a_reward_that_was_closed_stay_where_they_are(game: Game) -> None:
    await add_item("anvil", weight=100)
    ann = await add_settler(game)
    await item_staff.grant_items(STAFF, ann, "anvil", quantity=12, reason="for the test")
    (reward,) = (await inventory.pending_items(ann)).items
    await item_staff.remove_items(STAFF, ann, "anvil", quantity=1, reason="for the test")
    await game.database["pendingrewards"].update_one(
        {"_id": reward.id}, {"$set": {"claimedAt": clock.now()}}
    )
    with pytest.raises(NothingThere):
        await inventory.claim_items(ann, reward.id)
