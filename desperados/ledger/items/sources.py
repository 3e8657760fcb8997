"""Every way in which items move, by name, and whether it makes or destroys any.

As with money: a transfer between two holders makes and destroys nothing, a faucet has no giver, a
sink has no receiver. So of each item there are as many pieces in the world as its faucets made less
what its sinks took, at every commit.
"""

from __future__ import annotations

from enum import StrEnum


class ItemFlow(StrEnum):
    """What a movement does to the number of items in the world."""

    FAUCET = "faucet"
    SINK = "sink"
    TRANSFER = "transfer"


class ItemSource(StrEnum):
    """Why items moved. The value is what the row of the history stores.

    ``moves_bound`` says whether bound items and quest items may go this way.
    """

    def __new__(cls, value: str, flow: ItemFlow, moves_bound: bool = True) -> ItemSource:
        member = str.__new__(cls, value)
        member._value_ = value
        member.flow = flow
        member.moves_bound = moves_bound
        return member

    flow: ItemFlow
    moves_bound: bool

    # What another program had put into a holder when this history first met it
    OPENING_STOCK = "opening_stock", ItemFlow.FAUCET

    # Into the world
    STARTING_KIT = "starting_kit", ItemFlow.FAUCET
    QUEST_REWARD = "quest_reward", ItemFlow.FAUCET
    CONTRACT_REWARD = "contract_reward", ItemFlow.FAUCET
    ACHIEVEMENT_REWARD = "achievement_reward", ItemFlow.FAUCET
    LOGIN_REWARD = "login_reward", ItemFlow.FAUCET
    COMBAT_LOOT = "combat_loot", ItemFlow.FAUCET
    SPOILS = "spoils", ItemFlow.FAUCET
    CRIME_LOOT = "crime_loot", ItemFlow.FAUCET
    GATHERED = "gathered", ItemFlow.FAUCET
    CRAFTED = "crafted", ItemFlow.FAUCET
    SHOP_PURCHASE = "shop_purchase", ItemFlow.FAUCET
    MERCHANT_PURCHASE = "merchant_purchase", ItemFlow.FAUCET
    CONTEST_PRIZE = "contest_prize", ItemFlow.FAUCET
    ADMIN_GRANT = "admin_grant", ItemFlow.FAUCET

    # Out of the world
    SHOP_SALE = "shop_sale", ItemFlow.SINK, False
    MERCHANT_BARTER = "merchant_barter", ItemFlow.SINK, False
    USED = "used", ItemFlow.SINK
    CRAFTING_MATERIAL = "crafting_material", ItemFlow.SINK
    QUEST_DELIVERY = "quest_delivery", ItemFlow.SINK
    SCRAPPED = "scrapped", ItemFlow.SINK
    ROTTED = "rotted", ItemFlow.SINK
    DEATH_LOSS = "death_loss", ItemFlow.SINK, False
    CHARACTER_DELETED = "character_deleted", ItemFlow.SINK
    ADMIN_REMOVAL = "admin_removal", ItemFlow.SINK

    # Between holders
    DROPPED = "dropped", ItemFlow.TRANSFER, False
    DEATH_DROP = "death_drop", ItemFlow.TRANSFER, False
    PICKED_UP = "picked_up", ItemFlow.TRANSFER
    GIFT = "gift", ItemFlow.TRANSFER, False
    LISTED = "listed", ItemFlow.TRANSFER, False
    LISTING_RETURNED = "listing_returned", ItemFlow.TRANSFER
    MARKET_SALE = "market_sale", ItemFlow.TRANSFER
    TRADE_OFFERED = "trade_offered", ItemFlow.TRANSFER, False
    TRADE_RETURNED = "trade_returned", ItemFlow.TRANSFER
    TRADED = "traded", ItemFlow.TRANSFER
    REWARD_CLAIMED = "reward_claimed", ItemFlow.TRANSFER
    BANK_DEPOSIT = "bank_deposit", ItemFlow.TRANSFER
    BANK_WITHDRAWAL = "bank_withdrawal", ItemFlow.TRANSFER
    GANG_DEPOSIT = "gang_deposit", ItemFlow.TRANSFER, False
    GANG_WITHDRAWAL = "gang_withdrawal", ItemFlow.TRANSFER
