"""Fights that others open: by a purpose of their own, or out of a question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterBusy
from desperados.characters.participant import load_participant
from desperados.characters.tallies import tally
from desperados.combat.fights import queries
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.engine.setup import Foe
from desperados.combat.fights.errors import NotHostile, NpcNotFound
from desperados.combat.fights.npcs import find_npc
from desperados.combat.fights.opening import FIGHT, open_against, open_fight
from desperados.combat.fights.service import FightMove, move
from desperados.combat.fights.settling import settle_against
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.transactions import transaction
from desperados.play.shapes.documents import Question
from desperados.play.shapes.errors import UnknownPurpose
from desperados.play.shapes.questions import answer, ask
from desperados.play.shapes.rules import Verdict
from desperados.testing import Luck, World, hammer
from tests.combat.fights.rings import attack, fighter, fought, tilt
from tests.world.people import stored as person
from tests.world.people import where
from tests.world.travel.test_encounters import ambushed, to

HUNTER = Foe(code="hunter", name="Hunter", level=4, health=50, attack=5)


def register(world: World, **more: object) -> None:
    """Register what a domain above or below would."""
    whole = world.game.registered()
    purposes = {**whole.purposes, **more.get("purposes", {})}  # type: ignore[dict-item]
    questions = {**whole.questions, **more.get("questions", {})}  # type: ignore[dict-item]
    world.game.registered = lambda: replace(whole, purposes=purposes, questions=questions)


async def test_a_domain_opens_a_fight_of_its_own_and_draws_the_consequences(world: World) -> None:
    ended: list[tuple[str, object, ObjectId | None]] = []

    async def hunted(fight: CombatEncounter, verdict: Verdict) -> None:
        ended.append((verdict.status, verdict.facts["ending"], fight.ref_id))

    register(world, purposes={"hunted": hunted})
    jane, hunt = await fighter(world), ObjectId()
    async with transaction():
        who = await load_participant(jane)
        fight = await open_fight(who, HUNTER, purpose="hunted", ref_id=hunt)
    seen = await queries.read_fight(jane, fight.id)
    await tilt(seen, foe=1)
    await attack(seen)
    assert ended == [("victory", "victory", hunt)]
    after = await person(jane)
    assert (after["busy"], after.get("combatXp", 0)) == (None, 0)


async def test_whoever_is_no_content_is_fought_like_everybody(world: World) -> None:
    hunter = replace(await find_npc("road-agent"), code="hunter:cole", name="Cole", place=None)
    came: list[object] = []

    async def hunted(fight: CombatEncounter, verdict: Verdict) -> None:
        given = await settle_against(fight, verdict, hunter)
        came.append((verdict.status, given.combat_xp if given is not None else None))

    register(world, purposes={"hunted": hunted})
    jane = await fighter(world)
    async with transaction():
        fight = await open_against(await load_participant(jane), hunter, purpose="hunted")
    seen = await queries.read_fight(jane, fight.id)
    await tilt(seen, foe=1)
    assert (await attack(seen)).spoils.xp == 20 + 80 + 75
    assert came == [("victory", 400)]
    assert await tally(jane, "combat_won") == 1


async def test_a_purpose_that_nobody_has_registered_opens_nothing(world: World) -> None:
    jane = await fighter(world)
    with pytest.raises(UnknownPurpose):
        async with transaction():
            await open_fight(await load_participant(jane), HUNTER, purpose="nothing")
    assert (await person(jane)).get("busy") is None


async def asked(world: World, jane: ObjectId, npc: str) -> Question:
    """A question of a floor below, which knows a name and no more."""

    async def resolve(question: Question, option: str) -> None:
        if option == "fight":
            await world.game.registered().purposes[FIGHT](question, npc)

    register(world, questions={"brawl": resolve})
    async with transaction():
        return ask(
            jane,
            "brawl",
            "He spits on your boots.",
            {"fight": "Draw", "walk": "Walk on"},
            default="walk",
            expires_at=clock.now().replace(year=2200),
        )


async def test_an_answer_leads_to_a_fight_wherever_the_other_lives(
    world: World, time: FrozenClock
) -> None:
    jane = await fighter(world, "red-gulch")
    question = await asked(world, jane, "coyote")
    await answer(jane, question.id, "fight")
    (fight,) = await CombatEncounter.load_many({"characterId": jane}, limit=2)
    assert (fight.ref_id, fight.enemy.npc_id) == (question.id, "coyote")
    for again in range(2):
        seen = await queries.read_fight(jane, fight.id)
        await tilt(seen, foe=1)
        assert (await attack(seen)).status == "victory"
        if not again:
            # It may be met again on the road while it is gone from its place.
            question = await asked(world, jane, "coyote")
            await answer(jane, question.id, "fight")
            (fight,) = await CombatEncounter.load_many(
                {"characterId": jane, "settledAt": None}, limit=2
            )
    assert (await person(jane))["combatXp"] == 100


async def test_an_encounter_on_the_road_is_fought_at_its_end(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "gunslinger_in_the_road")
    outcomes = await hammer(lambda: answer(jane, question.id, "stand"), 4)
    assert outcomes.done == 1
    (fight,) = await CombatEncounter.load_many({"characterId": jane}, limit=2)
    assert (fight.enemy.npc_id, await where(jane)) == ("outlaw-gunslinger", "sangre-canyon")
    assert (await person(jane))["busy"]["id"] == fight.id
    ended = await fought(await queries.read_fight(jane, fight.id))
    assert ended.status in {"victory", "defeat"}
    assert (await person(jane))["busy"] is None


@pytest.mark.parametrize(
    ("npc", "error"), [("nobody", NpcNotFound), ("sheriff-ruth-calloway", NotHostile)]
)
async def test_an_answer_to_whom_one_does_not_fight_changes_nothing(
    world: World, npc: str, error: type[Exception]
) -> None:
    jane = await fighter(world)
    question = await asked(world, jane, npc)
    with pytest.raises(error):
        await answer(jane, question.id, "fight")
    assert (await person(jane)).get("busy") is None


async def test_who_fights_cannot_be_drawn_into_another_fight(world: World) -> None:
    jane = await fighter(world)
    for npc in ("coyote", "wolf"):
        question = await asked(world, jane, npc)
        if npc == "coyote":
            await answer(jane, question.id, "fight")
        else:
            with pytest.raises(CharacterBusy):
                await answer(jane, question.id, "fight")
    (fight,) = await CombatEncounter.load_many({"characterId": jane}, limit=2)
    await move(jane, fight.id, FightMove.DEFEND, 0)
