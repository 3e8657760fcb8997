"""The metal exchange: gold and silver against dollars, at posted rates.

The price of an order begins at the posted rate and at what trade and events have made of it, and
moves with each unit (``curve``); five percent go to the spread, on both sides, and leave the world.
Rates move every four hours by chance alone (``rates``), and are rows that are only added.

Limits: 1 to 10,000 units in a trade, one trade in five seconds, ten in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from bson import ObjectId

from desperados.characters.actor import Actor, actor_of
from desperados.economy.bank import curve, prices, rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import MetalTrade, ResourceExchangeRate
from desperados.economy.bank.prices import Pressure
from desperados.economy.corrections import debts
from desperados.economy.errors import Cooldown, RateMoved
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import Usage, usage_of
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Id, Limit, Page, View, told
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import AccountFull, OversizedAmount
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import CAPS, Coins, check_amount
from desperados.ledger.money.sources import Source

COOLDOWN = Allowed("exchange_cooldown", 1, timedelta(seconds=5), Cooldown)
TRADES = Allowed("exchange", 10, timedelta(minutes=1))

Units = Annotated[int, told(1, rates.MOST_UNITS)]


class RateView(View):
    """The posted rate of a metal from a moment on, and the ``pressure`` on it: by how many
    hundredths of a percent trade and events move the price of the next unit. ``buy`` and ``sell``
    are the dollars for a hundred units, pressure and spread included."""

    metal: Metal
    cents_per_unit: int
    pressure: int
    buy_hundred: int
    sell_hundred: int
    event: str | None
    effective_at: datetime | None


class QuoteView(View):
    """What an order would cost or bring at this moment, in dollars, as a whole. ``buy_fee`` and
    ``sell_fee`` are the parts that the spread takes."""

    metal: Metal
    units: int
    cents_per_unit: int
    pressure: int
    buy: int
    buy_fee: int
    sell: int
    sell_fee: int
    at: datetime


class ExchangeReceipt(View):
    """A trade. ``dollars`` were paid or received, ``fee`` of them went to the spread; the order met
    the posted ``cents_per_unit`` and the ``pressure``, see the rates. ``parked`` dollars wait as a
    pending reward, for the wallet is full."""

    operation: Id
    metal: Metal
    units: int
    cents_per_unit: int
    pressure: int
    dollars: int
    fee: int
    parked: int
    dollars_left: int
    metal_left: int
    at: datetime


class MetalTradeView(View):
    """One trade of a character. ``units`` is negative for a sale."""

    id: Id
    metal: Metal
    units: int
    dollars: int
    fee: int
    cents_per_unit: int
    operation: Id
    created_at: datetime


@command(queue=("actor", "metal"))
async def buy_metal(
    actor: ObjectId,
    metal: Metal,
    units: Units,
    *,
    max_cost: Coins | None = None,
    key: str | None = None,
) -> ExchangeReceipt:
    """Buy gold or silver. Each unit costs more than the one before; the total is rounded up.

    ``max_cost`` is the most that all of it may cost in dollars, for the price may move before the
    order arrives.

    Raises:
        InvalidAmount: ``units`` or ``max_cost`` is not a whole number in its range.
        RateMoved: it would cost more than ``max_cost``.
        InsufficientFunds: the wallet holds fewer dollars than the cost.
        AccountFull: the wallet cannot hold that much metal.
        Cooldown: the last trade was less than five seconds ago.
        RateLimited: ten trades in the last minute.
        InvalidInput: there is no such metal.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    metal, units = _check_order(metal, units)
    bound = None if max_cost is None else _check_bound(max_cost, "maxCost")
    order = await _begin(actor, metal, units)
    cost = curve.buy_cost(units, order.rate, order.pressure.value)
    if bound is not None and cost > bound:
        raise RateMoved(cost=cost, cents_per_unit=order.rate, path="maxCost")
    account, currency = wallet(actor), Currency(metal.value)
    movements = [
        ledger.burn(account, Currency.DOLLARS, cost, Source.METAL_PURCHASE),
        ledger.mint(account, currency, units, Source.METAL_BOUGHT),
    ]
    fee = curve.buy_fee(units, order.rate, order.pressure.value)
    return await _settle(order, cost, fee, movements)


