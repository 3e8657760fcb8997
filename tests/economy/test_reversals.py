"""A reversal is the exact mirror of its operation, once, or it is refused."""

from datetime import UTC, datetime

from bson import ObjectId

from desperados.economy import service as economy
from desperados.economy import staff
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.money import archive
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import assert_sound
from tests.worlds import add_character

WHO = ObjectId()
REASON = "sent by mistake"
START = datetime(2100, 1, 1, tzinfo=UTC)


async def dollars(*people: ObjectId) -> list[int]:
    return [(await economy.balance(who)).dollars for who in people]


async def foreign(game: Game, dollars: int) -> ObjectId:
    """A character whose wallet another program filled."""
    who = await add_character(game)
    await game.database["characters"].update_one(
        {"_id": who}, {"$set": {"dollars": dollars}, "$unset": {"ledgerSeq": ""}}
    )
    return who


async def test_undoing_a_first_payment_leaves_the_savings_that_were_there_before(
    game: Game,
) -> None:
    ann, bob = await foreign(game, 500), await foreign(game, 70)
    moved = await economy.transfer(ann, bob, 40)
    undone = await staff.reverse(WHO, moved.operation, reason=REASON)
    assert undone.movements == 2
    assert await dollars(ann, bob) == [500, 70]
    await assert_sound()


async def test_an_operation_whose_legs_are_half_archived_is_undone_whole(game: Game) -> None:
    with clock.frozen(START) as time:
        ann, bob = await add_character(game, dollars=100), await add_character(game)
        moved = await economy.transfer(ann, bob, 40)
        time.advance(days=1)
        await economy.spend(ann, 1, source=Source.TRAVEL_FARE)
        time.advance(days=400)
        await archive.archive_rows(clock.now())
        of_it = {"operation": moved.operation}
        assert await game.database["archivedtransactions"].count_documents(of_it) == 1
        assert await game.database["goldtransactions"].count_documents(of_it) == 1
        undone = await staff.reverse(WHO, moved.operation, reason=REASON)
    assert undone.movements == 2
    assert await dollars(ann, bob) == [99, 0]
    await assert_sound()
