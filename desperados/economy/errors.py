"""What the economy refuses."""

from __future__ import annotations

# Who acts with money acts with goods as well, and is refused in the same words.
from desperados.engine.errors import (
    Conflict,
    Contention,
    InvalidInput,
    NotFound,
    RateLimited,
)


class SelfTransfer(InvalidInput):
    """Sender and recipient are the same."""


class RecipientNotFound(NotFound):
    """There is no such recipient."""


class HoldsOpen(Conflict):
    """Settle your bids, stakes and investments first: they hold money of this character."""


class DebtsOpen(Conflict):
    """Repay your debts first: somebody waits for what this character owes."""


class AlreadyReversed(Conflict):
    """This operation was reversed before."""


class NotReversible(Conflict):
    """This operation moved money in escrow or took a waiting reward: let what it is for be decided,
    then correct the wallets."""


class DebtNotFound(NotFound):
    """There is no such debt."""


class DebtClosed(Conflict):
    """This debt is repaid, forgiven, or nobody's any more."""


class OperationNotFound(NotFound):
    """There is no such operation."""


class TooManyPayments(InvalidInput):
    """A batch pays 1 to 100 recipients, each once."""


class NotAtBank(Conflict):
    """The character is not at a bank."""


class NoVault(Conflict):
    """Open a vault first."""


class InvalidTier(Conflict):
    """A vault grows by one tier at a time: bronze, silver, gold."""


class VaultFull(Conflict):
    """The vault cannot hold that much; upgrade it."""


class Cooldown(RateLimited):
    """One trade at the exchange in five seconds."""


class RateMoved(Conflict):
    """The rate has moved past the bound that was given."""


class ProductNotFound(NotFound):
    """There is no such investment product."""


class OutsideProductRange(InvalidInput):
    """The product does not take this amount."""


class TooManyInvestments(Conflict):
    """A character has at most ten active investments."""


class InvestmentNotFound(NotFound):
    """There is no such investment, or it is not yours."""


class AlreadyRedeemed(Conflict):
    """This investment was redeemed before."""


class RewardNotFound(NotFound):
    """There is no such reward, or it is not yours."""


class AlreadyClaimed(Conflict):
    """This reward was claimed before."""


class WalletFull(Conflict):
    """The wallet has no room for any of it."""


class SelfTrade(InvalidInput):
    """Nobody trades with himself, or with another character of the same account."""


class ListingNotFound(NotFound):
    """There is no such listing, or it is not yours."""


class ListingClosed(Conflict):
    """This listing is sold, cancelled or expired."""


class ListingEnded(Conflict):
    """The time of this listing is over."""


class ListingMoved(Contention):
    """The listing changed under this command; try again."""


class NotAuction(Conflict):
    """This is no auction: buy it at its price."""


class NotForSale(Conflict):
    """This auction cannot be bought at a price: bid."""


class BidTooLow(Conflict):
    """The bid is below the lowest that is accepted."""


class UseBuyNow(Conflict):
    """A bid as high as the price to buy at is a purchase: buy it."""


class PriceChanged(Conflict):
    """The price is not the one that was expected; look again."""


class HasBids(Conflict):
    """Somebody has bid; the listing stays as it is until it ends."""


class GoodsWaiting(Conflict):
    """Take what waits for room in your pack first: the market keeps no store."""


class TooManyListings(Conflict):
    """A character has at most twenty active listings."""


class UnknownCategory(InvalidInput):
    """There is no such category or subcategory on the market."""


class NotLocked(Conflict):
    """This character is not barred from trade."""


class TradeClosed(Conflict):
    """This trade is completed, cancelled or expired."""


class TradeNotFound(NotFound):
    """There is no such trade, or you have no part in it."""


class TradeChanged(Conflict):
    """The offers are not the ones that you saw; look again."""


class TradeEmpty(Conflict):
    """Neither side offers anything."""


class AlreadyTrading(Conflict):
    """These two have an open trade already, or one of them has too many."""


class NotTogether(Conflict):
    """Both characters must be in one place."""


class ShopNotFound(NotFound):
    """There is no such shop."""


class NotAtShop(Conflict):
    """Go to the shop first."""


class ShopClosed(Conflict):
    """The shop is closed at this hour."""


class NotSoldHere(Conflict):
    """That is not sold here."""


class NotBoughtHere(Conflict):
    """Nobody here buys that."""


class OutOfStock(Conflict):
    """There are not that many left."""


class BoughtBefore(Conflict):
    """A character buys only one of this, once in its life."""


class PriceMoved(Conflict):
    """The price has moved past the bound that was given."""


class MerchantNotFound(NotFound):
    """There is no such merchant."""


class MerchantAway(Conflict):
    """The merchant is somewhere else, or does not trade at this hour."""


class TrustTooLow(Conflict):
    """The merchant shows this only to people he knows better."""


class BarterRefused(Conflict):
    """These goods are not worth the price, or the merchant takes only money."""
