"""Pardons: staff let a prisoner go, and say why."""

from __future__ import annotations

import pytest

from desperados import law
from desperados.accounts.documents import UserRole
from desperados.accounts.errors import SelfDealing
from desperados.characters.participant import load_participant
from desperados.engine.clock import FrozenClock
from desperados.law.consequences import Sentence
from desperados.law.errors import NotJailed
from desperados.law.rules import Cause
from desperados.testing import World, hammer
from tests.law.courts import charge, sentences


async def test_a_pardon_frees_once_and_leaves_a_row(world: World, time: FrozenClock) -> None:
    sheriff = await world.account(role=UserRole.ADMIN)
    jane = await world.character()
    await charge(jane, wanted=2)
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    time.advance(minutes=15)
    outcomes = await hammer(lambda: law.pardon(sheriff.user_id, jane, reason="good conduct"), 3)
    assert (outcomes.done, outcomes.refused) == (1, {"not_jailed": 2})
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"]) == ("pardoned", 30)
    assert row["releasedBy"] == sheriff.user_id
    (await load_participant(jane)).must_be_free()
    assert (await law.status(jane)).wanted == 2
    acts = await world.game.database["auditlogs"].find({"action": "PARDONED"}).to_list(None)
    assert [act["details"]["reason"] for act in acts] == ["good conduct"]


async def test_nobody_pardons_himself_or_the_free(world: World, time: FrozenClock) -> None:
    sheriff = await world.account(role=UserRole.ADMIN)
    mine, jane = await world.character(of=sheriff), await world.character()
    await charge(mine, jail=Sentence(Cause.CHEATING))
    with pytest.raises(SelfDealing):
        await law.pardon(sheriff.user_id, mine, reason="for old times")
    with pytest.raises(NotJailed):
        await law.pardon(sheriff.user_id, jane, reason="for old times")
