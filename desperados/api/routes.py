"""The table of routes: method, path, service function, who may call it.

Everything else is derived from the function (see ``operation``). Paths are below ``PREFIX``.
"""

from __future__ import annotations

from desperados.accounts import service as accounts
from desperados.accounts import staff as accounts_staff
from desperados.api.access import Admin, Moderator, Owner, Public, User
from desperados.api.limits import CREATE_CHARACTER, EVENTS, LOGIN, PASSWORD, REFRESH, REGISTER
from desperados.api.operations.operation import Route
from desperados.characters import events as character_events
from desperados.characters import service as characters
from desperados.economy import debts, market_events, rewards, transfers, wealth_tax
from desperados.economy import service as economy
from desperados.economy import staff as economy_staff
from desperados.economy.bank import exchange, investments, rate_moves
from desperados.economy.bank import service as bank
from desperados.economy.market import (
    buying as sales,
)
from desperados.economy.market import (
    queries as market_queries,
)
from desperados.economy.market import (
    selling as market,
)
from desperados.economy.market import (
    statistics as market_statistics,
)
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.trades import service as trades
from desperados.economy.watch import alarms, locks
from desperados.economy.watch import report as watch
from desperados.inventory import ground
from desperados.inventory import service as inventory
from desperados.inventory import staff as inventory_staff
from desperados.world import content

PREFIX = "/api/v1"
_MINE = "/characters/{characterId}"  # what belongs to one character of the caller

