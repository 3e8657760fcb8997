"""Every query of bank, exchange, investments, transfers, taxes and rewards has its index."""

from datetime import UTC, datetime

from bson import ObjectId

from desperados.economy import rewards, treasury, wealth_tax
from desperados.economy.bank import exchange, investments, rate_moves
from desperados.economy.bank import service as bank
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import VaultTier
from desperados.economy.bank.rates import MetalEvent
from desperados.economy.jobs import JOBS
from desperados.economy.transfers import Payment, send, send_many
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from tests.economy.money_worlds import add_products, add_settler, place_of
from tests.economy.test_treasury import add_gang
from tests.games import embedded

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)


async def test_no_command_list_or_job_scans_a_collection(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_products(game)
        gang = await add_gang(game)
        ann = await add_settler(game, dollars=1_000_000, gold=CAPS[Currency.GOLD] - 1)
        bob = await add_settler(game, dollars=100, gold=10)
        await place_of(game, ann, type="town", buildings=["the-bank"])
        await game.database["locations"].insert_one({"locationId": "the-bank", "type": "bank"})
        stats = embedded(game).stats
        stats.reset()

        await bank.open_vault(ann)
        await bank.upgrade_vault(ann, VaultTier.SILVER, key="k1")
        await bank.deposit(ann, 10, key="k2")
        await bank.withdraw(ann, 5)
        await bank.vault(ann)
        await bank.vault_history(ann)
        await send(ann, bob, 100, key="k3")
        await send_many(ann, [Payment(recipient_id=bob, amount=5)])
        await exchange.sell_metal(ann, Metal.GOLD, 1)
        await rate_moves.apply_event(MetalEvent.BANDIT_RAIDS, ObjectId())
        await exchange.metal_rates()
        await exchange.metal_quote(Metal.GOLD, 1)
        await exchange.metal_trades(ann)
        await exchange.rate_history(Metal.GOLD)
        bought = await investments.invest(ann, "treasury_bond", 100)
        await investments.investment_products()
        await investments.portfolio(ann)
        await send(bob, ann, 5, currency=Currency.GOLD)
        (waiting,) = (await rewards.list_rewards(ann)).items
        await send(ann, bob, 10, currency=Currency.GOLD)
        await rewards.claim_reward(ann, waiting.id)
        await treasury.deposit(ann, gang, 10)
        await treasury.withdraw(ann, gang, 10)
        now.advance(days=8)
        await Jobs(JOBS).run_until_idle()
        await investments.redeem(ann, bought.id)
        await wealth_tax.projected_wealth_tax(ann)
        first = await exchange.rate_history(Metal.GOLD, limit=1)
        await exchange.rate_history(Metal.GOLD, limit=1, after=first.next)
        assert stats.as_document()["fullScans"] == []
