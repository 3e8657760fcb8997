"""What bots do with their money: send it, bank it, change it into metal, invest it."""

from __future__ import annotations

from desperados.economy import rewards, transfers
from desperados.economy import service as economy
from desperados.economy.bank import exchange, investments, service
from desperados.economy.bank.documents import ExchangedResource, InvestmentStatus, VaultTier
from desperados.economy.transfers import Payment
from desperados.engine import dice
from desperados.engine.manifest.bots import (
    Arguments,
    Bot,
    Player,
    now_and_then,
    one_of,
    up_to,
)
from desperados.ledger.money.documents import Currency

FEW = 4
DEAREST = 200  # dollars that a bot will pay for metal at once, whatever it asked for


async def _send(me: Player) -> Arguments | None:
    other = one_of(me.others())
    if other is None:
        return None
    currency = dice.choice(list(Currency)) if now_and_then(20) else Currency.DOLLARS
    held = getattr(await economy.balance(me.character), currency.value)
    return {"recipient_id": other.character, "amount": up_to(held // FEW), "currency": currency}


async def _send_many(me: Player) -> Arguments | None:
    others = me.others()
    if not others:
        return None
    dice.shuffle(others)
    held = (await economy.balance(me.character)).dollars
    payments = [
        Payment(recipient_id=other.character, amount=up_to(held // (2 * FEW)))
        for other in others[: dice.roll(FEW)]
    ]
    return {"payments": payments, "note": "for the round at the bar"}


async def _claim(me: Player) -> Arguments | None:
    waiting = one_of((await rewards.list_rewards(me.character)).items)
    return {"reward_id": waiting.id} if waiting is not None else None


async def _open_vault(me: Player) -> Arguments | None:
    has_one = (await service.vault(me.character)).tier is not None
    return {} if not has_one or now_and_then(2) else None


async def _upgrade(me: Player) -> Arguments | None:
    following = (await service.vault(me.character)).next_tier
    if now_and_then(5):
        return {"tier": dice.choice(list(VaultTier))}
    return {"tier": following} if following is not None else None


async def _deposit(me: Player) -> Arguments | None:
    if (await service.vault(me.character)).tier is None and now_and_then(90):
        return None
    return {"amount": up_to((await economy.balance(me.character)).dollars)}


async def _withdraw(me: Player) -> Arguments | None:
    kept = (await service.vault(me.character)).balance
    return {"amount": up_to(kept)} if kept else None


async def _buy_metal(_me: Player) -> Arguments | None:
    return {
        "metal": dice.choice(list(ExchangedResource)),
        "units": up_to(20),
        "max_cost": DEAREST if now_and_then(70) else None,
    }


async def _sell_metal(me: Player) -> Arguments | None:
    metal = dice.choice(list(ExchangedResource))
    held = getattr(await economy.balance(me.character), metal.value)
    return {"metal": metal, "units": up_to(held)} if held else None


async def _quote(_me: Player) -> Arguments | None:
    return {"metal": dice.choice(list(ExchangedResource)), "units": up_to(100)}


async def _invest(_me: Player) -> Arguments | None:
    product = one_of(await investments.investment_products())
    if product is None:
        return None
    return {
        "product_type": product.product_type,
        "amount": product.min_amount - 1 + up_to(product.min_amount),
    }


async def _redeem(me: Player) -> Arguments | None:
    held = (await investments.portfolio(me.character)).items
    chosen = one_of([row for row in held if row.status is not InvestmentStatus.REDEEMED])
    return {"investment_id": chosen.id} if chosen is not None else None


BOTS = (
    Bot(transfers.send, _send, weight=6),
    Bot(transfers.send_many, _send_many, weight=2),
    Bot(rewards.claim_reward, _claim, weight=3),
    Bot(service.open_vault, _open_vault, weight=3),
    Bot(service.upgrade_vault, _upgrade),
    Bot(service.deposit, _deposit, weight=4),
    Bot(service.withdraw, _withdraw, weight=4),
    Bot(exchange.buy_metal, _buy_metal, weight=4),
    Bot(exchange.sell_metal, _sell_metal, weight=4),
    Bot(exchange.metal_quote, _quote),
    Bot(investments.invest, _invest, weight=3),
    Bot(investments.redeem, _redeem, weight=2),
)