@command(queue=("actor", "metal"))
async def sell_metal(
    actor: ObjectId,
    metal: Metal,
    units: Units,
    *,
    min_proceeds: Coins | None = None,
    key: str | None = None,
) -> ExchangeReceipt:
    """Sell gold or silver. Each unit brings less than the one before; the total is rounded down.

    ``min_proceeds`` is the least that all of it must bring in dollars. What a full wallet cannot
    take waits as a pending reward.

    Raises:
        InvalidAmount: ``units`` or ``min_proceeds`` is not a whole number in its range.
        RateMoved: it would bring less than ``min_proceeds``.
        InsufficientFunds: the wallet holds less metal.
        Cooldown: the last trade was less than five seconds ago.
        RateLimited: ten trades in the last minute.
        InvalidInput: there is no such metal.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    metal, units = _check_order(metal, units)
    bound = None if min_proceeds is None else _check_bound(min_proceeds, "minProceeds")
    order = await _begin(actor, metal, -units)
    proceeds = curve.sell_proceeds(units, order.rate, order.pressure.value)
    if bound is not None and proceeds < bound:
        raise RateMoved(proceeds=proceeds, cents_per_unit=order.rate, path="minProceeds")
    account, currency = wallet(actor), Currency(metal.value)
    movements = [
        ledger.burn(account, currency, units, Source.METAL_SOLD),
        ledger.mint(account, Currency.DOLLARS, proceeds, Source.METAL_SALE),
    ]
    fee = curve.sell_fee(units, order.rate, order.pressure.value)
    return await _settle(order, proceeds, fee, movements)


async def metal_rates() -> list[RateView]:
    """The current rate of each metal."""
    return [rate_view(metal, *await prices.read_price(metal)) for metal in Metal]


async def metal_quote(metal: Metal, units: Units) -> QuoteView:
    """What buying, or selling, so much gold or silver in one order would cost, or bring, now.

    To have it for that or not at all, send it as the bound of the order.

    Raises:
        InvalidAmount: ``units`` is not a whole number in its range.
        InvalidInput: there is no such metal.
    """
    metal, units = _check_order(metal, units)
    row, pressure = await prices.read_price(metal)
    rate = prices.rate_in(metal, row)
    return QuoteView(
        metal=metal,
        units=units,
        cents_per_unit=rate,
        pressure=curve.hundredths_of(pressure.value),
        buy=curve.buy_cost(units, rate, pressure.value),
        buy_fee=curve.buy_fee(units, rate, pressure.value),
        sell=curve.sell_proceeds(units, rate, pressure.value),
        sell_fee=curve.sell_fee(units, rate, pressure.value),
        at=pressure.at,
    )


async def rate_history(
    metal: Metal, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[RateView]:
    """How the rate of a metal moved and what pressed on its price, newest first.

    Raises:
        InvalidInput: there is no such metal, the limit is not 1 to 100, or the cursor is not one
            of this list.
    """
    return await read_page(
        ResourceExchangeRate.collection(),
        {"currency": check_metal(metal).value},
        sort="-effectiveAt",
        limit=limit,
        after=after,
        view=lambda row: rate_view(Metal(row["currency"]), row),
    )


async def metal_trades(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[MetalTradeView]:
    """What a character bought and sold at the exchange, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        MetalTrade.collection(),
        {"characterId": actor},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: MetalTradeView.model_validate({**row, "id": row["_id"]}),
    )


