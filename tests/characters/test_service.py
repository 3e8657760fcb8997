"""Creating, listing and deleting characters, against a running game."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.documents import AccountUnlocks, User
from desperados.accounts.errors import UserNotFound
from desperados.characters import rules, service
from desperados.characters.documents import Character, CharacterBackground
from desperados.characters.errors import (
    CharacterBusy,
    CharacterNotFound,
    ConfirmationMismatch,
    InvalidName,
    NameTaken,
    SlotLimit,
    TooManyCreations,
    WorldNotSeeded,
)
from desperados.characters.service import CharacterView
from desperados.economy import service as economy
from desperados.economy.errors import RecipientNotFound
from desperados.engine import clock
from desperados.engine.errors import InvalidInput, KeyReused
from desperados.engine.game import Game
from desperados.ledger.money.documents import GoldTransaction
from desperados.ledger.money.sources import Source
from tests.worlds import fingerprint

DRIFTER = CharacterBackground.DRIFTER


@pytest.fixture
async def places(game: Game) -> dict[str, ObjectId]:
    """The three towns in which characters start."""
    towns = {name: ObjectId() for name in rules.START_LOCATION.values()}
    await game.database["locations"].insert_many(
        [{"_id": id_, "locationId": name} for name, id_ in towns.items()]
    )
    return towns


@pytest.fixture
async def user(places: dict[str, ObjectId]) -> ObjectId:
    """An account in a world with places."""
    return await add_user("calamity")


async def add_user(name: str, unlocks: tuple[str, ...] = ()) -> ObjectId:
    account = User(username=name, email=f"{name}@x.yz", password="none", username_folded=name)
    await account.insert()
    if unlocks:
        await AccountUnlocks(user_id=account.id, unlocks=list(unlocks)).insert()
    return account.id


async def make(user: ObjectId, name: str = "Jane", **more: Any) -> CharacterView:
    return await service.create(user, name=name, **{"background": DRIFTER, **more})


@pytest.mark.parametrize(
    ("background", "faction", "town", "health"),
    [
        ("settler", "settler_alliance", "red-gulch", 110),
        ("native_scout", "nahi_coalition", "kaiowa-mesa", 110),
        ("outlaw", "frontera", "the-frontera", 112),
        ("drifter", "frontera", "the-frontera", 110),
    ],
)
async def test_a_new_character_starts_as_its_background_says(
    user: ObjectId,
    places: dict[str, ObjectId],
    background: CharacterBackground,
    faction: str,
    town: str,
    health: int,
) -> None:
    made = await make(user, "  Calamity   Jane ", background=background)
    assert made.name == "Calamity Jane"
    assert (made.faction, made.current_location_id) == (faction, places[town])
    assert (made.health, made.max_health, made.energy, made.max_energy) == (
        health,
        health,
        150,
        150,
    )
    assert (made.level, made.xp, made.dollars, made.gold, made.silver) == (1, 0, 100, 0, 0)
    assert len(made.skills) == 30
    assert not any((made.is_in_combat, made.is_in_jail, made.is_dead))
    assert await service.get(made.id) == made


async def test_a_chosen_faction_decides_where_a_character_starts(
    user: ObjectId, places: dict[str, ObjectId]
) -> None:
    made = await make(user, faction="nahi_coalition")
    assert (made.faction, made.current_location_id) == ("nahi_coalition", places["kaiowa-mesa"])
    assert made.powers["spirit"] == 6 + 2 + 5


async def test_the_starting_grant_is_a_row_of_the_ledger(user: ObjectId) -> None:
    made = await make(user)
    (row,) = await GoldTransaction.load_many({"characterId": made.id}, limit=10)
    assert (row.source, row.amount, row.balance_before, row.balance_after) == (
        "starting_grant", 100, 0, 100,
    )  # fmt: skip
    assert (await economy.earn(made.id, 5, source=Source.QUEST_REWARD)).balance == 105


async def test_an_empty_world_says_how_to_fill_it(game: Game) -> None:
    user = await add_user("calamity")
    before = await fingerprint(game)
    with pytest.raises(WorldNotSeeded, match="desperados seed"):
        await make(user)
    assert await fingerprint(game) == before


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "x"}, InvalidName),
        ({"name": {"$ne": None}}, InvalidName),
        ({"name": "JANE"}, NameTaken),
        ({"name": "J-a n'é"}, NameTaken),
        ({"background": "lawman"}, InvalidInput),
        ({"faction": "outlaws"}, InvalidInput),
    ],
)
async def test_a_refused_creation_leaves_no_trace(
    game: Game, user: ObjectId, change: dict[str, Any], error: type[Exception]
) -> None:
    await make(user, "Jane")
    before = await fingerprint(game)
    with pytest.raises(error):
        await make(user, **{"name": "Bill", **change})
    assert await fingerprint(game) == before


async def test_an_account_that_does_not_exist_has_no_characters(user: ObjectId) -> None:
    with pytest.raises(UserNotFound):
        await make(ObjectId())


async def test_unlocks_give_more_slots(places: dict[str, ObjectId]) -> None:
    user = await add_user("rich", (*rules.SLOT_UNLOCKS, "name_green"))
    with clock.frozen() as time:
        for number in range(5):
            await make(user, f"Rider {number}")
            time.advance(minutes=16)
        with pytest.raises(SlotLimit) as refusal:
            await make(user, "Rider 6")
    assert refusal.value.facts == {"slots": 5}


async def test_10_parallel_creations_with_one_slot_left_make_one(user: ObjectId) -> None:
    await make(user, "First")
    outcomes = await asyncio.gather(
        *(make(user, f"Rider {number}") for number in range(10)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {CharacterView: 1, SlotLimit: 9}
    assert await Character.collection().count_documents({"userId": user}) == 2


async def test_of_10_accounts_that_want_one_name_one_gets_it(places: dict[str, ObjectId]) -> None:
    users = [await add_user(f"user{number}") for number in range(10)]
    outcomes = await asyncio.gather(
        *(make(user, "Jane" if n % 2 else "jane") for n, user in enumerate(users)),
        return_exceptions=True,
    )
    assert Counter(map(type, outcomes)) == {CharacterView: 1, NameTaken: 9}
    assert await GoldTransaction.collection().count_documents({}) == 1


async def test_the_same_key_makes_one_character_and_gives_the_same_answer(user: ObjectId) -> None:
    answers = await asyncio.gather(*(make(user, "Jane", key="first-one") for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert await Character.collection().count_documents({}) == 1
    with pytest.raises(KeyReused):
        await make(user, "Bill", key="first-one")


async def test_making_and_deleting_over_and_over_is_slowed_down(user: ObjectId) -> None:
    with clock.frozen() as time:
        for number in range(5):
            made = await make(user, f"Rider {number}")
            await service.delete(made.id, name=made.name)
        with pytest.raises(TooManyCreations) as refusal:
            await make(user, "Rider 6")
        assert refusal.value.facts == {"retry_after": 900}
        time.advance(minutes=15)
        await make(user, "Rider 6")


async def test_a_list_has_the_own_characters_page_by_page(places: dict[str, ObjectId]) -> None:
    user = await add_user("rich", tuple(rules.SLOT_UNLOCKS))
    await make(await add_user("other"), "Stranger")
    made = [await make(user, f"Rider {number}") for number in range(3)]
    first = await service.list_mine(user, limit=2)
    rest = await service.list_mine(user, limit=2, after=first.next)
    assert [*first.items, *rest.items] == made
    assert rest.next is None


async def test_a_profile_hides_wallet_and_condition(user: ObjectId) -> None:
    made = await make(user)
    shown = (await service.public_profile(made.id)).model_dump(by_alias=True)
    assert shown.keys() == {
        "id", "name", "background", "faction", "level", "isDead", "gangId", "createdAt",
    }  # fmt: skip


async def test_a_deleted_character_is_gone_for_everybody_and_its_name_is_free(
    user: ObjectId,
) -> None:
    jane, friend = await make(user, "Jane"), await make(user, "Friend")
    await economy.earn(jane.id, 40, source=Source.QUEST_REWARD)
    await service.delete(jane.id, name="jane")
    for look in (service.get, service.public_profile):
        with pytest.raises(CharacterNotFound):
            await look(jane.id)
    with pytest.raises(CharacterNotFound):
        await service.require_owned(user, jane.id)
    with pytest.raises(RecipientNotFound):
        await economy.transfer(friend.id, jane.id, 10)
    with pytest.raises(CharacterNotFound):
        await service.delete(jane.id, name="Jane")
    assert [c.name for c in (await service.list_mine(user)).items] == ["Friend"]
    again = await make(user, "Jane")
    assert again.id != jane.id


async def test_the_money_of_a_deleted_character_leaves_the_world_by_name(user: ObjectId) -> None:
    made = await make(user)
    await service.delete(made.id, name=made.name)
    rows = await GoldTransaction.load_many({"characterId": made.id}, limit=10, sort=[("seq", 1)])
    assert [(row.source, row.amount, row.balance_after) for row in rows] == [
        ("starting_grant", 100, 100),
        ("character_deleted", -100, 0),
    ]
    kept = await Character.get(made.id)
    assert kept is not None
    assert (kept.dollars, kept.former_name) == (0, "Jane")
    assert kept.deleted_at is not None


async def test_of_parallel_deletions_one_deletes(user: ObjectId) -> None:
    made = await make(user)
    outcomes = await asyncio.gather(
        *(service.delete(made.id, name="Jane") for _ in range(5)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {type(None): 1, CharacterNotFound: 4}


async def test_money_on_its_way_to_a_character_that_is_deleted_is_not_lost(user: ObjectId) -> None:
    jane, friend = await make(user, "Jane"), await make(user, "Friend")
    outcomes = await asyncio.gather(
        *(economy.transfer(friend.id, jane.id, 10) for _ in range(5)),
        service.delete(jane.id, name="Jane"),
        return_exceptions=True,
    )
    arrived = sum(isinstance(outcome, economy.Receipt) for outcome in outcomes)
    assert (await service.get(friend.id)).dollars == 100 - 10 * arrived
    burned = await GoldTransaction.load_one({"source": "character_deleted"})
    assert burned is not None
    assert burned.amount == -(100 + 10 * arrived)


@pytest.mark.parametrize(
    "change", [{"isInCombat": True}, {"gangId": ObjectId()}], ids=["fighting", "in a gang"]
)
async def test_a_busy_character_is_not_deleted(
    game: Game, user: ObjectId, change: dict[str, Any]
) -> None:
    made = await make(user)
    await Character.collection().update_one({"_id": made.id}, {"$set": change})
    before = await fingerprint(game)
    with pytest.raises(CharacterBusy):
        await service.delete(made.id, name="Jane")
    assert await fingerprint(game) == before


@pytest.mark.parametrize("name", ["", "Bill", None, {"$ne": None}])
async def test_a_deletion_needs_the_name(game: Game, user: ObjectId, name: Any) -> None:
    made = await make(user)
    before = await fingerprint(game)
    with pytest.raises(ConfirmationMismatch):
        await service.delete(made.id, name=name)
    assert await fingerprint(game) == before


async def test_a_character_of_somebody_else_is_like_none(game: Game, user: ObjectId) -> None:
    made = await make(user)
    await service.require_owned(user, made.id)
    for stranger, character in ((ObjectId(), made.id), (user, ObjectId())):
        with pytest.raises(CharacterNotFound):
            await service.require_owned(stranger, character)


async def test_a_character_of_another_application_is_shown_and_deleted(user: ObjectId) -> None:
    now = clock.now()
    theirs = {
        "_id": ObjectId(), "userId": user, "name": "Black Bart", "level": 12, "xp": 5,
        "dollars": 7.0, "gold": 2, "silver": 0, "health": 90, "maxHealth": 120, "energy": 10,
        "maxEnergy": 150, "background": "outlaw", "faction": "frontera",
        "currentLocationId": ObjectId(), "skills": {"stealth": {"level": 9, "xp": 1}},
        "isInCombat": False, "isInJail": True, "isDead": False, "createdAt": now,
        "updatedAt": now, "lastActive": now, "hat": "black", "__v": 4,
    }  # fmt: skip
    await Character.collection().insert_one(theirs)
    shown = await service.get(theirs["_id"])
    assert (shown.dollars, shown.gold, shown.skills["stealth"].level) == (7, 2, 9)
    with pytest.raises(NameTaken):
        await make(user, "Black Bart")
    await service.delete(shown.id, name="black bart")
    stored = await Character.collection().find_one({"_id": shown.id})
    assert (stored["hat"], stored["dollars"], stored["gold"]) == ("black", 0, 0)
    assert (await make(user, "Black Bart")).dollars == 100


async def test_a_character_made_long_ago_does_not_slow_creation(user: ObjectId) -> None:
    with clock.frozen(clock.now() - timedelta(days=1)):
        await make(user, "Eldest")
    assert (await make(user, "Youngest")).name == "Youngest"


async def test_nobody_passes_for_another_by_letters_that_look_alike(user: ObjectId) -> None:
    await service.create(user, name="Wild Bill", background="drifter")
    for name in ("WiId Bill", "Wi1d Bill", "WildBiII"):
        with pytest.raises(NameTaken):
            await service.create(user, name=name, background="drifter")
    assert await service.create(user, name="Mild Bill", background="drifter")
