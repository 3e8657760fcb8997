"""What an arrest shows."""

from __future__ import annotations

from datetime import datetime

from desperados.crime.arrests.rules import Grapple
from desperados.deck.hands import Hand, Strength
from desperados.engine.views import Id, View


class GrappleHand(View):
    """One side's hand: the ``seed`` gives it again, to whoever knows its skill and suit."""

    cards: list[str]
    strength: Strength
    effectiveness: int
    seed: str


class ArrestView(View):
    """An attempt at an arrest: both hands and what came of it. ``law_paid`` and ``players_paid``
    are dollars; the outlaw sits for ``minutes``, until ``jailed_until``."""

    caught: bool
    target_id: Id
    hunter_hand: GrappleHand
    target_hand: GrappleHand
    energy_spent: int
    law_paid: int
    players_paid: int
    xp: int
    minutes: int
    jailed_until: datetime | None
    at: datetime


class OutlawView(View):
    """Somebody at one's place whom anybody may arrest: how much it is wanted, and the dollars that
    are on its head."""

    character_id: Id
    name: str
    wanted: int
    bounty: int


def hands_of(grapple: Grapple) -> tuple[GrappleHand, GrappleHand]:
    """The hunter's hand and the outlaw's."""
    return (
        _hand(grapple.hunter, grapple.strength, grapple.seeds[0]),
        _hand(grapple.outlaw, grapple.outlaw.effectiveness, grapple.seeds[1]),
    )


def _hand(hand: Hand, effectiveness: int, seed: str) -> GrappleHand:
    return GrappleHand(
        cards=[card.code for card in hand.cards],
        strength=hand.strength,
        effectiveness=effectiveness,
        seed=seed,
    )