def check_metal(metal: Any) -> Metal:
    """``metal`` as the enum.

    Raises:
        InvalidInput: it is neither gold nor silver.
    """
    try:
        return Metal(metal)
    except ValueError:
        raise InvalidInput("The exchange trades gold and silver.", path="metal") from None


@dataclass(frozen=True, slots=True)
class _Order:
    """An order, and what it met. ``units`` is negative for a sale."""

    person: Actor
    usage: Usage
    metal: Metal
    units: int
    rate: int
    pressure: Pressure


async def _begin(actor: ObjectId, metal: Metal, units: int) -> _Order:
    """Who trades, whether he may, and at what price: one round trip."""
    person, usage = actor_of(actor), usage_of((COOLDOWN, actor), (TRADES, actor))
    row, pressure = prices.newest_row(metal), prices.pressure_on(metal)
    owed = debts.owed_by(actor)
    await together(person, usage, row, pressure, owed)
    person.result.must_be_able_to_trade()
    usage.result.use(COOLDOWN, actor)
    usage.result.use(TRADES, actor)
    if units > 0:  # dollars are put away
        await debts.collect_first(owed)
    rate = prices.rate_in(metal, row.result)
    return _Order(person.result, usage.result, metal, units, rate, pressure.result)


async def _settle(
    order: _Order, dollars: int, fee: int, movements: list[ledger.Movement]
) -> ExchangeReceipt:
    """Both legs in one posting, with the pressure that it leaves and the row of the trade."""
    actor, metal, pressure = order.person.id, order.metal, order.pressure
    posted = await ledger.post(movements, OperationKind.EXCHANGE)
    order.usage.write()
    account, currency = wallet(actor), Currency(metal.value)
    if (account, currency) in posted.parked:
        raise AccountFull(
            f"A wallet holds at most {CAPS[currency]:,} {metal.value}.",
            room=abs(order.units) - posted.parked[account, currency],
            path="units",
        )
    prices.push(metal, pressure, order.units * order.rate)
    trade = MetalTrade(
        character_id=actor,
        metal=metal,
        units=order.units,
        dollars=dollars,
        fee=fee,
        cents_per_unit=order.rate,
        pressure=pressure.value,
        operation=posted.operation,
        created_at=posted.at,
    )
    stage(StagedInsert(MetalTrade.collection_name(), trade.to_mongo()))
    return ExchangeReceipt(
        operation=posted.operation,
        metal=metal,
        units=order.units,
        cents_per_unit=order.rate,
        pressure=curve.hundredths_of(pressure.value),
        dollars=dollars,
        fee=fee,
        parked=posted.parked.get((account, Currency.DOLLARS), 0),
        dollars_left=posted.balances[account, Currency.DOLLARS],
        metal_left=posted.balances[account, currency],
        at=posted.at,
    )


def _check_order(metal: Any, units: int) -> tuple[Metal, int]:
    checked = check_metal(metal)
    units = check_amount(units, Currency(checked.value), path="units")
    if units > rates.MOST_UNITS:
        raise OversizedAmount(
            f"At most {rates.MOST_UNITS:,} units in one trade.", path="units", most=rates.MOST_UNITS
        )
    return checked, units


def _check_bound(dollars: int, path: str) -> int:
    return check_amount(dollars, Currency.DOLLARS, path=path)


def rate_view(
    metal: Metal, row: dict[str, Any] | None, pressure: Pressure | None = None
) -> RateView:
    """A stored rate, as it is shown: with the pressure of now, or that of its time."""
    rate, stored = prices.rate_in(metal, row), row or {}
    value = int(stored.get("pressure") or 0) if pressure is None else pressure.value
    return RateView(
        metal=metal,
        cents_per_unit=rate,
        pressure=curve.hundredths_of(value),
        buy_hundred=curve.buy_cost(100, rate, value),
        sell_hundred=curve.sell_proceeds(100, rate, value),
        event=stored.get("eventType"),
        effective_at=stored.get("effectiveAt"),
    )
