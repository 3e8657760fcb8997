"""What it costs to rank a hand, beside the evaluators that others publish, and to play a game.

    python -m pip install treys phevaluator eval7 pokerkit    # those that are missing are left out
    python benchmarks/deck.py [--hands 20000] [--rounds 3]

Each evaluator gets the cards of our games and turns them into its own by a table, for that is what
using it would take; ours also makes sure that they are different, and tells the strength and the
ranks that decide. The first two figures are of one run, in turns, the best round of each; all are
microseconds of CPU time.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from desperados.deck.cards import DECK, PlayingCard
from desperados.deck.documents import Suit
from desperados.deck.games import RULES
from desperados.deck.hands import best_rank
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move

MOST_TIMES = 4.0  # the fastest, which is compiled
LETTERS = dict(zip(range(2, 15), "23456789TJQKA", strict=True))
AT = datetime(1876, 8, 2, tzinfo=UTC)

Evaluate = Callable[[Sequence[PlayingCard]], Any]


def own_cards(make: Callable[[str], Any]) -> Mapping[PlayingCard, Any]:
    """Our cards as another evaluator has them; it reads ``Ah``."""
    return {card: make(f"{LETTERS[card.rank]}{card.suit[0]}") for card in DECK}


def treys(module: Any) -> Evaluate:
    """Pure Python, no dependencies, last published in 2022, untyped."""
    cards, evaluator = own_cards(module.Card.new), module.Evaluator()
    return lambda hand: evaluator.evaluate([cards[card] for card in hand], [])


def phevaluator(module: Any) -> Evaluate:
    """A perfect hash, compiled."""
    cards = own_cards(module.Card.to_id)
    return lambda hand: module.evaluate_cards(*[cards[card] for card in hand])


def eval7(module: Any) -> Evaluate:
    """Tables, compiled."""
    cards = own_cards(module.Card)
    return lambda hand: module.evaluate([cards[card] for card in hand])


def pokerkit(module: Any) -> Evaluate:
    """Pure Python with types, well kept: a simulator of poker games."""
    cards = own_cards(lambda text: next(module.Card.parse(text)))
    return lambda hand: module.StandardHighHand.from_game([cards[card] for card in hand])


OTHERS: Mapping[str, Callable[[Any], Evaluate]] = {
    "treys": treys,
    "phevaluator": phevaluator,
    "eval7": eval7,
    "pokerkit": pokerkit,
}


def installed() -> dict[str, Evaluate]:
    """The evaluators that can be compared, ours first."""
    found: dict[str, Evaluate] = {"ours": best_rank}
    for name, adapted in OTHERS.items():
        try:
            found[name] = adapted(importlib.import_module(name))
        except ImportError:
            print(f"{name} is not installed, and left out")
    return found


def cost(evaluate: Evaluate, hands: Sequence[Sequence[PlayingCard]]) -> float:
    """Microseconds of CPU time for one hand."""
    began = time.process_time()
    for hand in hands:
        evaluate(hand)
    return (time.process_time() - began) / len(hands) * 1e6


def play(seed: int) -> int:
    """Play a game of hold and draw, with all that its player is shown; returns its moves."""
    draws = Draws(hashlib.sha256(str(seed).encode()).digest())
    terms = {"game": "poker", "suit": Suit.CLUBS.value, "skill": 60, "grade": 3}
    state, moves = RULES.start(terms, draws), 0
    while RULES.verdict(state, False) is None:
        RULES.view(state, 0)
        name, about = RULES.auto(state, 0)
        state, moves = RULES.step(state, Move(0, name, about, AT), draws), moves + 1
    return moves


def main(hands: int, rounds: int) -> bool:
    """Measure, print, and say whether the target is met."""
    chance = random.Random(1876)
    dealt = {size: [tuple(chance.sample(DECK, size)) for _ in range(hands)] for size in (5, 7)}
    found = installed()
    best = {name: dict.fromkeys(dealt, float("inf")) for name in found}
    for _ in range(rounds):
        for name, evaluate in found.items():
            for size, cards in dealt.items():
                # The slowest of them is given a tenth.
                few = cards[: max(1, hands // 10)] if name == "pokerkit" else cards
                best[name][size] = min(best[name][size], cost(evaluate, few))
    print(f"{'microseconds a hand':24}{'5 cards':>10}{'7 cards':>10}")
    for name, costs in best.items():
        print(f"{name:24}{costs[5]:10.2f}{costs[7]:10.2f}")
    began = time.process_time()
    moves = sum(play(number) for number in range(500))
    spent = (time.process_time() - began) / moves * 1e6
    print(f"\n{'a move of hold and draw':24}{spent:10.0f}")
    if len(best) == 1:
        return True
    ratios = {
        size: best["ours"][size] / min(best[name][size] for name in best if name != "ours")
        for size in dealt
    }
    met = max(ratios.values()) <= MOST_TIMES
    told = ", ".join(f"{ratio:.2f} of {size} cards" for size, ratio in ratios.items())
    print(f"ours / the fastest: {told}   <= {MOST_TIMES} {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hands", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sys.exit(not main(options.hands, options.rounds))
