"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.economy import documents, estates, rewards, transfers, treasury, wealth_tax
from desperados.economy import service as economy
from desperados.economy.audit import check_escrow, check_estates
from desperados.economy.bank import documents as bank_documents
from desperados.economy.bank import exchange, investments, rate_moves
from desperados.economy.bank import service as bank
from desperados.economy.bank.audit import check_bank
from desperados.economy.bank.bots import BOTS as MONEY_BOTS
from desperados.economy.content import CONTENT
from desperados.economy.corrections import debts
from desperados.economy.corrections import staff as economy_staff
from desperados.economy.corrections.audit import check_debts, check_reversals
from desperados.economy.jobs import JOBS as MONEY_JOBS
from desperados.economy.market import buying as sales
from desperados.economy.market import documents as market_documents
from desperados.economy.market import queries as market_queries
from desperados.economy.market import selling as market
from desperados.economy.market import statistics as market_statistics
from desperados.economy.market import turns
from desperados.economy.market.audit import check_market
from desperados.economy.market.bots import BOTS as MARKET_BOTS
from desperados.economy.market.jobs import JOBS as MARKET_JOBS
from desperados.economy.shops import documents as shops_documents
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.shops.bots import BOTS as SHOP_BOTS
from desperados.economy.trades import documents as trades_documents
from desperados.economy.trades import service as trades
from desperados.economy.trades.audit import check_trades
from desperados.economy.trades.bots import BOTS as TRADE_BOTS
from desperados.economy.watch import alarms, locks
from desperados.economy.watch import report as watch
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import (
    MINE,
    Admin,
    Moderator,
    Owner,
    Public,
    Route,
)

