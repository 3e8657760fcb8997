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


async def test_what_another_program_counted_is_added_to_and_never_taken_back(
    world: World,
) -> None:
    jane = await world.character()
    for code, reached in (("gunslinger_100", 40), ("boss_slayer", 2), ("level_50", 12.0)):
        row = {"characterId": jane, "achievementId": code, "progress": reached}
        await world.game.database["characterachievements"].insert_one({**row, "completed": False})
    for expected in (41, 42):
        await win(jane, 1, "boss", target="npc:coyote")
        await follow()
        rows = await rows_of(jane)
        assert rows["gunslinger_100"].progress == expected
        assert rows["gunslinger_1000"].progress == expected - 40
        assert (rows["boss_slayer"].progress, rows["level_50"].progress) == (2, 12)
    await win(jane, 58)
    await follow()
    assert (await rows_of(jane))["gunslinger_100"].completed


async def test_completion_is_told_once(world: World) -> None:
    jane = await world.character()
    told: list[dict[str, object]] = []

    async with listen(jane) as stream, asyncio.timeout(20):
        for times in (1, 1, 1, 7):
            await win(jane, times)
            await follow()
        while len(told) < 2:
            message = json.loads(await stream.text())
            if message["event"] == "achievement:complete":
                told.append(message)
    kept = await characters.notices.list_notices(jane)
    assert [notice.title for notice in kept.items] == [
        "Achievement: Handy with a Gun",
        "Achievement: First Blood",
    ]
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


async def test_achievements_are_listed_by_their_codes_page_by_page(world: World) -> None:
    jane = await world.character()
    await win(jane, 12, "boss", target="action:pale_rider")
    await follow()
    page = await characters.tallies.achievements(jane, limit=4)
    listed = list(page.items)
    while page.next is not None:
        page = await characters.tallies.achievements(jane, limit=4, after=page.next)
        listed += page.items
    codes = [row.achievement for row in listed]
    assert codes == sorted(await rows_of(jane))
    by_code = {row.achievement: row for row in listed}
    ten = by_code["gunslinger_10"]
    assert (ten.name, ten.tier, ten.progress, ten.target) == ("Handy with a Gun", "bronze", 10, 10)
    assert (ten.completed, ten.unlocked_at is not None, ten.claimed_at) == (True, True, None)
    assert (by_code["gunslinger_100"].progress, by_code["gunslinger_100"].target) == (12, 100)
    assert (await characters.tallies.achievements(await world.character())).items == []


async def test_an_achievement_that_is_no_content_any_more_is_shown_as_it_was(world: World) -> None:
    jane = await world.character()
    await CharacterAchievement(character_id=jane, achievement_id="gone", progress=7).insert()
    (row,) = (await characters.tallies.achievements(jane)).items
    assert (row.achievement, row.name, row.progress, row.target) == ("gone", None, 7, None)
    await world.game.database["characterachievements"].delete_many({"characterId": jane})
