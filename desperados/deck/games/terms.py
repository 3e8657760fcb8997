"""The terms of a game of one seat: what it is about, as it was when the game began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from desperados.deck.cards import card_of
from desperados.deck.documents import Suit

GRADES = (1, 5)
SKILLS = (0, 100)
MOST_RELIEF = 50
MOST_SPECIALS = 3  # that count in one hand
SCORES, LOWERED = range(26), range(11)  # percent of the score, and of the threshold


@dataclass(frozen=True, slots=True)
class Special:
    """What a special card does in the final hand, in percent: how much it adds to the score, and
    how much it takes off the threshold."""

    score: int = 0
    threshold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a game.

    ``suit`` is the one that matches the deed; ``skill`` is 0 to 100, ``grade`` 1 to 5. ``target``
    is what pressing one's luck asks for instead of what its grade does. ``relief`` lowers the
    threshold, in percent. ``specials`` are special cards by the code of the plain card that each
    replaces. ``bail_out`` says whether the player may get out early.
    """

    game: str
    suit: Suit
    skill: int
    grade: int
    target: int | None = None
    relief: int = 0
    specials: Mapping[str, Special] = field(default_factory=dict)
    bail_out: bool = False


def read_terms(terms: Mapping[str, Any]) -> Terms:
    """The terms in a stored mapping, which has the names of ``Terms`` and nothing else.

    Raises:
        ValueError: they are none: a fault of whoever opens the game.
    """
    try:
        read = Terms(
            **{
                **terms,
                "suit": Suit(terms["suit"]),
                "specials": {
                    card_of(code).code: Special(**special)
                    for code, special in terms.get("specials", {}).items()
                },
            }
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"These are no terms of a game of cards: {error}") from error
    whole = {
        "skill": (read.skill, *SKILLS),
        "grade": (read.grade, *GRADES),
        "relief": (read.relief, 0, MOST_RELIEF),
        "target": (1 if read.target is None else read.target, 1, 10_000),
    }
    for name, (value, least, most) in whole.items():
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"The {name} of a game is {least} to {most}, and not {value!r}.")
    for special in read.specials.values():
        if special.score not in SCORES or special.threshold not in LOWERED:
            raise ValueError(f"No special card does as much as {special}.")
    return read


def stored_terms(terms: Terms) -> dict[str, Any]:
    """Terms as they were given, with nothing but what JSON can hold."""
    return {**asdict(terms), "suit": terms.suit.value}


def specials_in(terms: Terms, hand: Iterable[str]) -> Special:
    """What the special cards of a hand do together: the three that do most count."""
    held = [terms.specials[code] for code in hand if code in terms.specials]
    best = sorted(held, key=lambda special: special.score + special.threshold)[-MOST_SPECIALS:]
    return Special(sum(one.score for one in best), sum(one.threshold for one in best))
