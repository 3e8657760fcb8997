"""Special cards: which there are, who has which, and the deck that somebody plays with.

A special card takes the place of the plain one of its suit and rank. Special cards are bound to
their owner: they are no goods, and nobody sells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.deck.documents import Card, CardDeck
from desperados.deck.rules import Momentum
from desperados.engine import dice
from desperados.engine.dice import Luck
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.content import Content
from desperados.engine.storage.reads import Read
from desperados.engine.transactions import stage


class Rarity(StrEnum):
    """How rare a special card is, the rarest first."""

    LEGENDARY = "legendary"
    EPIC = "epic"
    RARE = "rare"
    COMMON = "common"


WEIGHTS = {Rarity.LEGENDARY: 1, Rarity.EPIC: 5, Rarity.RARE: 15, Rarity.COMMON: 79}
"""How likely one of each class is drawn, in percent."""


@dataclass(frozen=True, slots=True)
class Special:
    """A special card: ``plain`` is the code of the card whose place it takes. In the final hand it
    adds to the ``score``, or lowers the ``threshold``, in percent."""

    code: str
    name: str
    plain: str
    rarity: Rarity
    score: int
    threshold: int


async def all_specials() -> list[Special]:
    """All special cards there are, in the order of their codes."""
    return [card for card in await _CARDS.all(MOST_CARDS) if card is not None]


async def find_specials(codes: Sequence[str]) -> dict[str, Special]:
    """The special cards among these codes."""
    found = await _CARDS.read(codes)
    return {code: card for code, card in found.items() if card is not None}


def drawn(cards: Sequence[Special], luck: Luck) -> Special | None:
    """One of the special cards: first its class by weight, then one of that, each as likely. Of a
    class that has none the next more common one is taken. None where there are no cards."""
    classes = list(WEIGHTS)
    (rarity,) = luck.choices(classes, list(WEIGHTS.values()))
    start = classes.index(rarity)
    for each in (*classes[start:], *reversed(classes[:start])):
        if pool := [card for card in cards if card.rarity is each]:
            return pool[luck.randint(0, len(pool) - 1)]
    return None


def deck_of(character: ObjectId) -> Read[CardDeck]:
    """The deck of a character, as a read that may leave with others; an empty one for whoever has
    none yet."""
    return Read(
        CardDeck,
        {"characterId": character},
        lambda rows: CardDeck.hydrate(rows[0]) if rows else CardDeck(character_id=character),
    )


def momentum_of(deck: CardDeck) -> Momentum:
    """How the luck of a character runs."""
    return Momentum(deck.streak, deck.hot_hand)


def change_deck(
    character: ObjectId,
    *,
    to: Mapping[str, Any] | None = None,
    more: Mapping[str, int] | None = None,
) -> None:
    """Stage a change of a character's deck: fields that become something, and that grow.

    Outcomes: changed; made, where there was none; a write conflict, when another has changed or
    made it since this transaction began, which then runs again.
    """
    made = {"_id": dice.new_id(), **CardDeck.first_extras}
    change = {"$set": dict(to or {}), "$inc": dict(more or {}), "$setOnInsert": made}
    stage(
        StagedUpdate(
            CardDeck.collection_name(),
            {"characterId": character},
            {operator: fields for operator, fields in change.items() if fields},
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )


def _special(row: Mapping[str, Any]) -> Special | None:
    if not row.get("isSpecial"):
        return None
    effects = row.get("effects") or {}
    return Special(
        row["_id"],
        row.get("name", ""),
        f"{row['suit']}-{row['rank']}",
        Rarity(row.get("rarity", Rarity.COMMON)),
        int(effects.get("score") or 0),
        int(effects.get("threshold") or 0),
    )


MOST_CARDS = 1_000
_CARDS = Content(Card, "_id", _special)
