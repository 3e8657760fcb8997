"""A game of one draw, in the place of the games to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from desperados.deck.documents import Suit
from desperados.deck.hands import DECK, SIZE, judge
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move, Rules, State, Verdict

_CARDS = {card.code: card for card in DECK}
TARGETS = (70, 90, 110, 135, 165)


def _start(terms: Mapping[str, Any], draws: Draws) -> State:
    deck = [card.code for card in draws.sample(DECK, len(DECK))]
    kept = ("game", "suit", "skill", "grade", "target", "relief")
    return {"deck": deck, "hand": [], "state": {**{k: terms[k] for k in kept}, "end": None}}


def _step(state: State, move: Move, _draws: Draws) -> State:
    inner = state["state"]
    if move.name == "forfeit":
        return {**state, "state": {**inner, "end": "forfeited"}}
    drawn, left = state["deck"][:SIZE], state["deck"][SIZE:]
    if not state["hand"]:
        return {**state, "deck": left, "hand": drawn}
    return {**state, "state": {**inner, "end": "resolved"}}


def _verdict(state: State, closed: bool) -> Verdict | None:
    inner = state["state"]
    if inner["end"] is None and not closed:
        return None
    facts = {
        "succeeded": False, "score": 0, "target": 0, "matches": 0, "suit_percent": 100,
        "cards": state["hand"], "doubled": False, "natural": False, "bailed": None,
        "mitigation": 0,
    }  # fmt: skip
    if inner["end"] == "forfeited" or not state["hand"]:
        return Verdict("forfeited", facts)
    hand = judge([_CARDS[code] for code in state["hand"]], inner["skill"], Suit(inner["suit"]))
    target = inner["target"] or TARGETS[inner["grade"] - 1]
    facts |= {
        "succeeded": hand.effectiveness >= target,
        "score": hand.effectiveness,
        "target": target,
        "matches": hand.matches,
        "suit_percent": 100 + 10 * hand.matches,
        "mitigation": 10 * hand.matches,
    }
    return Verdict("resolved", facts)


RULES = Rules(
    start=_start,
    legal=lambda state, _seat: ("draw", "forfeit") if not state["hand"] else ("stop", "forfeit"),
    step=_step,
    auto=lambda state, _seat: ("draw", {}) if not state["hand"] else ("stop", {}),
    verdict=_verdict,
    view=lambda state, _seat: {"hand": state["hand"], "left": len(state["deck"])},
    limit=lambda _state: timedelta(seconds=60),
)
