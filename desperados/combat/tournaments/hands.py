"""The game of a match: five cards each, any of them held, the others drawn anew once, both blind.

Each of the two has a deck of its own, so no hand says anything about the other. The better hand
wins; equal ones are played again from new decks, and after the third equal hands the seed decides.
Who does not come loses; if nobody comes, both do. Pure rules, as ``play.shapes.rules`` wants them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from desperados.combat.tournaments.documents import MatchReason
from desperados.combat.tournaments.rules import WINDOW
from desperados.deck.hands import DECK, SIZE, PlayingCard, rank
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move, Rules, State, Verdict

HOLD, FORFEIT, ABSENT = "hold", "forfeit", "absent"
SEATS = (0, 1)
MOST_DEALS = 3
CARDS = {card.code: card for card in DECK}

COMPLETE = "complete"


def _start(_terms: Mapping[str, Any], draws: Draws) -> State:
    return {
        "deal": 1,
        "cards": _deal(draws),
        "done": [None, None],
        "shown": [],
        "winner": None,
        "reason": None,
    }


def _deal(draws: Draws) -> list[list[str]]:
    """For each seat its five cards, and those that it would draw, from a deck of its own."""
    return [[card.code for card in draws.sample(DECK, 2 * SIZE)] for _ in SEATS]


def _turn(state: State) -> Collection[int]:
    if state["reason"] is not None:
        return ()
    return [seat for seat in SEATS if state["done"][seat] is None]


def _step(state: State, move: Move, draws: Draws) -> State:
    if move.name == FORFEIT:
        return {**state, "winner": 1 - move.seat, "reason": MatchReason.FORFEIT.value}
    done = [*state["done"]]
    done[move.seat] = ABSENT if move.name == ABSENT else held(move.about.get("hold"))
    state = {**state, "done": done}
    if None in done:
        return state
    if ABSENT in done:
        return {**state, **_without(done)}
    return _compared(state, draws)


def _without(done: Sequence[Any]) -> dict[str, Any]:
    """What comes of it when somebody did not come."""
    there = [seat for seat in SEATS if done[seat] not in (None, ABSENT)]
    if len(there) == 1:
        return {"winner": there[0], "reason": MatchReason.WALKOVER.value}
    return {"winner": None, "reason": MatchReason.DOUBLE_NO_SHOW.value}


def _compared(state: State, draws: Draws) -> State:
    hands = [drawn(state["cards"][seat], state["done"][seat]) for seat in SEATS]
    state = {**state, "shown": [*state["shown"], hands]}
    one, other = (rank([CARDS[code] for code in hand]) for hand in hands)
    if one != other:
        won = {"winner": int(other > one), "reason": MatchReason.PLAYED.value}
        return {**state, **won}
    if state["deal"] == MOST_DEALS:
        return {**state, "winner": draws.choice(SEATS), "reason": MatchReason.LOT.value}
    return {**state, "deal": state["deal"] + 1, "cards": _deal(draws), "done": [None, None]}


def held(places: Any) -> list[int]:
    """Which cards are held, by their places from 0, in order.

    Raises:
        IllegalMove: it is no list of different places, each 0 to 4.
    """
    whole = isinstance(places, list | tuple) and all(type(place) is int for place in places)
    if not whole or not set(places) <= set(range(SIZE)) or len(set(places)) < len(places):
        raise IllegalMove("Name the places of different cards, each 0 to 4.", path="hold")
    return sorted(places)


def drawn(cards: Sequence[str], hold: Sequence[int]) -> list[str]:
    """The hand after the draw: the place of each card that is not held has a new one."""
    new = iter(cards[SIZE:])
    return [cards[place] if place in hold else next(new) for place in range(SIZE)]


def _verdict(state: State, closed: bool) -> Verdict | None:
    if state["reason"] is None:
        if not closed:
            return None
        state = {**state, **_without(state["done"])}
    return Verdict(COMPLETE, {"winner": state["winner"], "reason": state["reason"]})


def _view(state: State, seat: int | None) -> Mapping[str, Any]:
    """A seat sees its own cards until they are compared, and nothing of the other's."""
    return {
        "deal": state["deal"],
        "hand": None if seat is None else state["cards"][seat][:SIZE],
        "held": None if seat is None else state["done"][seat],
        "shown": state["shown"],
        "winner": state["winner"],
        "reason": state["reason"],
    }


RULES = Rules(
    start=_start,
    legal=lambda _state, _seat: (HOLD, FORFEIT, ABSENT),
    step=_step,
    auto=lambda _state, _seat: (ABSENT, {}),
    verdict=_verdict,
    view=_view,
    limit=lambda _state: WINDOW,
    turn=_turn,
)
LASTS = MOST_DEALS * WINDOW + timedelta(minutes=1)


def worth_holding(cards: Sequence[str]) -> list[int]:
    """The places of the cards that a player without any idea of the odds holds: those of which
    there are two or more."""
    ranks = [CARDS[code].rank for code in cards]
    return [place for place, of in enumerate(ranks) if ranks.count(of) > 1]


def hand_of(codes: Sequence[str]) -> list[PlayingCard]:
    """Cards by their codes."""
    return [CARDS[code] for code in codes]
