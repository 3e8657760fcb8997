"""What bots do with cards: begin what they can, and play it as a player would who wants to win."""

from __future__ import annotations

from desperados.deck import queries, service
from desperados.deck.collection import collecting
from desperados.deck.games.sensible import sensible
from desperados.deck.views import DeckGameView
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of
from desperados.play.shapes.errors import GameNotFound


async def _start(me: Player) -> Arguments | None:
    deeds = await queries.list_actions(me.character)
    deed = one_of([each for each in deeds if each.here and not each.unmet])
    if deed is None:
        return None
    return {"action": deed.action, "stake": 10 if now_and_then(20) else None}


async def _practice(_me: Player) -> Arguments | None:
    return {"game": dice.choice(_GAMES), "grade": dice.roll(5)}


async def play_on(me: Player, _arguments: Arguments, game: DeckGameView) -> None:
    """Mostly to the end; at times it is left to later moves, and to the clock."""
    while game.moves and not now_and_then(5):
        game = await service.play(me.character, **_choice(game))


def _choice(game: DeckGameView) -> Arguments:
    """What whoever wants to win does; now and then something else that is allowed."""
    name, cards = sensible(game.moves, game.table)
    if now_and_then(5):
        name, cards = dice.choice([move for move in game.moves if move not in _NAMING]), None
    return {"game_id": game.id, "move": name, "version": game.version, "cards": cards}


async def _play(me: Player) -> Arguments | None:
    try:
        game = await queries.current_game(me.character)
    except GameNotFound:
        return None
    return _choice(game) if game.moves else None


async def _build(me: Player) -> Arguments | None:
    deck = await queries.read_deck(me.character)
    if not deck.cards:
        return None
    special = {card.plain: card.card for card in deck.cards}
    return {"cards": [special.get(code, code) for code in _PLAIN]}


_NAMING = frozenset({"hold", "reroll"})  # moves that name cards
_GAMES = ("poker", "press_your_luck", "blackjack", "deckbuilder")
_PLAIN: list[str] = sorted(collecting.PLAIN)

BOTS = (
    Bot(service.start_action, _start, weight=8, learn=play_on),
    Bot(service.practice_game, _practice, weight=4, learn=play_on),
    Bot(service.play, _play, weight=40),  # a move does not wait long
    Bot(collecting.build_deck, _build),
)
