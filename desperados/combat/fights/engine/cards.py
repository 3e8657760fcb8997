"""Cards in a fight: hands of three to seven, what is held, what comes for it, what it does.

No deck is kept: what comes next is drawn from the cards that are not out when it comes, so nothing
that is stored gives it away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from desperados.combat.fights.engine.setup import Blow
from desperados.deck import hands
from desperados.deck.cards import DECK, card_of
from desperados.deck.hands import SIZE, Strength
from desperados.engine.dice import Luck

JACK = 11
KEEN_PERCENT = 150
_CODES = tuple(card.code for card in DECK)
_ALIKE = {
    (4,): Strength.FOUR,
    (3,): Strength.THREE,
    (2, 2): Strength.TWO_PAIR,
    (2,): Strength.PAIR,
    (): Strength.HIGH_CARD,
}


def best_of(codes: Sequence[str]) -> tuple[Strength, list[str]]:
    """The strength of a hand, and which cards make it: the best five of more; of fewer what is
    alike among them."""
    hand = [card_of(code) for code in codes]
    if len(hand) < SIZE:
        counts = Counter(card.rank for card in hand).values()
        return _ALIKE[tuple(sorted((n for n in counts if n > 1), reverse=True))], list(codes)
    best = hands.best_of(hand)
    return hands.rank(best)[0], [card.code for card in best]


def drawn(luck: Luck, out: Collection[str], count: int) -> list[str]:
    """``count`` cards of those that are not out."""
    return luck.sample([code for code in _CODES if code not in out], count)


def alike(codes: Sequence[str]) -> list[int]:
    """What whoever does not think holds: a hand from a straight up whole, else what is alike."""
    strength, best = best_of(codes)
    if strength >= Strength.STRAIGHT:
        return [place for place, code in enumerate(codes) if code in best]
    ranks = [card_of(code).rank for code in codes]
    return [place for place, of in enumerate(ranks) if ranks.count(of) > 1]


def promising(codes: Sequence[str]) -> list[int]:
    """What a good player holds: what is alike, else four of a suit, else the two highest from the
    jack up."""
    if held := alike(codes):
        return held
    cards = [card_of(code) for code in codes]
    suits = Counter(card.suit for card in cards)
    suit, most = suits.most_common(1)[0]
    if most == SIZE - 1:
        return [place for place, card in enumerate(cards) if card.suit is suit]
    high = [place for place, card in enumerate(cards) if card.rank >= JACK]
    return sorted(sorted(high, key=lambda place: cards[place].rank)[-2:])


def played_by(wits: int, luck: Luck) -> list[str]:
    """The hand that a foe of such wits comes to: dull ones hold anything, middling ones what is
    alike, good ones what is promising, and at times they draw once more."""
    hand = drawn(luck, (), SIZE)
    if wits <= 3:
        held: list[int] = luck.sample(range(SIZE), luck.randint(0, 2))
    else:
        held = alike(hand) if wits <= 6 else promising(hand)
    out = set(hand)
    hand = exchanged(hand, held, drawn(luck, out, SIZE - len(held)))
    if wits >= 7 and luck.randint(1, 100) <= (20 if wits <= 9 else 40):
        held = promising(hand)
        hand = exchanged(hand, held, drawn(luck, out | set(hand), SIZE - len(held)))
    return hand


def exchanged(hand: Sequence[str], held: Collection[int], new: Sequence[str]) -> list[str]:
    """A hand of which only what is held stays."""
    return [*(code for place, code in enumerate(hand) if place in held), *new]


def worth(blow: Blow, codes: Sequence[str], percent: int = 100, *, keen: bool = False) -> int:
    """The damage of a hand without its luck: see ``Blow``; ``percent`` is what skill makes of it,
    and for who is ``keen`` straight flushes count half as much again."""
    strength, best = best_of(codes)
    amount = blow.scale[strength]
    if keen and strength >= Strength.STRAIGHT_FLUSH:
        amount = amount * KEEN_PERCENT // 100
    matches = sum(card_of(code).suit.value == blow.suit for code in best)
    amount = amount * (100 + blow.match_percent * matches) * percent // 10_000
    return min(blow.most, amount) // blow.divide
