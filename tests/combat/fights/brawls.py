"""Fights for tests: any that content may describe, and how they are played without a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, get_args

from hypothesis import strategies as st

from desperados.combat.fights.engine import effects, playing
from desperados.combat.fights.engine.blows import BOSS_BLOW, FIGHT_BLOW, FOE_BLOW
from desperados.combat.fights.engine.cards import promising
from desperados.combat.fights.engine.setup import (
    Ability,
    Flee,
    Foe,
    Gauge,
    Member,
    Phase,
    Setup,
    Step,
)
from desperados.combat.fights.engine.state import Battle
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move

AT = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = get_args(Ability.model_fields["kind"].annotation)

COLD = Gauge(
    code="cold",
    name="Cold",
    high=10,
    each_round=1,
    each_hit=1,
    steps=[Step(at=3, damage=5, cards=-1), Step(at=8, damage=20, attack=50)],
    items={"torch": -10},
)
AIR = Gauge(code="air", name="Air", high=100, start=100, each_round=-10, falling=True, deadly=True)

numbers = st.integers(0, 200)
codes = st.sampled_from(sorted(effects.EFFECTS))


@st.composite
def abilities(draw: st.DrawFn) -> list[Ability]:
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=5))
    return [
        Ability(
            code=f"{kind}-{number}",
            name=kind.title(),
            kind=kind,
            power=draw(st.integers(0, 60)),
            effect=draw(codes),
            rounds=draw(st.integers(1, 4)),
            target=draw(st.sampled_from(["one", "some", "all"])),
            count=draw(st.integers(1, 3)),
            every=draw(st.integers(1, 4)),
            priority=draw(st.integers(1, 9)),
            phases=draw(st.lists(st.integers(1, 3), max_size=2)),
        )
        for number, kind in enumerate(kinds)
    ]


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    """Any fight."""
    members = [
        Member(
            name=f"member {seat}",
            health=draw(st.integers(1, 150)),
            max_health=150,
            cards=draw(st.integers(5, 6)),
            attack=draw(st.integers(0, 20)),
            rerolls=2,
            peeks=1,
            armor=draw(st.integers(0, 5)),
            critical=draw(st.sampled_from([0, 10])),
        )
        for seat in range(draw(st.integers(1, 5)))
    ]
    below = [100, *sorted(draw(st.sets(st.integers(1, 99), max_size=3)), reverse=True)]
    foe = Foe(
        code="foe",
        name="Foe",
        health=draw(st.integers(1, 2_000)),
        attack=draw(st.integers(1, 40)),
        spread=draw(st.integers(0, 10)),
        blow=draw(st.sampled_from([None, FOE_BLOW])),
        wits=draw(st.integers(1, 10)),
        phases=[Phase(below=share, damage=100 + share) for share in below],
        abilities=draw(abilities()),
    )
    return Setup(
        members=members,
        foe=foe,
        blow=draw(st.sampled_from([FIGHT_BLOW, BOSS_BLOW])),
        gauges=draw(st.sampled_from([[], [COLD], [COLD, AIR]])),
        flee=Flee(until=draw(st.sampled_from([None, 3]))),
        late=draw(st.sampled_from(["attack", "defend"])),
        special=draw(st.sampled_from([None, 4])),
        enrage=draw(st.sampled_from([None, 5])),
        rounds=draw(st.integers(1, 30)),
        at_end=draw(st.sampled_from(["share", "defeat", "draw"])),
    )


Player = Callable[[Battle, int], tuple[str, dict[str, Any]]]


def well(battle: Battle, seat: int) -> tuple[str, dict[str, Any]]:
    """How somebody plays who knows the cards: it holds what promises most, and attacks."""
    return "attack", {"hold": promising(battle["members"][seat]["hand"])}


def wildly(luck: Random) -> Player:
    """Any legal move."""

    def play(battle: Battle, seat: int) -> tuple[str, dict[str, Any]]:
        name = luck.choice(playing.legal(battle, seat))
        hand = battle["members"][seat]["hand"]
        held = luck.sample(range(len(hand)), luck.randint(0, len(hand)))
        minions = [None, *(minion["id"] for minion in battle["minions"])]
        about: dict[str, dict[str, Any]] = {
            "attack": {"hold": held, "target": luck.choice(minions)},
            "special": {"hold": held, "target": None},
            "hold": {"hold": held},
            "reroll": {"card": luck.randrange(len(hand))},
            "item": {"item": luck.choice(["torch", "bread"]), "heal": luck.randint(0, 500)},
        }
        return name, about.get(name, {})

    return play


def played(setup: Setup, seed: bytes, player: Player = well) -> Iterator[Battle]:
    """A fight move by move, from the first hand to the end, each state as it is stored."""
    draws = Draws(seed)
    battle = stored(playing.begin(setup, draws))
    yield battle
    moves = 0
    while playing.ending_of(battle, moves >= 2_000) is None:
        seat = playing.in_turn(battle)[0]
        name, about = player(battle, seat)
        battle = stored(playing.step(battle, Move(seat, name, about, AT), draws))
        moves += 1
        yield battle


def last(setup: Setup, seed: bytes, player: Player = well) -> Battle:
    """The end of a fight."""
    *_, end = played(setup, seed, player)
    return end


def stored(battle: Battle) -> Battle:
    """A fight as the database gives it back."""
    found: Battle = json.loads(json.dumps(battle))
    assert found == battle, "A state is what JSON can hold."
    return found
