"""What a defeat takes, and how near death it was."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.effects import Effect, Stat
from desperados.characters.participant import Participant
from desperados.ledger.items.contents import Stack
from desperados.play import fate
from desperados.play.outcome import Defeat, DefeatKind

NOW = datetime(2026, 5, 1, tzinfo=UTC)
kinds = st.sampled_from(list(DefeatKind))


def somebody(**more: Any) -> Participant:
    stored = {
        "_id": ObjectId(),
        "userId": ObjectId(),
        "name": "Ann",
        "createdAt": NOW,
        "currentLocationId": ObjectId(),
        "level": 20,
        "health": 100,
        "maxHealth": 100,
        **more,
    }
    return Participant.of(stored)


@given(
    st.integers(1, 50),
    st.integers(0, 100),
    st.one_of(st.none(), st.integers(1, 50)),
    st.integers(0, 5),
    st.integers(0, 100),
    st.integers(-50, 50),
)
def test_risk_is_a_percentage_and_none_for_beginners(
    level: int, danger: int, opponent: int | None, wanted: int, health: int, marks: int
) -> None:
    effects = [Effect("marks", {Stat.RISK: marks}).stored()]
    who = somebody(level=level, health=health, effects=effects)
    found = fate.risk(
        who, Defeat(kind=DefeatKind.COMBAT, danger=danger, opponent_level=opponent), wanted
    )
    assert 0 <= found <= fate.HIGHEST_RISK
    if level < fate.MORTAL_FROM or danger == 0:
        assert found == 0
    assert fate.danger_word(found) in {word for _, word in fate.DANGER_WORDS}


def test_who_is_hurt_wanted_marked_or_outmatched_is_nearer_to_death() -> None:
    beaten = Defeat(kind=DefeatKind.COMBAT, danger=30, opponent_level=20)
    usual = fate.risk(somebody(), beaten, 0)
    assert fate.risk(somebody(health=10), beaten, 0) > usual
    assert fate.risk(somebody(), beaten, 3) > usual
    assert fate.risk(somebody(level=12), beaten, 0) > usual
    marked = somebody(effects=[Effect("mark", {Stat.RISK: 50}).stored()])
    assert fate.risk(marked, beaten, 0) > usual


@given(kinds, st.integers(0, 10**9), st.integers(0, 10**6))
def test_no_defeat_takes_more_than_its_share(kind: DefeatKind, dollars: int, xp: int) -> None:
    assert 0 <= fate.dollars_lost(kind, dollars) <= dollars * 40 // 100
    assert 0 <= fate.xp_lost(kind, xp) <= xp // 10


@given(
    kinds,
    st.lists(
        st.builds(
            Stack,
            st.sampled_from(["a", "b", "c"]),
            st.integers(1, 500),
            st.just(99),
            st.just(1.0),
            st.booleans(),
            st.just(NOW),
            st.integers(0, 500),
        ),
        max_size=5,
    ),
    st.integers(),
)
def test_nothing_bound_or_worn_falls_and_never_more_than_three_of_a_stack(
    kind: DefeatKind, stacks: list[Stack], seed: int
) -> None:
    old = NOW - timedelta(days=2)
    lines = fate.dropped(kind, old, NOW, stacks, random.Random(seed))
    loose = [stack for stack in stacks if not stack.bound and stack.free > 0]
    assert len(lines) <= len(loose)
    for line in lines:
        assert 1 <= line.quantity <= fate.MOST_PIECES
        assert any(s.item_id == line.item_id and s.free >= line.quantity for s in loose)


@pytest.mark.parametrize("hours", [0, 12, 23])
def test_a_new_character_drops_nothing(hours: int) -> None:
    stacks = [Stack("a", 50, 99, 1.0, False, NOW)]
    for seed in range(50):
        assert not fate.dropped(
            DefeatKind.EXECUTION,
            NOW - timedelta(hours=hours),
            NOW,
            stacks,
            random.Random(seed),
        )
