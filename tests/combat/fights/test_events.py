"""What who fights is told, and who else is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from desperados.combat.fights.playing import JOBS
from desperados.combat.fights.service import start_encounter
from desperados.engine.allowances import Allowance
from desperados.engine.clock import FrozenClock
from desperados.engine.live import events
from desperados.engine.live.events import Message
from desperados.engine.work import Jobs
from desperados.play.settling.gains import day_share
from desperados.testing import World
from tests.combat.fights.rings import attack, drawn_against, fighter, tilt


async def heard(stream: events.Stream) -> Message:
    """The next message about a fight."""
    while True:
        text = await asyncio.wait_for(stream.text(), 5)
        message = Message.model_validate_json(text)
        if message.event.startswith("combat:"):
            return message


async def test_each_round_is_told_also_those_of_the_clock_and_the_end(
    world: World, time: FrozenClock
) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    bill = await fighter(world)
    async with events.listen(jane) as stream, events.listen(bill) as elsewhere:
        fight = await attack(fight)
        told = await heard(stream)
        assert (told.event, told.data["version"], told.data["status"]) == (
            "combat:round",
            1,
            "active",
        )
        assert told.data["events"] == fight.table["events"]
        time.advance(30)
        await Jobs(JOBS).run_until_idle()
        told = await heard(stream)
        assert told.data["version"] == 2
        await tilt(fight, foe=1, health=90)
        time.advance(30)
        await Jobs(JOBS).run_until_idle()
        names = {}
        while "combat:ended" not in names:
            told = await heard(stream)
            names[told.event] = told.data
        assert names["combat:ended"]["status"] == "victory"
        assert names["combat:ended"]["xp"] == 45
        fight = await start_encounter(bill, "road-agent")
        await attack(fight)
        other = await heard(elsewhere)
        assert other.data["fightId"] == str(fight.id)


async def test_beyond_the_share_of_a_day_a_tenth_is_paid(world: World, time: FrozenClock) -> None:
    jane = await fighter(world, "golden-spur-saloon")
    midnight = time.at.replace(hour=0, minute=0, second=0, microsecond=0)
    await Allowance.collection().insert_one(
        {
            "_id": f"earned:combat_reward:{jane}",
            "since": midnight,
            "used": day_share(1),
            "expiresAt": midnight + timedelta(days=2),
        }
    )
    fight = await start_encounter(jane, "barroom-brawler")  # who has 5 to 15 dollars
    await tilt(fight, foe=1)
    # A tenth, and what a newcomer has more of it.
    assert 1 <= (await attack(fight)).spoils.dollars <= 3
