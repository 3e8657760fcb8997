"""Goals: achievements follow the tallies, and are completed once."""

import asyncio
import json

from bson import ObjectId

from desperados import characters, economy
from desperados.characters.actor import load_actor
from desperados.characters.documents import CharacterAchievement
from desperados.characters.happenings import Happened, note
from desperados.characters.tallies.goals import GOALS
from desperados.engine.clock import FrozenClock
from desperados.engine.happenings.batches import BATCH
from desperados.engine.happenings.documents import Happening
from desperados.engine.live.events import listen
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.testing import World
from tests.games import embedded


@transactional
async def win(character: ObjectId, times: int = 1, *tags: str, target: str | None = None) -> None:
    """Win some fights at once."""
    actor = await load_actor(character)
    for _ in range(times):
        note(actor, Happened.FIGHT_ENDED, "won", *tags, target=target)


async def follow() -> int:
    """Let goals be kept up."""
    return await Jobs([GOALS]).run_until_idle()


async def rows_of(character: ObjectId) -> dict[str, CharacterAchievement]:
    """What a character has of each achievement."""
    found = await CharacterAchievement.load_many({"characterId": character}, limit=100)
    return {row.achievement_id: row for row in found}


async def test_progress_and_completion_follow_the_tallies(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await win(jane, 4)
    await follow()
    rows = await rows_of(jane)
    assert {"first_blood", "gunslinger_10", "gunslinger_100", "gunslinger_1000"} <= set(rows)
    assert "duelist_1" not in rows
    assert (rows["first_blood"].progress, rows["first_blood"].completed) == (1, True)
    assert (rows["gunslinger_10"].progress, rows["gunslinger_10"].completed) == (4, False)
    assert rows["gunslinger_10"].unlocked_at is None
    assert rows["first_blood"].unlocked_at is not None
    assert rows["first_blood"].claimed_at is None
    time.advance(hours=1)
    await win(jane, 6, "boss", target="action:pale_rider")
    await follow()
    later = await rows_of(jane)
    assert later["gunslinger_10"].completed
    assert (later["boss_slayer"].progress, later["pale_rider_down"].completed) == (1, True)
    assert later["first_blood"] == rows["first_blood"]


async def test_what_is_so_of_the_character_counts_with_its_next_deed(world: World) -> None:
    jane = await world.character(gold=150)
    await world.game.database["characters"].update_one(
        {"_id": jane}, {"$set": {"level": 26, "skills.duel_instinct": {"level": 60, "xp": 0}}}
    )
    await win(jane)
    await follow()
    rows = await rows_of(jane)
    assert rows["level_10"].completed
    assert rows["level_25"].completed
    assert rows["level_50"].progress == 26
    assert (rows["skill_50"].completed, rows["skill_master"].progress) == (True, 60)
    assert rows["gold_bug"].completed
    # Gold that is spent takes nothing back.
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"level": 1}})
    await win(jane)
    await follow()
    assert (await rows_of(jane))["level_50"].progress == 26
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"level": 26}})


async def test_progress_that_another_program_wrote_is_never_taken_back(world: World) -> None:
    jane = await world.character()
    old = CharacterAchievement(character_id=jane, achievement_id="gunslinger_100", progress=40)
    await old.insert()
    await win(jane)
    await follow()
    assert (await rows_of(jane))["gunslinger_100"].progress == 40


async def test_completion_is_told_once(world: World) -> None:
    jane = await world.character()
    told: list[dict[str, object]] = []

    async with listen(jane) as stream:
        for _ in range(3):
            await win(jane)
            await follow()
        async with asyncio.timeout(20):
            told.append(json.loads(await stream.text()))
            await win(jane, 7)
            await follow()
            told.append(json.loads(await stream.text()))
    assert [(message["event"], message["data"]) for message in told] == [
        (
            "achievement:complete",
            {"achievement": "first_blood", "name": "First Blood", "tier": "bronze"},
        ),
        (
            "achievement:complete",
            {"achievement": "gunslinger_10", "name": "Handy with a Gun", "tier": "bronze"},
        ),
    ]


async def test_a_full_batch_is_one_read_of_all_and_writes_what_changed(world: World) -> None:
    """However many happenings there are: two reads (theirs, and all else), the progress and the
    names in two writes, and the commit; beside that, the search for keys and the claim."""
    jane, bill = await world.character(), await world.character()
    stats = embedded(world.game).stats
    await win(jane)
    await follow()  # content is kept once it was read
    await win(bill)
    stats.reset()
    await follow()
    one = stats.asked.total()
    await win(jane, BATCH)
    stats.reset()
    assert await follow() == 1
    assert stats.asked.total() == one
    assert stats.full_scans == {}


async def test_what_changes_nothing_writes_nothing(world: World) -> None:
    jane = await world.character()
    for _ in range(2):
        await win(jane, 1000)
        await follow()
    before = await rows_of(jane)
    await win(jane, 5)
    await follow()
    assert await rows_of(jane) == before


async def test_what_is_traded_today_is_counted(world: World) -> None:
    jane, bill = await world.character(dollars=20_000), await world.character()
    await economy.send(jane, bill, 4_000)
    await economy.send(jane, bill, 2_000)
    await follow()
    row = (await rows_of(jane))["open_hand"]
    assert (row.progress, row.completed) == (5_000, True)
    assert await rows_of(bill) == {}


async def test_three_workers_and_many_deeds_come_to_what_the_tallies_say(world: World) -> None:
    people = [await world.character() for _ in range(3)]

    async def play(character: ObjectId) -> None:
        for _ in range(8):
            await win(character)

    await asyncio.gather(*(play(person) for person in people), follow(), follow(), follow())
    await follow()
    for person in people:
        assert (await rows_of(person))["gunslinger_10"].progress == 8
    assert await Happening.load_one({"waiting": {"$ne": []}}) is None


async def test_a_character_that_is_gone_holds_up_nobody(world: World) -> None:
    jane, bill = await world.character("Jane"), await world.character()
    await win(jane)
    await win(bill)
    await characters.delete(jane, name="Jane")
    await follow()
    assert (await rows_of(bill))["first_blood"].completed