DOMAIN = Domain(
    name="economy",
    documents=(
        documents,
        bank_documents,
        shops_documents,
        market_documents,
        trades_documents,
    ),
    routes=(
        Route("GET", f"{MINE}/balance", economy.balance, Owner),
        Route("GET", f"{MINE}/history", economy.history, Owner),
        Route("POST", f"{MINE}/transfers", transfers.send, Owner),
        Route("POST", f"{MINE}/transfers/batch", transfers.send_many, Owner),
        Route("GET", f"{MINE}/wealth-tax", wealth_tax.projected_wealth_tax, Owner),
        Route("GET", f"{MINE}/vault", bank.vault, Owner),
        Route("POST", f"{MINE}/vault", bank.open_vault, Owner, creates=f"{MINE}/vault"),
        Route("PUT", f"{MINE}/vault/tier", bank.upgrade_vault, Owner),
        Route("POST", f"{MINE}/vault/deposits", bank.deposit, Owner),
        Route("POST", f"{MINE}/vault/withdrawals", bank.withdraw, Owner),
        Route("GET", f"{MINE}/vault/history", bank.vault_history, Owner),
        Route("GET", "/exchange/rates", exchange.metal_rates, Public),
        Route("GET", "/exchange/rates/{metal}", exchange.rate_history, Public),
        Route("GET", "/exchange/rates/{metal}/quote", exchange.metal_quote, Public),
        Route("POST", f"{MINE}/exchange/purchases", exchange.buy_metal, Owner),
        Route("POST", f"{MINE}/exchange/sales", exchange.sell_metal, Owner),
        Route("GET", f"{MINE}/exchange/trades", exchange.metal_trades, Owner),
        Route("GET", "/investments/products", investments.investment_products, Public),
        Route("GET", f"{MINE}/investments", investments.portfolio, Owner),
        Route(
            "POST",
            f"{MINE}/investments",
            investments.invest,
            Owner,
            creates=f"{MINE}/investments/{{id}}",
        ),
        Route("GET", f"{MINE}/investments/{{investmentId}}", investments.get_investment, Owner),
        Route("POST", f"{MINE}/investments/{{investmentId}}/redemption", investments.redeem, Owner),
        Route("GET", f"{MINE}/debts", debts.list_debts, Owner),
        Route("GET", f"{MINE}/rewards", rewards.list_rewards, Owner),
        Route("POST", f"{MINE}/rewards/{{rewardId}}/claim", rewards.claim_reward, Owner),
        Route("GET", "/market/listings", market_queries.search_listings, Public),
        Route("GET", "/market/items/{item}/prices", market_statistics.price_history, Public),
        Route("GET", "/market/items/{item}/statistics", market_statistics.item_statistics, Public),
        Route("GET", "/market/items/{item}/suggestion", market_statistics.suggest_price, Public),
        Route("GET", "/market/days", market_statistics.market_days, Public),
        Route("GET", "/market/events", turns.market_events, Public),
        Route(
            "POST",
            f"{MINE}/market/listings",
            market.create_listing,
            Owner,
            creates=f"{MINE}/market/listings/{{id}}",
        ),
        Route("GET", f"{MINE}/market/listings", market_queries.my_listings, Owner),
        Route("GET", f"{MINE}/market/listings/{{listingId}}", market_queries.get_listing, Owner),
        Route("PATCH", f"{MINE}/market/listings/{{listingId}}", market.update_listing, Owner),
        Route("DELETE", f"{MINE}/market/listings/{{listingId}}", market.cancel_listing, Owner),
        Route("POST", f"{MINE}/market/listings/{{listingId}}/bids", sales.place_bid, Owner),
        Route("POST", f"{MINE}/market/listings/{{listingId}}/purchases", sales.buy_now, Owner),
        Route("GET", f"{MINE}/market/bids", market_queries.my_bids, Owner),
        Route("GET", f"{MINE}/market/purchases", market_queries.my_purchases, Owner),
        Route("GET", f"{MINE}/market/sales", market_queries.my_sales, Owner),
        Route("GET", f"{MINE}/shops", shops.shops_here, Owner),
        Route("GET", f"{MINE}/shops/{{shop}}", shops.get_shop, Owner),
        Route("POST", f"{MINE}/shops/{{shop}}/purchases", shops.buy_from_shop, Owner),
        Route("POST", f"{MINE}/shops/{{shop}}/sales", shops.sell_to_shop, Owner),
        Route("GET", f"{MINE}/merchants", merchants.list_merchants, Owner),
        Route("GET", f"{MINE}/merchants/here", merchants.merchants_here, Owner),
        Route("GET", f"{MINE}/merchants/{{merchant}}/wares", merchants.merchant_wares, Owner),
        Route(
            "POST", f"{MINE}/merchants/{{merchant}}/purchases", merchants.buy_from_merchant, Owner
        ),
        Route("POST", f"{MINE}/trades", trades.open_trade, Owner, creates=f"{MINE}/trades/{{id}}"),
        Route("GET", f"{MINE}/trades/opened", trades.trades_opened, Owner),
        Route("GET", f"{MINE}/trades/received", trades.trades_received, Owner),
        Route("GET", f"{MINE}/trades/{{tradeId}}", trades.get_trade, Owner),
        Route("PUT", f"{MINE}/trades/{{tradeId}}/offer", trades.change_offer, Owner),
        Route("POST", f"{MINE}/trades/{{tradeId}}/confirmation", trades.confirm_trade, Owner),
        Route("DELETE", f"{MINE}/trades/{{tradeId}}", trades.cancel_trade, Owner),
        Route(
            "POST",
            "/admin/characters/{characterId}/adjustments",
            economy_staff.adjust,
            Admin,
            creates="/admin/operations/{operation}",
        ),
        Route("GET", "/admin/operations/{operationId}", economy_staff.operation, Admin),
        Route("POST", "/admin/operations/{operationId}/reversal", economy_staff.reverse, Admin),
        Route("DELETE", "/admin/debts/{debtId}", debts.forgive_debt, Admin),
        Route("GET", "/admin/characters/{characterId}/trade-lock", locks.trade_lock, Moderator),
        Route("PUT", "/admin/characters/{characterId}/trade-lock", locks.lock_trade, Moderator),
        Route(
            "DELETE", "/admin/characters/{characterId}/trade-lock", locks.unlock_trade, Moderator
        ),
        Route("DELETE", "/admin/market/listings/{listingId}", market.remove_listing, Moderator),
        Route("POST", "/admin/exchange/events", rate_moves.announce_event, Admin),
        Route("GET", "/admin/economy/flags", alarms.list_flags, Moderator),
        Route("GET", "/admin/economy", watch.economy_report, Admin),
    ),
    inner=(
        economy.earn,
        economy.spend,
        economy.transfer,
        treasury.deposit,
        treasury.withdraw,
        merchants.discover_merchant,
        market.withdraw_listings,
        turns.tick,
        wealth_tax.collect,
        debts.collect_debt,
        estates.lapse_reward,
    ),
    jobs=(*MONEY_JOBS, *MARKET_JOBS),
    audits=(
        Audit("market", check_market),
        Audit("escrow", check_escrow),
        Audit("bank", check_bank),
        Audit("trades", check_trades),
        Audit("reversals", check_reversals),
        Audit("debts", check_debts),
        Audit("estates", check_estates),
    ),
    content=CONTENT,
    leaving=(estates.wind_up,),
    bots=(*MONEY_BOTS, *MARKET_BOTS, *SHOP_BOTS, *TRADE_BOTS),
)
