"""Special cards: found, given, and put into one's deck."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import load_actor
from desperados.deck.cards import DECK
from desperados.deck.collection.decks import (
    Special,
    all_specials,
    change_deck,
    deck_of,
    drawn,
    find_specials,
)
from desperados.deck.errors import CardNotFound, InvalidDeck
from desperados.deck.events import CardFound
from desperados.deck.queries import deck_view
from desperados.deck.views import CardView, DeckView
from desperados.engine import dice
from desperados.engine.commands import command
from desperados.engine.live.events import push
from desperados.engine.storage.reads import alone

CardCode = Annotated[str, Field(min_length=1, max_length=60, examples=["spades-A"])]
Cards = Annotated[list[CardCode], Field(max_length=60, examples=[["spades-A", "spades-K"]])]

PLAIN = frozenset(card.code for card in DECK)


@command
async def award_card(
    actor: ObjectId, card: str | None = None, *, key: str | None = None
) -> CardView:
    """Give a character a special card: this one, or one that is drawn by its rarity. For whatever
    gives cards; inside a transaction it is part of that.

    Raises:
        CardNotFound: there is no such special card.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    await load_actor(actor)
    cards = await all_specials()
    found = drawn(cards, dice.source()) if card is None else _named(cards, card)
    if found is None:
        raise CardNotFound(path="card")
    deck = await alone(deck_of(actor))
    change_deck(actor, more={f"owned.{found.code}": 1})
    push(CardFound(card=found.code, name=found.name, rarity=found.rarity.value), to=actor)
    return CardView(
        card=found.code,
        name=found.name,
        plain=found.plain,
        rarity=found.rarity.value,
        score=found.score,
        threshold=found.threshold,
        owned=int(deck.owned.get(found.code, 0)) + 1,
    )


@command
async def build_deck(actor: ObjectId, cards: Cards, *, key: str | None = None) -> DeckView:
    """Choose the deck for games against the world: 52 cards, one of each suit and rank, the plain
    one or a special one that the character has. Games with a stake are played with a plain deck.

    Raises:
        InvalidDeck: these are not 52 cards, one of each suit and rank, or one is not the
            character's.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    await load_actor(actor)
    deck = await alone(deck_of(actor))
    specials = await find_specials([card for card in cards if card not in PLAIN])
    strange = [card for card in cards if card not in PLAIN and not deck.owned.get(card)]
    if strange:
        raise InvalidDeck("This card is not the character's.", path="cards", card=strange[0])
    places = [specials[card].plain if card in specials else card for card in cards]
    if len(places) != len(PLAIN) or set(places) != PLAIN:
        raise InvalidDeck(path="cards")
    change_deck(actor, to={"active": list(cards) if specials else []})
    return await deck_view(deck.model_copy(update={"active": list(cards) if specials else []}))


def _named(cards: list[Special], code: str) -> Special | None:
    return next((card for card in cards if card.code == code), None)
