"""What can be done in the machine's world: each deed chooses who, what and how much by chance.

A deed gives a ``Call``: a command with its arguments, how many postings of money and of items it
may leave when it succeeds, and what the world learns from the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from bson import ObjectId

from desperados.characters import service as characters
from desperados.economy import rewards, transfers, treasury
from desperados.economy import service as economy
from desperados.economy.bank import exchange, investments, rate_moves
from desperados.economy.bank import service as bank
from desperados.economy.bank.rates import MetalEvent
from desperados.economy.corrections import staff
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.economy.watch import locks
from desperados.inventory import ground
from desperados.inventory import service as inventory
from desperados.inventory import staff as item_staff
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.machine.world import COLT, ITEMS, World
from tests.economy.money_worlds import NO_AMOUNTS

REASON = "the machine wants it"
HOURS = (1, 2, 12, 48)


@dataclass(slots=True)
class Call:
    """One command. ``money`` and ``items`` are the most postings that its success may leave."""

    function: Callable[..., Awaitable[Any]]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    money: int = 0
    items: int = 0
    learn: Callable[[Any], None] = lambda _answer: None

    def __str__(self) -> str:
        said = [*map(str, self.args), *(f"{k}={v}" for k, v in self.kwargs.items())]
        return (
            f"{self.function.__module__.split('.')[-1]}.{self.function.__name__}({', '.join(said)})"
        )


Deed = Callable[[World, Random], Call | None]


def amount(chance: Random, most: int = 5_000) -> Any:
    """Mostly little, at times all there could be, and rarely what is no amount at all."""
    kind = chance.random()
    if kind < 0.02:
        return chance.choice(NO_AMOUNTS)
    if kind < 0.10:
        return chance.choice((1, 2**31 - 1, 1_000_000, most))
    return chance.randint(1, 60) if kind < 0.5 else chance.randint(1, most)


def person(world: World, chance: Random) -> ObjectId:
    return chance.choice(world.people) if chance.random() < 0.99 else ObjectId(b"nobody there")


def pieces(chance: Random) -> Any:
    kind = chance.random()
    if kind < 0.02:
        return chance.choice(NO_AMOUNTS)
    return chance.randint(1, 6) if kind < 0.8 else chance.randint(1, 150)


def goods(world: World, chance: Random, who: ObjectId) -> tuple[str, Any]:
    """An item and how many pieces of it; mostly what the person carries."""
    code = chance.choice(ITEMS)
    if chance.random() < 0.85:
        carried = {c: n for c in ITEMS if (n := world.pieces.get((f"pack:{who}", c, None)))}
        if carried:
            code = chance.choice(list(carried))
            most = carried[code] if chance.random() < 0.2 else min(carried[code], 8)
            return code, chance.randint(1, most)
    return code, pieces(chance)


def two(world: World, chance: Random) -> tuple[ObjectId, ObjectId]:
    """Mostly two different people."""
    if chance.random() < 0.95:
        one, other = chance.sample(world.people, 2)
        return one, other
    return person(world, chance), person(world, chance)


# Money


def earn(world: World, chance: Random) -> Call:
    currency = chance.choice(list(Currency))
    return Call(
        economy.earn,
        (person(world, chance), amount(chance, 50_000)),
        {"source": Source.QUEST_REWARD, "currency": currency},
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def spend(world: World, chance: Random) -> Call:
    return Call(
        economy.spend,
        (person(world, chance), amount(chance)),
        {"source": Source.SERVICE_FEE, "currency": chance.choice(list(Currency))},
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def transfer(world: World, chance: Random) -> Call:
    return Call(
        economy.transfer,
        (*two(world, chance), amount(chance)),
        {"currency": chance.choice(list(Currency))},
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def send(world: World, chance: Random) -> Call:
    return Call(
        transfers.send,
        (*two(world, chance), amount(chance)),
        {"currency": chance.choice(list(Currency))},
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def send_many(world: World, chance: Random) -> Call:
    payments = [
        transfers.Payment.model_construct(
            recipient_id=chance.choice(world.people), amount=chance.randint(0, 2_000)
        )
        for _ in range(chance.randint(1, 4))
    ]
    return Call(transfers.send_many, (person(world, chance), payments), money=1)


def adjust(world: World, chance: Random) -> Call:
    size = chance.randint(-3_000, 3_000)
    return Call(
        staff.adjust, (world.staff, person(world, chance), size), {"reason": REASON}, money=1
    )


def reverse(world: World, chance: Random) -> Call | None:
    if not world.operations:
        return None
    operation = chance.choice(world.operations)
    return Call(staff.reverse, (world.staff, operation), {"reason": REASON}, money=1)


# Bank, exchange, investments, rewards, treasury


def bank_visit(world: World, chance: Random) -> Call:
    who, kind = person(world, chance), chance.random()
    if kind < 0.15:
        return Call(bank.open_vault, (who,))
    if kind < 0.30:
        return Call(bank.upgrade_vault, (who, chance.choice(("silver", "gold"))), money=1)
    function = bank.deposit if kind < 0.7 else bank.withdraw
    return Call(
        function,
        (who, amount(chance, 600)),
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def trade_metal(world: World, chance: Random) -> Call:
    function = chance.choice((exchange.buy_metal, exchange.sell_metal))
    metal = chance.choice(("gold", "silver"))
    return Call(
        function,
        (person(world, chance), metal, amount(chance, 200)),
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def invest(world: World, chance: Random) -> Call:
    who = person(world, chance)
    product = chance.choice(("treasury_bond", "railroad_share", "mining_share", "moon_railway"))
    return Call(
        investments.invest,
        (who, product, amount(chance, 2_000)),
        money=1,
        learn=lambda answer: world.investments.append((who, answer.id)),
    )


def redeem(world: World, chance: Random) -> Call | None:
    if not world.investments:
        return None
    owner, investment = chance.choice(world.investments)
    who = owner if chance.random() < 0.9 else person(world, chance)
    return Call(investments.redeem, (who, investment), money=1)


def claim_money(world: World, chance: Random) -> Call:
    """Where nothing waits, somebody's wallet is filled to the brim, or emptied a little."""
    if not world.money_waits or chance.random() < 0.3:
        who = world.people[3]
        if chance.random() < 0.5:
            full = {"source": Source.QUEST_REWARD}
            return Call(economy.earn, (who, CAPS[Currency.DOLLARS]), full, money=1)
        return Call(economy.spend, (who, 700), {"source": Source.SERVICE_FEE}, money=1)
    reward, owner = chance.choice(list(world.money_waits.items()))
    who = owner if chance.random() < 0.9 else person(world, chance)
    return Call(
        rewards.claim_reward,
        (who, reward),
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def claim_goods(world: World, chance: Random) -> Call:
    """Where nothing waits, somebody is given more than he can carry; or an owner makes room."""
    if not world.goods_wait:
        much = {"quantity": 250, "reason": REASON}
        return Call(item_staff.grant_items, (world.staff, person(world, chance), "coal"), much,
                    items=1)  # fmt: skip
    reward, owner = chance.choice(list(world.goods_wait.items()))
    carried = world.pieces.get((f"pack:{owner}", "coal", None))
    if carried and chance.random() < 0.4:
        return Call(ground.drop_item, (owner, "coal"), {"quantity": carried}, items=1)
    who = owner if chance.random() < 0.9 else person(world, chance)
    return Call(inventory.claim_items, (who, reward), items=1)


def gang_money(world: World, chance: Random) -> Call:
    function = chance.choice((treasury.deposit, treasury.withdraw))
    return Call(
        function,
        (person(world, chance), world.gang, amount(chance)),
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


# The market


def lot(world: World, chance: Random) -> ObjectId | None:
    """Mostly one that is active."""
    if world.prices and chance.random() < 0.85:
        return chance.choice(list(world.prices))
    return chance.choice(world.listings) if world.listings else None


def offer_lot(world: World, chance: Random) -> Call:
    who, kwargs = person(world, chance), {}
    if chance.random() < 0.2:
        kwargs["crafted_item_id"] = chance.choice(world.uniques)
    else:
        kwargs["item"], kwargs["quantity"] = goods(world, chance, who)
    price = amount(chance, 300)
    if chance.random() < 0.6:
        kwargs["is_auction"] = True
        if chance.random() < 0.25 and type(price) is int:
            kwargs["buyout_price"] = price * 2
    return Call(
        market.create_listing,
        (who,),
        {
            **kwargs,
            "price": price,
            "hours": chance.choice(HOURS),
            "featured": chance.random() < 0.1,
        },
        money=1,
        items=1,
        learn=lambda answer: world.listings.append(answer.id),
    )


def bid(world: World, chance: Random) -> Call | None:
    """Mostly against others at one of the newest auctions."""
    identity = lot(world, chance)
    auctions = [auction for auction, known in world.prices.items() if known[3]]
    if auctions and chance.random() < 0.9:
        identity = chance.choice(auctions[-2:])
    if identity is None:
        return None
    offered = amount(chance, 800)
    if identity in world.bids and chance.random() < 0.8:
        offered = world.bids[identity] + chance.randint(-1, 30)
    who = person(world, chance)
    if who == world.sellers.get(identity) and chance.random() < 0.8:
        who = person(world, chance)
    return Call(
        sales.place_bid,
        (who, identity, offered),
        money=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def buy(world: World, chance: Random) -> Call | None:
    """Most know the price, as a client that has looked does."""
    identity = lot(world, chance)
    if identity is None:
        return None
    known = world.prices.get(identity)
    kwargs: dict[str, Any] = {"expected_price": amount(chance)}
    if known is not None and chance.random() < 0.9:
        price, quantity, left, auction = known
        kwargs = {"expected_price": price}
        if not auction:
            part = left if chance.random() < 0.4 else chance.randint(1, max(1, left))
            kwargs = {"expected_price": -(-price * part // quantity), "quantity": part}
    return Call(
        sales.buy_now,
        (person(world, chance), identity),
        kwargs,
        money=1,
        items=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def change_lot(world: World, chance: Random) -> Call | None:
    identity = lot(world, chance)
    if identity is None:
        return None
    who = world.sellers.get(identity) if chance.random() < 0.9 else person(world, chance)
    kind = chance.random()
    if kind < 0.5:
        return Call(market.cancel_listing, (who, identity), items=1)
    if kind < 0.7:
        return Call(
            market.remove_listing,
            (world.staff, identity),
            {"reason": REASON},
            money=1,
            items=1,
        )
    kwargs = {"featured": True} if kind < 0.85 else {"price": amount(chance, 300)}
    return Call(market.update_listing, (who, identity), kwargs, money=1)


# Trades between two


def offer(world: World, chance: Random) -> Offer:
    goods = []
    if chance.random() < 0.6:
        goods.append(Goods(item=chance.choice(ITEMS), quantity=chance.randint(1, 60)))
    if chance.random() < 0.2:
        goods.append(Goods(crafted_item_id=chance.choice(world.uniques)))
    coins = {}
    if chance.random() < 0.5:
        coins[chance.choice(list(Currency)).value] = chance.randint(0, 500)
    return Offer(items=goods, **coins)


def open_trade(world: World, chance: Random) -> Call:
    return Call(
        trades.open_trade,
        two(world, chance),
        {"offer": offer(world, chance)},
        learn=world.remember_trade,
    )


def go_on_with_trade(world: World, chance: Random) -> Call | None:
    if not world.trades:
        return None
    known = chance.choice(list(world.trades.values()))
    if known.expires_at <= world.time.at and chance.random() < 0.9:
        world.trades.pop(known.id)
    who = chance.choice((known.initiator_id, known.recipient_id))
    if chance.random() < 0.03:
        who = person(world, chance)
    kind = chance.random()
    if kind < 0.08:
        return Call(trades.cancel_trade, (who, known.id), learn=world.remember_trade)
    if kind < 0.25:
        return Call(
            trades.change_offer,
            (who, known.id, offer(world, chance)),
            {"version": known.version},
            learn=world.remember_trade,
        )
    return Call(
        trades.confirm_trade,
        (who, known.id),
        {"version": known.version},
        money=1,
        items=1,
        learn=world.remember_trade,
    )


# Shops, merchants, goods


def shop(world: World, chance: Random) -> Call:
    function = chance.choice((shops.buy_from_shop, shops.sell_to_shop))
    who = person(world, chance)
    return Call(
        function,
        (who, "store", *goods(world, chance, who)),
        money=1,
        items=1,
        learn=lambda answer: world.operations.append(answer.operation),
    )


def visit_merchant(world: World, chance: Random) -> Call:
    kwargs: dict[str, Any] = {}
    if chance.random() < 0.3:
        kwargs["barter"] = [
            merchants.Barter(item=chance.choice(ITEMS), quantity=chance.randint(1, 20))
        ]
    item = chance.choice(("rope", "whiskey"))
    return Call(
        merchants.buy_from_merchant,
        (person(world, chance), "abe", item, pieces(chance)),
        kwargs,
        money=1,
        items=1,
    )


def grant(world: World, chance: Random) -> Call:
    quantity = chance.randint(100, 250) if chance.random() < 0.3 else pieces(chance)
    return Call(
        item_staff.grant_items,
        (world.staff, person(world, chance), chance.choice(ITEMS)),
        {"quantity": quantity, "reason": REASON},
        items=1,
    )


def take_away(world: World, chance: Random) -> Call:
    return Call(
        item_staff.remove_items,
        (world.staff, person(world, chance), chance.choice(ITEMS)),
        {"quantity": pieces(chance), "reason": REASON},
        items=1,
    )


def drop(world: World, chance: Random) -> Call:
    def learn(answer: Any) -> None:
        world.laid.append(answer.ground_item)

    who = person(world, chance)
    if chance.random() < 0.2:
        return Call(ground.drop_unique, (who, chance.choice(world.uniques)), items=1, learn=learn)
    code, quantity = goods(world, chance, who)
    return Call(
        ground.drop_item,
        (who, COLT if chance.random() < 0.05 else code),
        {"quantity": quantity},
        items=1,
        learn=learn,
    )


def pick_up(world: World, chance: Random) -> Call | None:
    if not world.laid:
        return None
    laid = world.laid[-1] if chance.random() < 0.7 else chance.choice(world.laid)
    return Call(ground.pick_up, (person(world, chance), laid), items=1)


def bar_from_trade(world: World, chance: Random) -> Call:
    """Staff bar somebody for a while, or let him trade again."""
    who = person(world, chance)
    if chance.random() < 0.5:
        until = world.time.at + timedelta(minutes=chance.randint(1, 10))
        return Call(locks.lock_trade, (world.staff, who), {"until": until, "reason": REASON})
    return Call(locks.unlock_trade, (world.staff, who), {"reason": REASON})


def move_rates(world: World, chance: Random) -> Call:
    event = chance.choice(list(MetalEvent))
    return Call(rate_moves.announce_event, (world.staff, event), {"reason": REASON})


def leave_the_world(world: World, chance: Random) -> Call | None:
    """Somebody deletes a character; somebody else comes into the world with the next step."""
    who = person(world, chance)
    return Call(
        characters.delete,
        (who,),
        {"name": world.names.get(who, "Nobody")},
        money=22,
        items=22,
        learn=lambda _: world.gone.append(who),
    )


DEEDS: dict[Deed, int] = {
    earn: 4,
    spend: 4,
    transfer: 4,
    send: 8,
    send_many: 2,
    adjust: 1,
    reverse: 2,
    bank_visit: 10,
    trade_metal: 8,
    invest: 5,
    redeem: 6,
    claim_money: 6,
    claim_goods: 4,
    gang_money: 6,
    offer_lot: 24,
    bid: 22,
    buy: 12,
    change_lot: 7,
    open_trade: 8,
    go_on_with_trade: 18,
    shop: 10,
    visit_merchant: 6,
    grant: 4,
    take_away: 2,
    drop: 5,
    pick_up: 9,
    bar_from_trade: 2,
    move_rates: 1,
    leave_the_world: 2,
}
