"""The state of a fight: what JSON can hold, and nothing that gives away what is to come.

``setup`` never changes. All else is as of the beginning of the round that is being played;
``events`` are what happened in the one before (in several, where nobody could act in some).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from desperados.combat.fights.engine.effects import Lasting
from desperados.combat.fights.engine.setup import Member, Setup

MOST_MINIONS = 6


class Fighter(TypedDict):
    """Whoever has health to lose, on either side."""

    name: str
    health: int
    max_health: int
    effects: list[Lasting]


class MemberState(Fighter):
    """One of ours, by its seat.

    ``hand`` are its cards of this round, ``seen`` all that it had of this round's deck, ``peeked``
    the one that comes next, if it has looked. ``held`` is what the clock will hold for it.
    ``extra`` cards come in the next hand. ``dealt`` and ``taken`` are sums of damage, ``best`` is
    its strongest hand. ``out`` says how it left: "fled" or "down". ``choice`` is what it does in
    this round, once it has said so.
    """

    hand: list[str]
    seen: list[str]
    peeked: str | None
    held: list[int] | None
    rerolls: int
    peeks: int
    items: int
    guards: bool
    extra: int
    dealt: int
    taken: int
    best: int
    gauges: dict[str, int]
    out: str | None
    choice: dict[str, Any] | None


class FoeState(Fighter):
    """Who is fought: its phase (from 1), the hand that it played last, from which round on each
    ability can be used again and how often it was used, and what it has announced."""

    phase: int
    hand: list[str]
    ready: dict[str, int]
    used: dict[str, int]
    announced: str | None


class MinionState(Fighter):
    """A helper of the foe."""

    id: str
    attack: int


class HazardState(TypedDict):
    """What hurts everybody for some rounds."""

    name: str
    damage: int
    rounds: int


class Battle(TypedDict):
    """A whole fight."""

    setup: dict[str, Any]
    round: int
    members: list[MemberState]
    foe: FoeState
    minions: list[MinionState]
    summoned: int
    hazards: list[HazardState]
    events: list[dict[str, Any]]


def new_battle(setup: Setup) -> Battle:
    """A fight before the first hand is dealt."""
    foe = setup.foe
    return Battle(
        setup=setup.stored(),
        round=0,
        members=[_member(member, setup) for member in setup.members],
        foe=FoeState(
            name=foe.name,
            health=foe.health,
            max_health=foe.health,
            effects=[],
            phase=1,
            hand=[],
            ready={},
            used={},
            announced=None,
        ),
        minions=[],
        summoned=0,
        hazards=[],
        events=[],
    )


def thawed(state: Mapping[str, Any]) -> Battle:
    """A copy of a stored fight that may be changed, all but its setup."""
    copied = {
        name: value if name == "setup" else copy.deepcopy(value) for name, value in state.items()
    }
    return cast(Battle, copied)


def in_fight(battle: Battle) -> list[int]:
    """The seats of those who stand."""
    return [seat for seat, member in enumerate(battle["members"]) if member["out"] is None]


def _member(member: Member, setup: Setup) -> MemberState:
    starts = {gauge.code: gauge.start for gauge in setup.gauges} | member.gauges
    return MemberState(
        name=member.name,
        health=min(member.health, member.max_health),
        max_health=member.max_health,
        effects=[],
        hand=[],
        seen=[],
        peeked=None,
        held=None,
        rerolls=member.rerolls,
        peeks=member.peeks,
        items=setup.items,
        guards=False,
        extra=0,
        dealt=0,
        taken=0,
        best=0,
        gauges={gauge.code: gauge.clamped(starts[gauge.code]) for gauge in setup.gauges},
        out=None if member.health > 0 else "down",
        choice=None,
    )
