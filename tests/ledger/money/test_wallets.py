"""Wallets are read once a transaction, and read again when something was written."""

import pytest

from desperados.characters.actor import load_actors
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.games import embedded
from tests.worlds import add_character


async def test_a_posting_does_not_read_the_wallets_of_who_was_loaded(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    fare = ledger.burn(wallet(ann), Currency.DOLLARS, 30, Source.TRAVEL_FARE)
    async with transaction():
        await load_actors([ann])
        embedded(game).stats.reset()
        await ledger.post([fare], OperationKind.SPENDING)
        assert not embedded(game).stats.commands["find"]
    assert (await audit()).clean


async def test_a_second_posting_begins_where_the_first_has_ended(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    fare = ledger.burn(wallet(ann), Currency.DOLLARS, 60, Source.TRAVEL_FARE)
    async with transaction():
        await load_actors([ann])
        await ledger.post([fare], OperationKind.SPENDING)
        with pytest.raises(InsufficientFunds):
            await ledger.post([fare], OperationKind.SPENDING)
        await load_actors([ann])
        reward = ledger.mint(wallet(ann), Currency.DOLLARS, 5, Source.QUEST_REWARD)
        posted = await ledger.post([reward], OperationKind.INCOME)
        assert posted.balances[wallet(ann), Currency.DOLLARS] == 45
    assert (await audit()).clean


async def test_what_one_transaction_has_read_is_unknown_to_the_next(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    fare = ledger.burn(wallet(ann), Currency.DOLLARS, 60, Source.TRAVEL_FARE)
    async with transaction():
        await load_actors([ann])
    async with transaction():
        await ledger.post([fare], OperationKind.SPENDING)
    async with transaction():
        with pytest.raises(InsufficientFunds):
            await ledger.post([fare], OperationKind.SPENDING)
    assert (await audit()).clean
