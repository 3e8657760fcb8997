"""The four games as one: what they are played by, and how each of them ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from desperados.deck.cards import matches, shuffled
from desperados.deck.games import skills
from desperados.deck.games.blackjack import BLACKJACK
from desperados.deck.games.deckbuilder import DECKBUILDER
from desperados.deck.games.poker import POKER
from desperados.deck.games.position import (
    CardGame,
    End,
    Position,
    nothing_named,
    read_position,
    stored,
)
from desperados.deck.games.press_your_luck import PRESS_YOUR_LUCK
from desperados.deck.games.terms import read_terms, specials_in
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move, Rules, State, Verdict

GAMES: Mapping[str, CardGame] = {
    "poker": POKER,
    "press_your_luck": PRESS_YOUR_LUCK,
    "blackjack": BLACKJACK,
    "deckbuilder": DECKBUILDER,
}
RESOLVED, FORFEITED = "resolved", "forfeited"
THINKING = timedelta(seconds=60)

MOST_SUIT_PERCENT = 120  # of a reward
SUIT_PERCENT = 10
BAIL_OUT, PROGRESS, GRADE = 45, 25, 5
"""What bailing out is worth, in percent of the reward: at once, at the end, less per grade."""


def _start(terms: Mapping[str, Any], draws: Draws) -> State:
    read = read_terms(terms)
    if read.game not in GAMES:
        raise ValueError(f"There is no game of cards {read.game!r}.")
    deck = [card.code for card in shuffled(draws)]
    return stored(GAMES[read.game].start(read, deck))


def _legal(state: State, _seat: int) -> Collection[str]:
    position = read_position(state)
    if position.end is not None:
        return ()
    game = GAMES[position.terms.game]
    out = ["bail_out"] if position.terms.bail_out and game.progress(position) else []
    return (*game.legal(position), *out, "forfeit")


def _step(state: State, move: Move, draws: Draws) -> State:
    position = read_position(state)
    if move.name in _OUT:
        nothing_named(move)
        return stored(position.ended(_OUT[move.name]))
    return stored(GAMES[position.terms.game].step(position, move, draws))


_OUT = {"bail_out": End.BAILED_OUT, "forfeit": End.FORFEITED}


def _auto(state: State, _seat: int) -> tuple[str, Mapping[str, Any]]:
    position = read_position(state)
    return GAMES[position.terms.game].auto(position)


def _verdict(state: State, closed: bool) -> Verdict | None:
    position = read_position(state)
    if position.end is None and not closed:
        return None
    game, terms = GAMES[position.terms.game], position.terms
    score, needed = standing(position)
    matching = matches(position.cards, terms.suit)
    succeeded = position.end in (None, End.PLAYED) and score >= needed
    facts = {
        "succeeded": succeeded,
        "score": score,
        "target": needed,
        "matches": matching,
        "suit_percent": min(MOST_SUIT_PERCENT, 100 + SUIT_PERCENT * matching),
        "cards": list(position.hand),
        "doubled": False,
        "natural": False,
        "bailed": bail_out_percent(position) if position.end is End.BAILED_OUT else None,
        "mitigation": skills.mitigation(matching, terms.skill),
        **game.facts(position, succeeded),
    }
    return Verdict(FORFEITED if position.end is End.FORFEITED else RESOLVED, facts)


def standing(position: Position) -> tuple[int, int]:
    """The score of a position, and what it must be at the end: with relief and special cards. A
    percentage rounds against the player."""
    game, terms = GAMES[position.terms.game], position.terms
    special = specials_in(terms, position.hand)
    base, least = game.needed(position)
    lowered = -(-base * (100 - terms.relief - special.threshold) // 100)
    return game.score(position) * (100 + special.score) // 100, max(least, lowered)


def bail_out_percent(position: Position) -> int:
    """What somebody who bails out gets of the reward, in percent, 0 to 70: more the longer it has
    played and the nearer it is to its target, less for hard deeds."""
    game, terms = GAMES[position.terms.game], position.terms
    score, needed = standing(position)
    share = 100 * (BAIL_OUT - GRADE * (terms.grade - 1)) + PROGRESS * game.progress(position)
    return share * min(score, needed) // (100 * needed)


def _view(state: State, seat: int | None) -> Mapping[str, Any]:
    position = read_position(state)
    game, terms = GAMES[position.terms.game], position.terms
    score, needed = standing(position)
    offered = position.end is None and terms.bail_out and game.progress(position) > 0
    return {
        "game": terms.game,
        "suit": terms.suit.value,
        "hand": list(position.hand),
        "left": len(position.deck),
        "score": score,
        "target": needed,
        "matches": matches(position.cards, terms.suit),
        "specials": [code for code in position.hand if code in terms.specials],
        "bail_out_percent": bail_out_percent(position) if offered else None,
        "end": None if position.end is None else position.end.value,
        **game.view(position, seat is not None),
    }


RULES = Rules(
    start=_start,
    legal=_legal,
    step=_step,
    auto=_auto,
    verdict=_verdict,
    view=_view,
    limit=lambda _state: THINKING,
)
