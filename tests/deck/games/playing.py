"""Playing the games of one seat in tests: by a seed, by given cards, by chance, or sensibly."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from desperados.deck.cards import DECK, card_of, cards_of
from desperados.deck.documents import Suit
from desperados.deck.games import RULES
from desperados.deck.hands import Strength, rank
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move, State, Verdict

AT = datetime(1876, 8, 2, tzinfo=UTC)
GAMES = ("poker", "press_your_luck", "blackjack", "deckbuilder")
CODES = [card.code for card in DECK]
RANKS = {"T": "10"}
SUITS = {"S": "spades", "H": "hearts", "D": "diamonds", "C": "clubs"}


def codes(text: str) -> list[str]:
    """``"AS TH"``, as codes."""
    return [f"{SUITS[word[-1]]}-{RANKS.get(word[0], word[0])}" for word in text.split()]


def seeded(seed: int | str) -> Draws:
    """Chance for a test."""
    return Draws(hashlib.sha256(str(seed).encode()).digest())


def terms(game: str, **changed: Any) -> dict[str, Any]:
    """Terms of a game for nobody in particular."""
    return {"game": game, "suit": "spades", "skill": 50, "grade": 3, **changed}


class Stacked(Draws):
    """Chance that shuffles the cards of a test to the top, and whose dice are given."""

    def __init__(self, cards: str, rolls: tuple[int, ...] = ()) -> None:
        super().__init__(bytes(32))
        self.top = codes(cards)
        self.rolls = list(rolls)

    def shuffle(self, x: Any) -> None:
        named = {getattr(card, "code", card): card for card in x}
        top = [named.pop(code) for code in self.top if code in named]
        x[:] = [*top, *named.values()]

    def randrange(self, *_args: Any) -> int:
        return self.rolls.pop(0)


class Game:
    """A game that is played move by move."""

    def __init__(self, draws: Draws, game: str, **changed: Any) -> None:
        self.draws = draws
        self.state: State = RULES.start(terms(game, **changed), draws)

    @property
    def own(self) -> Mapping[str, Any]:
        own: Mapping[str, Any] = self.state["state"]
        return own

    @property
    def legal(self) -> set[str]:
        return set(RULES.legal(self.state, 0))

    @property
    def view(self) -> Mapping[str, Any]:
        return RULES.view(self.state, 0)

    @property
    def verdict(self) -> Verdict | None:
        return RULES.verdict(self.state, False)

    @property
    def facts(self) -> Mapping[str, Any]:
        verdict = RULES.verdict(self.state, True)
        assert verdict is not None
        return verdict.facts

    def move(self, name: str, /, **about: Any) -> "Game":
        assert name in self.legal
        self.state = RULES.step(self.state, Move(0, name, about, AT), self.draws)
        return self


# Sensible play, as the tables of odds take it

Choice = tuple[str, dict[str, Any]]


def to_hold(hand: list[str]) -> list[int]:
    """What one keeps of five cards: groups, four of a suit, or else court cards, two at most."""
    cards = cards_of(hand)
    strength, _ = rank(cards)
    if strength >= Strength.STRAIGHT and strength is not Strength.FOUR:
        return list(range(5))
    ranks, suits = Counter(card.rank for card in cards), Counter(card.suit for card in cards)
    if grouped := [at for at, card in enumerate(cards) if ranks[card.rank] > 1]:
        return grouped
    suit, times = suits.most_common(1)[0]
    if times == 4:
        return [at for at, card in enumerate(cards) if card.suit is suit]
    highest = sorted(range(5), key=lambda at: -cards[at].rank)[:2]
    return [at for at in highest if cards[at].rank > 10]


def _play_poker(game: Game) -> Choice:
    view, legal = game.view, game.legal
    reached = view["score"] >= view["target"]
    if "early_finish" in legal and view["score"] + 25 >= view["target"]:
        return "early_finish", {}
    held = list(range(5)) if reached else to_hold(view["hand"])
    if "reroll" in legal and view["round"] == 2 and len(held) < 5:
        loose = [at for at in range(5) if at not in held]
        return "reroll", {"cards": [min(loose, key=lambda at: card_of(view["hand"][at]).rank)]}
    return "draw", {"cards": held}


def _play_luck(game: Game) -> Choice:
    view = game.view
    if view["score"] >= view["target"]:
        return "stop", {}
    safely = view["dangers"] == 2 and "safe_draw" in game.legal
    return ("safe_draw" if safely else "draw"), {}


def _until_reached(on: str, enough: str) -> Callable[[Game], Choice]:
    def choose(game: Game) -> Choice:
        return (enough if game.view["score"] >= game.view["target"] else on), {}

    return choose


SENSIBLE: Mapping[str, Callable[[Game], Choice]] = {
    "poker": _play_poker,
    "press_your_luck": _play_luck,
    "blackjack": _until_reached("hit", "stand"),
    "deckbuilder": _until_reached("draw", "stop"),
}


def won(game: str, seed: int | str, **changed: Any) -> bool:
    """Whether sensible play succeeds."""
    played = Game(seeded(seed), game, **changed)
    while played.verdict is None:
        name, about = SENSIBLE[game](played)
        played.move(name, **about)
    succeeded: bool = played.facts["succeeded"]
    return succeeded


# Any play, for properties


@st.composite
def any_terms(draw: st.DrawFn, games: tuple[str, ...] = GAMES) -> dict[str, Any]:
    """Terms of any game."""
    special = st.fixed_dictionaries(
        {"score": st.integers(0, 25), "threshold": st.integers(0, 10)},
    )
    return {
        "game": draw(st.sampled_from(games)),
        "suit": draw(st.sampled_from(Suit)).value,
        "skill": draw(st.integers(0, 100)),
        "grade": draw(st.integers(1, 5)),
        "target": draw(st.none() | st.integers(500, 1_600)),
        "relief": draw(st.sampled_from((0, 5, 10, 15))),
        "specials": draw(st.dictionaries(st.sampled_from(CODES), special, max_size=5)),
        "bail_out": draw(st.booleans()),
    }


def arguments(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Arguments that fit a move."""
    if name == "reroll":
        return {"cards": [draw(st.integers(0, 4))]}
    if name == "hold":
        return {"cards": draw(st.lists(st.integers(0, 4), unique=True))}
    if name == "draw" and draw(st.booleans()):
        return {"cards": draw(st.lists(st.integers(0, 4), unique=True))}
    return {}
