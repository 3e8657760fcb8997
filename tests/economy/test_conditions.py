"""From Python, too, a condition where an id or a code is meant reads nobody's wallet or shop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from desperados.economy import rewards, transfers
from desperados.economy import service as economy
from desperados.economy.bank import investments
from desperados.economy.bank import service as bank
from desperados.economy.corrections import staff
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.trades import service as trades
from desperados.engine.errors import GameError, InvalidInput
from desperados.engine.game import Game
from desperados.inventory import ground
from desperados.ledger.money.sources import Source
from tests.economy.town import Town, settle_town
from tests.worlds import STAFF, fingerprint

REASON = "it was a test"


@pytest.fixture
async def town(game: Game) -> Town:
    return await settle_town(game)


CONDITIONS: list[Any] = [{"$gt": ""}, {"$ne": None}, ["x"], "x" * 24, 7, b"x" * 12]


@pytest.mark.parametrize("condition", CONDITIONS, ids=repr)
async def test_a_condition_instead_of_an_id_is_refused_and_reads_nobodys_wallet(
    game: Game, town: Town, condition: Any
) -> None:
    before = await fingerprint(game)
    attempts: list[Callable[[], Awaitable[Any]]] = [
        lambda: economy.transfer(condition, town.bob, 5),
        lambda: economy.transfer(town.ann, condition, 5),
        lambda: economy.earn(condition, 5, source=Source.QUEST_REWARD),
        lambda: economy.balance(condition),
        lambda: transfers.send(town.ann, condition, 5),
        lambda: bank.deposit(condition, 5),
        lambda: sales.buy_now(town.ann, condition, expected_price=50),
        lambda: sales.place_bid(condition, town.auction, 50),
        lambda: trades.confirm_trade(town.ann, condition, version=1),
        lambda: rewards.claim_reward(town.ann, condition),
        lambda: staff.reverse(STAFF, condition, reason=REASON),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput):
            await attempt()
    assert await fingerprint(game) == before


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if not isinstance(c, str)], ids=repr)
async def test_a_condition_instead_of_a_code_is_refused(town: Town, condition: Any) -> None:
    attempts: list[Callable[[], Awaitable[Any]]] = [
        lambda: shops.buy_from_shop(town.ann, condition, "whiskey", 1),
        lambda: shops.buy_from_shop(town.ann, "store", condition, 1),
        lambda: shops.sell_to_shop(town.ann, "store", condition, 1),
        lambda: merchants.buy_from_merchant(town.ann, condition, "whiskey", 1),
        lambda: merchants.buy_from_merchant(town.ann, "abe", condition, 1),
        lambda: market.create_listing(town.ann, item=condition, price=10),
        lambda: investments.invest(town.ann, condition, 500),
        lambda: ground.drop_item(town.ann, condition, quantity=1),
    ]
    for attempt in attempts:
        with pytest.raises(GameError) as refusal:
            await attempt()
        assert refusal.value.status in (404, 422)
