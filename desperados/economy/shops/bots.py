"""What bots do in shops and with merchants: buy, sell, barter."""

from __future__ import annotations

from desperados.characters import service as characters
from desperados.economy.shops import merchants, service
from desperados.economy.shops.merchants import Barter, MerchantView
from desperados.economy.shops.service import ShopView
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of, up_to
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack

A_FEW = 6  # pieces
SHY = 200  # dollars that a bot will pay at once, whatever it asked for


async def _shop(me: Player) -> ShopView | None:
    """A shop where the character is, rarely one that is closed."""
    shops = await service.shops_here(me.character)
    here = one_of([shop for shop in shops if shop.open or now_and_then(5)])
    return await service.get_shop(me.character, here.shop) if here is not None else None


async def _buy(me: Player) -> Arguments | None:
    shop = await _shop(me)
    if shop is None:
        return None
    level = (await characters.get(me.character)).level
    within_reach = [s for s in shop.shelves if s.level_required <= level or now_and_then(2)]
    shelf = one_of(within_reach)
    if shelf is None:
        return None
    most = SHY if now_and_then(70) else None
    return {"shop": shop.shop, "item": shelf.item, "quantity": up_to(A_FEW), "max_total": most}


async def _sell(me: Player) -> Arguments | None:
    shop = await _shop(me)
    stacks = (await items.contents(pack(me.character))).stacks
    if shop is None:
        return None
    wanted = {shelf.item for shelf in shop.shelves if shelf.pays}
    stack = one_of(
        [s for s in stacks if s.item_id in wanted] or (stacks if now_and_then(5) else [])
    )
    if stack is None:
        return None
    return {"shop": shop.shop, "item": stack.item_id, "quantity": up_to(stack.quantity)}


async def _merchant(me: Player) -> MerchantView | None:
    here = await merchants.merchants_here(me.character)
    return one_of([merchant for merchant in here if merchant.trading])


async def _buy_of_merchant(me: Player) -> Arguments | None:
    merchant = await _merchant(me)
    if merchant is None:
        return None
    ware = one_of(await merchants.merchant_wares(me.character, merchant.merchant))
    if ware is None:
        return None
    barter = None
    if merchant.barter and now_and_then(30):
        stack = one_of((await items.contents(pack(me.character))).stacks)
        if stack is not None:
            barter = [Barter(item=stack.item_id, quantity=up_to(stack.quantity))]
    return {
        "merchant": merchant.merchant,
        "item": ware.item,
        "quantity": up_to(A_FEW),
        "barter": barter,
    }


async def _look_at_wares(me: Player) -> Arguments | None:
    merchant = await _merchant(me)
    return {"merchant": merchant.merchant} if merchant is not None else None


BOTS = (
    Bot(service.buy_from_shop, _buy, weight=12),
    Bot(service.sell_to_shop, _sell, weight=6),
    Bot(merchants.buy_from_merchant, _buy_of_merchant, weight=6),
    Bot(merchants.merchant_wares, _look_at_wares),
)