ROUTES = (
    Route("POST", "/accounts", accounts.register, Public, REGISTER),
    Route("GET", "/account", accounts.me, User),
    Route("PUT", "/account/password", accounts.change_password, User, PASSWORD),
    Route("POST", "/sessions", accounts.login, Public, LOGIN),
    Route("POST", "/sessions/refresh", accounts.refresh, Public, REFRESH),
    Route("POST", "/sessions/revoke", accounts.revoke_token, Public, REFRESH),
    Route("GET", "/sessions", accounts.list_sessions, User),
    Route("DELETE", "/sessions", accounts.logout_everywhere, User),
    Route("DELETE", "/sessions/current", accounts.logout, User),
    Route("DELETE", "/sessions/{sessionId}", accounts.revoke_session, User),
    Route("POST", "/characters", characters.create, User, CREATE_CHARACTER),
    Route("GET", "/characters", characters.list_mine, User),
    Route("GET", _MINE, characters.get, Owner),
    Route("DELETE", _MINE, characters.delete, Owner),
    Route("GET", f"{_MINE}/events", character_events.follow_events, Owner, EVENTS),
    Route("GET", f"{_MINE}/balance", economy.balance, Owner),
    Route("GET", f"{_MINE}/history", economy.history, Owner),
    Route("POST", f"{_MINE}/transfers", transfers.send, Owner),
    Route("POST", f"{_MINE}/transfers/batch", transfers.send_many, Owner),
    Route("GET", f"{_MINE}/wealth-tax", wealth_tax.projected_wealth_tax, Owner),
    Route("GET", f"{_MINE}/vault", bank.vault, Owner),
    Route("POST", f"{_MINE}/vault", bank.open_vault, Owner),
    Route("PUT", f"{_MINE}/vault/tier", bank.upgrade_vault, Owner),
    Route("POST", f"{_MINE}/vault/deposits", bank.deposit, Owner),
    Route("POST", f"{_MINE}/vault/withdrawals", bank.withdraw, Owner),
    Route("GET", f"{_MINE}/vault/history", bank.vault_history, Owner),
    Route("GET", "/exchange/rates", exchange.metal_rates, Public),
    Route("GET", "/exchange/rates/{metal}", exchange.rate_history, Public),
    Route("POST", f"{_MINE}/exchange/purchases", exchange.buy_metal, Owner),
    Route("POST", f"{_MINE}/exchange/sales", exchange.sell_metal, Owner),
    Route("GET", f"{_MINE}/exchange/trades", exchange.metal_trades, Owner),
    Route("GET", "/investments/products", investments.investment_products, Public),
    Route("GET", f"{_MINE}/investments", investments.portfolio, Owner),
    Route("POST", f"{_MINE}/investments", investments.invest, Owner),
    Route("POST", f"{_MINE}/investments/{{investmentId}}/redemption", investments.redeem, Owner),
    Route("GET", f"{_MINE}/debts", debts.list_debts, Owner),
    Route("GET", f"{_MINE}/rewards", rewards.list_rewards, Owner),
    Route("POST", f"{_MINE}/rewards/{{rewardId}}/claim", rewards.claim_reward, Owner),
    # The market
    Route("GET", "/market/listings", market_queries.search_listings, Public),
    Route("GET", "/market/items/{item}/prices", market_statistics.price_history, Public),
    Route("GET", "/market/items/{item}/statistics", market_statistics.item_statistics, Public),
    Route("GET", "/market/items/{item}/suggestion", market_statistics.suggest_price, Public),
    Route("GET", "/market/days", market_statistics.market_days, Public),
    Route("GET", "/market/events", market_events.market_events, Public),
    Route("POST", f"{_MINE}/market/listings", market.create_listing, Owner),
    Route("GET", f"{_MINE}/market/listings", market_queries.my_listings, Owner),
    Route("GET", f"{_MINE}/market/listings/{{listingId}}", market_queries.get_listing, Owner),
    Route("PATCH", f"{_MINE}/market/listings/{{listingId}}", market.update_listing, Owner),
    Route("DELETE", f"{_MINE}/market/listings/{{listingId}}", market.cancel_listing, Owner),
    Route("POST", f"{_MINE}/market/listings/{{listingId}}/bids", sales.place_bid, Owner),
    Route("POST", f"{_MINE}/market/listings/{{listingId}}/purchases", sales.buy_now, Owner),
    Route("GET", f"{_MINE}/market/bids", market_queries.my_bids, Owner),
    Route("GET", f"{_MINE}/market/purchases", market_queries.my_purchases, Owner),
    Route("GET", f"{_MINE}/market/sales", market_queries.my_sales, Owner),
    # Shops, merchants, trade between players
    Route("GET", f"{_MINE}/shops", shops.shops_here, Owner),
    Route("GET", f"{_MINE}/shops/{{shop}}", shops.get_shop, Owner),
    Route("POST", f"{_MINE}/shops/{{shop}}/purchases", shops.buy_from_shop, Owner),
    Route("POST", f"{_MINE}/shops/{{shop}}/sales", shops.sell_to_shop, Owner),
    Route("GET", f"{_MINE}/merchants", merchants.list_merchants, Owner),
    Route("GET", f"{_MINE}/merchants/here", merchants.merchants_here, Owner),
    Route("GET", f"{_MINE}/merchants/{{merchant}}/wares", merchants.merchant_wares, Owner),
    Route("POST", f"{_MINE}/merchants/{{merchant}}/purchases", merchants.buy_from_merchant, Owner),
    Route("POST", f"{_MINE}/trades", trades.open_trade, Owner),
    Route("GET", f"{_MINE}/trades/opened", trades.trades_opened, Owner),
    Route("GET", f"{_MINE}/trades/received", trades.trades_received, Owner),
    Route("GET", f"{_MINE}/trades/{{tradeId}}", trades.get_trade, Owner),
    Route("PUT", f"{_MINE}/trades/{{tradeId}}/offer", trades.change_offer, Owner),
    Route("POST", f"{_MINE}/trades/{{tradeId}}/confirmation", trades.confirm_trade, Owner),
    Route("DELETE", f"{_MINE}/trades/{{tradeId}}", trades.cancel_trade, Owner),
    # What a character carries
    Route("GET", f"{_MINE}/inventory", inventory.inventory, Owner),
    Route("GET", f"{_MINE}/inventory/capacity", inventory.capacity, Owner),
    Route("GET", f"{_MINE}/inventory/unique", inventory.unique_items, Owner),
    Route("GET", f"{_MINE}/inventory/history", inventory.history, Owner),
    Route("GET", f"{_MINE}/inventory/pending", inventory.pending_items, Owner),
    Route("POST", f"{_MINE}/inventory/pending/{{reward}}/claim", inventory.claim_items, Owner),
    Route("POST", f"{_MINE}/inventory/drops", ground.drop_item, Owner),
    Route("POST", f"{_MINE}/inventory/unique/{{unique}}/drop", ground.drop_unique, Owner),
    Route("GET", f"{_MINE}/ground", ground.ground_items, Owner),
    Route("POST", f"{_MINE}/ground/{{groundItem}}/pick-up", ground.pick_up, Owner),
    Route("POST", "/admin/characters/{characterId}/adjustments", economy_staff.adjust, Admin),
    Route("POST", "/admin/operations/{operationId}/reversal", economy_staff.reverse, Admin),
    Route("DELETE", "/admin/debts/{debtId}", debts.forgive_debt, Admin),
    Route("GET", "/admin/characters/{characterId}/trade-lock", locks.trade_lock, Moderator),
    Route("PUT", "/admin/characters/{characterId}/trade-lock", locks.lock_trade, Moderator),
    Route("DELETE", "/admin/characters/{characterId}/trade-lock", locks.unlock_trade, Moderator),
    Route("DELETE", "/admin/market/listings/{listingId}", market.remove_listing, Moderator),
    Route("POST", "/admin/exchange/events", rate_moves.announce_event, Admin),
    Route("GET", "/admin/economy/flags", alarms.list_flags, Moderator),
    Route("GET", "/admin/economy", watch.economy_report, Admin),
    Route("POST", "/admin/characters/{character}/items", inventory_staff.grant_items, Admin),
    Route(
        "POST", "/admin/characters/{character}/items/removal", inventory_staff.remove_items, Admin
    ),
    Route("GET", "/profiles/{characterId}", characters.public_profile, Public),
    Route("PUT", "/admin/users/{userId}/status", accounts_staff.set_status, Moderator),
    Route("PUT", "/admin/users/{userId}/role", accounts_staff.set_role, Admin),
    Route("GET", "/content", content.list_kinds, Public),
    Route("GET", "/content/{kind}", content.list_content, Public),
    Route("GET", "/content/{kind}/{entry}", content.get_content, Public),
)
