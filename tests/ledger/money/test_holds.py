"""A hold opens and closes with its money, once, whoever owns it."""

import asyncio

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.engine.game import Game
from desperados.engine.transactions import transaction, transactional
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, escrow, treasury, wallet
from desperados.ledger.money.documents import Currency, HoldOwner, HoldPurpose, HoldStatus
from desperados.ledger.money.errors import AccountNotFound, InsufficientFunds, UnbalancedPosting
from desperados.ledger.money.holds import held_in, is_open, new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import findings
from tests.worlds import add_character

STAKE = OperationKind.STAKE


@transactional
async def hold_of(giver: Account, amount: int, owner_kind: HoldOwner) -> Account:
    account, document = new_hold(giver.id, HoldPurpose.BOUNTY, ObjectId(), owner_kind=owner_kind)
    await ledger.post(
        ledger.move(giver, account, Currency.DOLLARS, amount, Source.STAKE_HELD),
        STAKE,
        opened={account: document},
    )
    return account


@transactional
async def pay(
    hold: Account, to: Account, amount: int, source: Source, ended: HoldStatus | None
) -> None:
    await ledger.post(
        ledger.move(hold, to, Currency.DOLLARS, amount, source),
        STAKE,
        closed={hold: ended} if ended else {},
    )


async def stored(game: Game, hold: Account) -> tuple[str | None, dict[str, int], bool]:
    row = await game.database["holds"].find_one({"_id": hold.id})
    assert is_open(row) is (row.get("closedAt") is None)
    return row.get("status"), held_in(row), row.get("closedAt") is not None


@pytest.fixture
async def ann(game: Game) -> ObjectId:
    return await add_character(game, dollars=100)


@pytest.mark.parametrize("ended", [HoldStatus.RELEASED, HoldStatus.CAPTURED])
async def test_a_hold_is_open_until_all_of_it_went_somewhere(
    game: Game, ann: ObjectId, ended: HoldStatus
) -> None:
    bob = await add_character(game)
    to = wallet(ann if ended is HoldStatus.RELEASED else bob)
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    await pay(hold, to, 10, Source.STAKE_RELEASED, None)
    assert await stored(game, hold) == ("open", {"dollars": 20}, False)
    await pay(hold, to, 20, Source.STAKE_RELEASED, ended)
    assert await stored(game, hold) == (ended.value, {"dollars": 0}, True)
    assert await findings() == []


async def test_who_empties_a_hold_must_say_how_it_ended(game: Game, ann: ObjectId) -> None:
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    for amount, ended in ((30, None), (29, HoldStatus.RELEASED)):
        with pytest.raises(UnbalancedPosting):
            await pay(hold, wallet(ann), amount, Source.STAKE_RELEASED, ended)
    assert await stored(game, hold) == ("open", {"dollars": 30}, False)


async def test_a_closed_hold_takes_part_in_nothing_any_more(game: Game, ann: ObjectId) -> None:
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    await pay(hold, wallet(ann), 30, Source.STAKE_RELEASED, HoldStatus.RELEASED)
    with pytest.raises(AccountNotFound):
        await pay(hold, wallet(ann), 30, Source.STAKE_RELEASED, HoldStatus.RELEASED)
    with pytest.raises(AccountNotFound):
        async with transaction():
            await ledger.post(
                ledger.move(wallet(ann), hold, Currency.DOLLARS, 1, Source.STAKE_HELD), STAKE
            )


async def test_of_twenty_who_end_a_hold_at_once_one_does(game: Game, ann: ObjectId) -> None:
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    people = [await add_character(game) for _ in range(20)]
    outcomes = await asyncio.gather(
        *(pay(hold, wallet(w), 30, Source.STAKE_WON, HoldStatus.CAPTURED) for w in people),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} == {type(None), AccountNotFound}
    assert sum([(await economy.balance(w)).dollars for w in people]) == 30
    assert await findings() == []


async def test_a_gang_owns_a_hold_as_a_character_does(game: Game, ann: ObjectId) -> None:
    gang = ObjectId()
    await game.database["gangs"].insert_one(
        {"_id": gang, "name": "Wild Bunch", "treasury": 0, "leaderId": ann}
    )
    async with transaction():
        await ledger.post(
            ledger.move(wallet(ann), treasury(gang), Currency.DOLLARS, 50, Source.TREASURY_DEPOSIT),
            OperationKind.TREASURY,
        )
    hold = await hold_of(treasury(gang), 50, HoldOwner.GANG)
    assert await findings("holds", "chains", "operations") == []
    await game.database["holds"].update_one({"_id": hold.id}, {"$set": {"ownerId": ann}})
    assert await findings("holds") == [(f"holds/{hold.id}", "its gang is not there")]
    await game.database["holds"].update_one({"_id": hold.id}, {"$set": {"ownerId": gang}})
    await pay(hold, treasury(gang), 50, Source.STAKE_RELEASED, HoldStatus.RELEASED)
    assert await findings("holds", "chains", "operations") == []


async def test_a_hold_of_before_states_were_kept_still_pays_and_then_has_one(
    game: Game, ann: ObjectId
) -> None:
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    await game.database["holds"].update_one(
        {"_id": hold.id}, {"$unset": {"status": "", "ownerKind": ""}}
    )
    assert await stored(game, hold) == (None, {"dollars": 30}, False)
    with pytest.raises(InsufficientFunds):
        await pay(hold, wallet(ann), 31, Source.STAKE_RELEASED, HoldStatus.RELEASED)
    await pay(hold, wallet(ann), 30, Source.STAKE_RELEASED, HoldStatus.RELEASED)
    assert await stored(game, hold) == ("released", {"dollars": 0}, True)
    assert await findings() == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"status": "released"}, "is released, but holds {'dollars': 30}"),
        ({"status": "melted"}, "is in the unknown state 'melted'"),
        ({"ownerKind": "ghost"}, "has an owner of the unknown kind 'ghost'"),
        ({"ownerId": ObjectId()}, "its character is not there"),
    ],
)
async def test_a_hold_whose_state_was_edited_is_named(
    game: Game, ann: ObjectId, changed: dict[str, object], problem: str
) -> None:
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    await game.database["holds"].update_one({"_id": hold.id}, {"$set": changed})
    assert await findings("holds") == [(f"holds/{hold.id}", problem)]


async def test_a_closed_hold_that_was_opened_by_hand_is_named(game: Game, ann: ObjectId) -> None:
    hold = await hold_of(wallet(ann), 30, HoldOwner.CHARACTER)
    await pay(hold, wallet(ann), 30, Source.STAKE_RELEASED, HoldStatus.RELEASED)
    await game.database["holds"].update_one({"_id": hold.id}, {"$set": {"status": "open"}})
    assert await findings("holds") == [(f"holds/{hold.id}", "is open, but holds nothing")]


def test_a_hold_is_named_by_its_account() -> None:
    account, document = new_hold(ObjectId(), HoldPurpose.POOL, ObjectId())
    assert account == escrow(document["_id"])
    assert is_open(document)
