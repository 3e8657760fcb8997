"""What content says of things, deeds and trade beyond their document classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from desperados.seeding.content import (
    Content,
    Danger,
    Facility,
    Faction,
    Hour,
    Hours,
    Level,
    Natural,
    PercentOf,
    Positive,
    Tag,
    Weekday,
)


class Item(Content):
    """More of an item. ``sell_price`` is what shops pay at most; default 60% of the value."""

    description: str
    level_required: Level = 1
    equip_slot: Literal["weapon", "head", "body", "feet", "accessory", "mount"] | None = None
    weight: Annotated[float, Field(ge=0)]
    consumable: bool = False
    quest_item: bool = False
    bind_on: Literal["none", "pickup", "equip"] = "none"
    in_shop: bool = True
    sell_price: Natural | None = None
    tags: list[Tag]


class Recipe(Content):
    """More of a recipe."""

    facility: Facility | None = None
    category: str
    xp: Positive
    difficulty: Annotated[int, Field(ge=1, le=100)]
    learn_source: (
        Literal["trainer", "vendor", "quest", "reputation", "achievement", "drop"] | None
    ) = None
    learn_cost: Natural = 0
    quality_affects: bool = False


class Card(Content):
    """More of a card."""

    name: str
    rarity: Literal["common", "rare", "epic", "legendary"] = "common"
    is_special: bool = False


class Action(Content):
    """More of a deed."""

    difficulty: Annotated[int, Field(ge=1, le=100)]
    suit: Literal["spades", "hearts", "clubs", "diamonds"]
    game_type: Literal["poker", "press_your_luck", "blackjack", "deckbuilder"]
    tier: Annotated[int, Field(ge=1, le=4)]
    location_types: list[str] = Field(default_factory=list)
    cooldown_seconds: Natural = 0
    description: str | None = None


class Outcome(Content):
    """A way out of an encounter; ``chance`` in percent, 100 where it is missing."""

    id: str
    label: str
    effects: dict[str, Any]
    requirements: dict[str, Any] | None = None
    chance: PercentOf | None = None
    fail_effects: dict[str, Any] | None = None


class Encounter(Content):
    """More of an encounter."""

    danger_min: Danger
    danger_max: Danger
    time: Literal["day", "night", "any"]
    weight: Annotated[int, Field(ge=1, le=100)]
    min_level: Level | None = None
    max_level: Level | None = None
    outcomes: Annotated[list[Outcome], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        if self.danger_min > self.danger_max:
            raise ValueError("dangerMin is above dangerMax")
        if all(outcome.requirements for outcome in self.outcomes):
            raise ValueError("every outcome has requirements: one must be open to anybody")
        return self


class Quest(Content):
    """More of a quest."""

    quest_type: Literal["main", "story", "side", "daily"]
    giver_npc_id: str | None = None
    faction: Faction | None = None
    repeatable: bool = False
    cooldown_hours: Positive | None = None
    time_limit_minutes: Positive | None = None


class Achievement(Content):
    """More of an achievement."""

    counter: str
    mode: Literal["add", "max", "set_size"] = "add"
    target: Positive
    hidden: bool = False


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


class Stop(Content):
    """A stay of a merchant, in game days (1 is Monday) and hours; it may pass the week's end."""

    location_id: str
    from_day: Weekday
    from_hour: Hour
    until_day: Weekday
    until_hour: Hour


class Discount(Content):
    """What a friend pays less, in percent."""

    trust: Annotated[int, Field(ge=1, le=5)]
    percent: Annotated[int, Field(ge=1, le=25)]


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


class MerchantStock(Content):
    """More of a row of a merchant's stock."""

    initial_quantity: Positive
    period_hours: Positive = 168
    trust: Annotated[int, Field(ge=0, le=5)] = 0


class InvestmentProduct(Content):
    """What money can be put into. Percentages of the principal, dollars, days."""

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
        return self


class ExchangeRate(Content):
    """More of a metal price. ``cents_per_unit`` rules."""

    cents_per_unit: Positive
    event_type: str
    volume: Natural = 0
