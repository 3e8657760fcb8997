"""Every way in which money moves, by name, and whether it makes or destroys any.

A movement names its source. A faucet makes money (its movements are positive), a sink destroys it
(negative), a transfer does neither (the transfers of one posting sum to zero). So the supply of a
currency is the sum of its faucet movements less its sink movements, at every commit.
"""

from __future__ import annotations

from enum import StrEnum


class Flow(StrEnum):
    """What a movement does to the amount of money in the world."""

    FAUCET = "faucet"
    SINK = "sink"
    TAX = "tax"  # a sink that the tables of the state, not a price, set
    TRANSFER = "transfer"


class Source(StrEnum):
    """Why money moved. The value is what the row of the ledger stores."""

    def __new__(cls, value: str, flow: Flow) -> Source:
        member = str.__new__(cls, value)
        member._value_ = value
        member.flow = flow
        return member

    flow: Flow

    # What another program's players held when this ledger first met them
    OPENING_BALANCE = "opening_balance", Flow.FAUCET

    # Income
    STARTING_GRANT = "starting_grant", Flow.FAUCET
    COMBAT_REWARD = "combat_reward", Flow.FAUCET
    LEGEND_REWARD = "legend_reward", Flow.FAUCET
    WORLD_BOSS_REWARD = "world_boss_reward", Flow.FAUCET
    CRIME_LOOT = "crime_loot", Flow.FAUCET
    ACTION_REWARD = "action_reward", Flow.FAUCET
    QUEST_REWARD = "quest_reward", Flow.FAUCET
    JOB_WAGE = "job_wage", Flow.FAUCET
    CONTRACT_REWARD = "contract_reward", Flow.FAUCET
    ENCOUNTER_REWARD = "encounter_reward", Flow.FAUCET
    SECRET_REWARD = "secret_reward", Flow.FAUCET
    ACHIEVEMENT_REWARD = "achievement_reward", Flow.FAUCET
    MILESTONE_REWARD = "milestone_reward", Flow.FAUCET
    LOGIN_REWARD = "login_reward", Flow.FAUCET
    CONTEST_SUBSIDY = "contest_subsidy", Flow.FAUCET
    SHOP_SALE = "shop_sale", Flow.FAUCET
    METAL_SALE = "metal_sale", Flow.FAUCET
    METAL_BOUGHT = "metal_bought", Flow.FAUCET
    INVESTMENT_RETURN = "investment_return", Flow.FAUCET
    STAKE_WINNINGS = "stake_winnings", Flow.FAUCET
    ADMIN_CREDIT = "admin_credit", Flow.FAUCET
    BOUNTY_REWARD = "bounty_reward", Flow.FAUCET
    HUNTER_RETURNED = "hunter_returned", Flow.FAUCET
    REVERSED_SPENDING = "reversed_spending", Flow.FAUCET

    # Where money goes
    SHOP_PURCHASE = "shop_purchase", Flow.SINK
    MERCHANT_PURCHASE = "merchant_purchase", Flow.SINK
    SERVICE_FEE = "service_fee", Flow.SINK
    TRAVEL_FARE = "travel_fare", Flow.SINK
    ALMS = "alms", Flow.SINK
    ENCOUNTER_LOSS = "encounter_loss", Flow.SINK
    LODGING = "lodging", Flow.SINK
    LISTING_FEE = "listing_fee", Flow.SINK
    FEATURED_FEE = "featured_fee", Flow.SINK
    VAULT_UPGRADE = "vault_upgrade", Flow.SINK
    METAL_PURCHASE = "metal_purchase", Flow.SINK
    METAL_SOLD = "metal_sold", Flow.SINK
    INVESTMENT_LOSS = "investment_loss", Flow.SINK
    STAKE_LOST = "stake_lost", Flow.SINK
    JAIL_FINE = "jail_fine", Flow.SINK
    BAIL = "bail", Flow.SINK
    BRIBE = "bribe", Flow.SINK
    DISGUISE = "disguise", Flow.SINK
    BOUNTY_FEE = "bounty_fee", Flow.SINK
    BOUNTY_TO_NOBODY = "bounty_to_nobody", Flow.SINK
    HUNTER_HIRED = "hunter_hired", Flow.SINK
    HUNTER_PAID_OFF = "hunter_paid_off", Flow.SINK
    DEATH_LOSS = "death_loss", Flow.SINK
    CONTEST_REMAINDER = "contest_remainder", Flow.SINK
    CHARACTER_DELETED = "character_deleted", Flow.SINK
    ADMIN_DEBIT = "admin_debit", Flow.SINK
    REVERSED_INCOME = "reversed_income", Flow.SINK
    MARKET_TAX = "market_tax", Flow.TAX
    TRANSFER_TAX = "transfer_tax", Flow.TAX
    WEALTH_TAX = "wealth_tax", Flow.TAX

    # Between accounts
    PLAYER_TRANSFER = "player_transfer", Flow.TRANSFER
    REVERSED_TRANSFER = "reversed_transfer", Flow.TRANSFER
    DEBT_REPAID = "debt_repaid", Flow.TRANSFER
    REWARD_CLAIMED = "reward_claimed", Flow.TRANSFER
    BANK_DEPOSIT = "bank_deposit", Flow.TRANSFER
    BANK_WITHDRAWAL = "bank_withdrawal", Flow.TRANSFER
    TREASURY_DEPOSIT = "treasury_deposit", Flow.TRANSFER
    TREASURY_WITHDRAWAL = "treasury_withdrawal", Flow.TRANSFER
    BID_HELD = "bid_held", Flow.TRANSFER
    BID_RELEASED = "bid_released", Flow.TRANSFER
    MARKET_SALE = "market_sale", Flow.TRANSFER
    STAKE_HELD = "stake_held", Flow.TRANSFER
    STAKE_RELEASED = "stake_released", Flow.TRANSFER
    STAKE_WON = "stake_won", Flow.TRANSFER
    BOUNTY_HELD = "bounty_held", Flow.TRANSFER
    BOUNTY_RELEASED = "bounty_released", Flow.TRANSFER
    BOUNTY_COLLECTED = "bounty_collected", Flow.TRANSFER
    HUSH_MONEY = "hush_money", Flow.TRANSFER
    TRADE_HELD = "trade_held", Flow.TRANSFER
    TRADE_RELEASED = "trade_released", Flow.TRANSFER
    TRADE = "trade", Flow.TRANSFER
    INVESTMENT_HELD = "investment_held", Flow.TRANSFER
    INVESTMENT_REDEEMED = "investment_redeemed", Flow.TRANSFER


# What only the ledger itself and the undoing of operations post: nobody earns or spends that way.
RESERVED = frozenset(
    {
        Source.OPENING_BALANCE,
        Source.REVERSED_INCOME,
        Source.REVERSED_SPENDING,
        Source.REVERSED_TRANSFER,
    }
)

# Rewards for play, which world events, prestige and a newcomer's stake may raise. Nothing that
# gives back, sells, wins or moves money is ever among them: a refund would pay more than it cost.
BOOSTABLE = frozenset(
    {
        Source.COMBAT_REWARD,
        Source.LEGEND_REWARD,
        Source.CRIME_LOOT,
        Source.ACTION_REWARD,
        Source.QUEST_REWARD,
        Source.JOB_WAGE,
        Source.CONTRACT_REWARD,
    }
)
