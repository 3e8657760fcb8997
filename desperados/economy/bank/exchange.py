"""The metal exchange: gold and silver against dollars at posted rates.

A trade pays five percent more or gets five percent less than the posted rate; the difference
leaves the world. Rates move every four hours by drift and by what was traded, are pulled towards
their base every Sunday, and jump with events. Rates are rows that are only added.

Limits: 1 to 10,000 units in a trade, one trade in five seconds, ten in a minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.economy.bank import rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import MetalTrade, ResourceExchangeRate
from desperados.economy.errors import Cooldown, RateMoved
from desperados.engine import clock, dice
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import read_usage
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.paging import read_page
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
    """The rate of a metal from a moment on. ``buy`` and ``sell`` are the dollars for a hundred
    units, spread included."""

    metal: Metal
    cents_per_unit: int
    buy_hundred: int
    sell_hundred: int
    event: str | None
    effective_at: datetime | None


class ExchangeReceipt(View):
    """A trade. ``dollars`` were paid or received, ``fee`` of them went to the spread; ``parked``
    dollars wait as a pending reward, for the wallet is full."""

    operation: Id
    metal: Metal
    units: int
    cents_per_unit: int
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


@command(queue="actor")
async def buy_metal(
    actor: ObjectId,
    metal: Metal,
    units: Units,
    *,
    max_cost: Coins | None = None,
    key: str | None = None,
) -> ExchangeReceipt:
    """Buy gold or silver at the posted rate and five percent. The cost is rounded up.

    ``max_cost`` is the most that it may cost in dollars, for the rate may move before the order
    arrives.

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
    rate = await current_rate(metal)
    cost = rates.buy_cost(units, rate)
    if bound is not None and cost > bound:
        raise RateMoved(cost=cost, cents_per_unit=rate, path="maxCost")
    account, currency = wallet(actor), Currency(metal.value)
    movements = [
        ledger.burn(account, Currency.DOLLARS, cost, Source.METAL_PURCHASE),
        ledger.mint(account, currency, units, Source.METAL_BOUGHT),
    ]
    return await _trade(actor, metal, units, rate, cost, rates.buy_fee(units, rate), movements)


@command(queue="actor")
async def sell_metal(
    actor: ObjectId,
    metal: Metal,
    units: Units,
    *,
    min_proceeds: Coins | None = None,
    key: str | None = None,
) -> ExchangeReceipt:
    """Sell gold or silver at the posted rate less five percent. The proceeds are rounded down.

    ``min_proceeds`` is the least that it must bring in dollars. What a full wallet cannot take
    waits as a pending reward.

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
    rate = await current_rate(metal)
    proceeds = rates.sell_proceeds(units, rate)
    if bound is not None and proceeds < bound:
        raise RateMoved(proceeds=proceeds, cents_per_unit=rate, path="minProceeds")
    account, currency = wallet(actor), Currency(metal.value)
    movements = [
        ledger.burn(account, currency, units, Source.METAL_SOLD),
        ledger.mint(account, Currency.DOLLARS, proceeds, Source.METAL_SALE),
    ]
    return await _trade(
        actor, metal, -units, rate, proceeds, rates.sell_fee(units, rate), movements
    )


async def metal_rates() -> list[RateView]:
    """The current rate of each metal."""
    views = []
    for metal in Metal:
        row = await newest_row(metal)
        views.append(rate_view(row) if row is not None else _view_of(metal, base_of(metal)))
    return views


async def rate_history(
    metal: Metal, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[RateView]:
    """How the rate of a metal moved, newest first.

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
        view=rate_view,
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


async def current_rate(metal: Metal) -> int:
    """Cents for a unit of ``metal`` now; the base rate while none was posted."""
    row = await newest_row(metal)
    return base_of(metal) if row is None else cents_in(row)


async def newest_row(metal: Metal) -> dict[str, Any] | None:
    """The rate that is in effect, as stored."""
    row: dict[str, Any] | None = await ResourceExchangeRate.collection().find_one(
        {"currency": metal.value, "effectiveAt": {"$lte": clock.now()}},
        sort=[("effectiveAt", -1), ("_id", -1)],
    )
    return row


def cents_in(row: dict[str, Any]) -> int:
    """Cents for a unit in a stored rate; rows that Mongoose wrote only have the rate per dollar."""
    cents = row.get("centsPerUnit")
    return int(cents) if cents is not None else rates.cents_of(row["ratePerDollar"])


def base_of(metal: Metal) -> int:
    """The rate that a metal is pulled towards, in cents."""
    return rates.RULES[metal].base


def check_metal(metal: Any) -> Metal:
    """``metal`` as the enum.

    Raises:
        InvalidInput: it is neither gold nor silver.
    """
    try:
        return Metal(metal)
    except ValueError:
        raise InvalidInput("The exchange trades gold and silver.", path="metal") from None


async def _trade(
    actor: ObjectId,
    metal: Metal,
    units: int,
    rate: int,
    dollars: int,
    fee: int,
    movements: list[ledger.Movement],
) -> ExchangeReceipt:
    """Both legs in one posting, with the row that counts for the volume of the metal."""
    person = await load_actor(actor)
    person.must_be_able_to_trade()
    usage = await read_usage((COOLDOWN, actor), (TRADES, actor))
    usage.use(COOLDOWN, actor)
    usage.use(TRADES, actor)
    posted = await ledger.post(movements, OperationKind.EXCHANGE)
    usage.write()
    account, currency = wallet(actor), Currency(metal.value)
    if (account, currency) in posted.parked:
        raise AccountFull(
            f"A wallet holds at most {CAPS[currency]:,} {metal.value}.",
            room=abs(units) - posted.parked[account, currency],
            path="units",
        )
    stage(
        StagedInsert(
            MetalTrade.collection_name(),
            {
                "_id": dice.new_id(),
                "characterId": actor,
                "metal": metal.value,
                "units": units,
                "dollars": dollars,
                "fee": fee,
                "centsPerUnit": rate,
                "operation": posted.operation,
                "createdAt": posted.at,
            },
        )
    )
    return ExchangeReceipt(
        operation=posted.operation,
        metal=metal,
        units=units,
        cents_per_unit=rate,
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


def rate_view(row: dict[str, Any]) -> RateView:
    """A stored rate, as it is shown."""
    return _view_of(Metal(row["currency"]), cents_in(row), row.get("eventType"), row["effectiveAt"])


def _view_of(
    metal: Metal, rate: int, event: str | None = None, effective_at: datetime | None = None
) -> RateView:
    return RateView(
        metal=metal,
        cents_per_unit=rate,
        buy_hundred=rates.buy_cost(100, rate),
        sell_hundred=rates.sell_proceeds(100, rate),
        event=event,
        effective_at=effective_at,
    )
