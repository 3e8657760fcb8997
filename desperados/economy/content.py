"""The content of economy: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from desperados.economy.bank import documents as bank_documents
from desperados.economy.bank.terms import MOST_ACTIVE_INVESTMENTS, mean_payout
from desperados.economy.shops import documents as shops_documents
from desperados.economy.taxes import WEALTH_TAX_FROM
from desperados.engine.manifest.content import Content, Kind, To
from desperados.vocabulary import (
    Hour,
    Hours,
    Natural,
    PercentOf,
    Positive,
    Tag,
    Weekday,
)


class Discount(Content):
    """What a friend pays less, in percent."""

    trust: Annotated[int, Field(ge=1, le=5)]
    percent: Annotated[int, Field(ge=1, le=25)]


class Stop(Content):
    """A stay of a merchant, in game days (1 is Monday) and hours; it may pass the week's end."""

    location_id: str
    from_day: Weekday
    from_hour: Hour
    until_day: Weekday
    until_hour: Hour


class Merchant(Content):
    """A wandering merchant; the NPC of the same id is the person."""

    merchant_id: str
    name: str
    goods: str
    hidden: bool = False
    barter: bool = False
    markup: Annotated[int, Field(ge=90, le=200)]
    trade_hours: Hours
    discounts: list[Discount]
    route: Annotated[list[Stop], Field(min_length=1)]


class Shop(Content):
    """A shop with a fixed address. ``markup`` and ``buy_back`` in percent of an item's value."""

    shop_id: str
    name: str
    location_id: str
    keeper_npc_id: str | None = None
    item_ids: Annotated[list[str], Field(min_length=1)]
    markup: Annotated[int, Field(ge=90, le=200)]
    buy_back: Annotated[int, Field(ge=25, le=60)]
    buys: list[Tag]


class InvestmentProduct(Content):
    """What money can be put into. Percentages of the principal, dollars, days.

    What pays more on the mean than was put in is for small savings: as many of it as a character
    may have come to no more than what the wealth tax leaves alone.
    """

    product_type: str
    name: str
    description: str
    min_return: PercentOf
    max_return: PercentOf
    term_days: Positive
    min_amount: Positive
    max_amount: Positive
    early_penalty: PercentOf
    default_chance: PercentOf

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_return > self.max_return:
            raise ValueError("minReturn is above maxReturn")
        if self.min_amount > self.max_amount:
            raise ValueError("minAmount is above maxAmount")
        agreed = bank_documents.InvestmentTerms(
            min_return=self.min_return,
            max_return=self.max_return,
            early_penalty=self.early_penalty,
            default_chance=self.default_chance,
        )
        savings = WEALTH_TAX_FROM // MOST_ACTIVE_INVESTMENTS
        if self.max_amount > savings and mean_payout(100, agreed) > 100:
            raise ValueError(
                f"pays more on the mean than was put in, so maxAmount is at most {savings:,}"
            )
        return self


class ExchangeRate(Content):
    """More of a metal price. ``cents_per_unit`` rules."""

    cents_per_unit: Positive
    event_type: str
    volume: Natural = 0


class MerchantStock(Content):
    """More of a row of a merchant's stock."""

    initial_quantity: Positive
    period_hours: Positive = 168
    trust: Annotated[int, Field(ge=0, le=5)] = 0


CONTENT = (
    Kind(
        "merchants",
        ("merchantId",),
        shops_documents.Merchant,
        Merchant,
        (To("merchantId", "npcs"), To("route[].locationId", "locations")),
    ),
    Kind(
        "merchant_stock",
        ("merchantId", "itemId"),
        shops_documents.MerchantStock,
        MerchantStock,
        (To("merchantId", "merchants"), To("itemId", "items")),
        owned=frozenset({"quantity", "restocksAt"}),
    ),
    Kind(
        "shops",
        ("shopId",),
        shops_documents.Shop,
        Shop,
        (
            To("locationId", "locations"),
            To("keeperNpcId", "npcs"),
            To("itemIds[]", "items"),
        ),
    ),
    Kind(
        "investment_products", ("productType",), bank_documents.InvestmentProduct, InvestmentProduct
    ),
    Kind(
        "exchange_rates",
        ("currency", "effectiveAt"),
        bank_documents.ResourceExchangeRate,
        ExchangeRate,
    ),
)
