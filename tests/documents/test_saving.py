"""Documents and the database: the fast path, Beanie's own functions, and optimistic versions."""

import uuid
from typing import Any

import pytest
from beanie.operators import Inc, Set
from bson import Binary, Int64, ObjectId
from pymongo.errors import DuplicateKeyError

import desperados
from desperados.characters.documents import Character
from desperados.economy.market.documents import MarketListing
from desperados.engine import driver
from desperados.engine.errors import InvalidInput, NotFound
from desperados.engine.game import Game
from desperados.engine.storage.documents import Document, StaleDocument
from desperados.engine.storage.fields import WholeDouble
from desperados.engine.transactions import transaction
from desperados.quests.documents import Quest
from desperados.social.documents import Gossip
from tests.documents.test_documents import jane
from tests.games import embedded, open_game

ID = ObjectId("65f0c0ffee0123456789abcd")


def rumour(**fields: Any) -> Gossip:
    return Gossip(**{"content": "Gold in the hills", "category": "money", **fields})


async def stored(game: Game, document: Any) -> dict[str, Any]:
    found = await game.database[document.collection_name()].find_one({"_id": document.id})
    assert found is not None
    raw: dict[str, Any] = found
    return raw


async def test_an_inserted_document_is_stored_under_its_stored_names(game: Game) -> None:
    character = await jane(gang_id=ID).insert()
    raw = await stored(game, character)
    assert raw == character.to_mongo()
    assert raw["currentLocationId"] == ID
    assert raw["__v"] == 0
    assert "revisionId" not in raw
    assert "revision_id" not in raw


async def test_what_was_inserted_is_loaded_equal(game: Game) -> None:
    character = await jane().insert()
    assert await Character.get(character.id) == character
    assert await Character.get(str(character.id)) == character
    assert await Character.load_one({"name": "Jane"}) == character
    assert await Character.load_many({"name": "Jane"}, limit=5) == [character]
    assert await Character.find_one(Character.name == "Jane") == character
    assert await Character.find(Character.level >= 1).sort("-level").to_list() == [character]
    assert [found async for found in Character.find({"name": "Jane"})] == [character]


async def test_what_is_not_there_is_none(game: Game) -> None:
    assert await Character.get(ID) is None
    assert await Character.get("no id at all") is None
    assert await Quest.get("no-such-quest") is None
    assert await Character.find_one({"name": "Nobody"}) is None
    assert await Character.load_one({"name": "Nobody"}) is None


async def test_a_code_is_an_id(game: Game) -> None:
    quest = await Quest(id="first-blood", name="First blood").insert()
    assert await Quest.get("first-blood") == quest


async def test_the_same_id_cannot_be_inserted_twice(game: Game) -> None:
    gossip = await rumour().insert()
    with pytest.raises(DuplicateKeyError):
        await rumour(id=gossip.id).insert()


async def test_beanies_find_is_as_lossless_as_the_fast_path(game: Game) -> None:
    raw = {"_id": ID, "content": "x", "spreadCount": 3.0, "version": Int64(4), "hat": {"a": None}}
    await game.database["gossips"].insert_one(dict(raw))
    for gossip in (
        await Gossip.find_one({"_id": ID}),
        (await Gossip.find({"_id": ID}).to_list())[0],
        await Gossip.find({"_id": ID}).first_or_none(),
        await Gossip.get(ID),
    ):
        assert gossip is not None
        assert isinstance(gossip.spread_count, WholeDouble)
        assert gossip.to_mongo() == raw


async def test_many_documents_are_inserted_at_once(game: Game) -> None:
    batch = [rumour(version=number) for number in range(1, 4)]
    await Gossip.insert_many(batch)
    found = await Gossip.load_many({}, limit=10, sort=[("version", -1)])
    assert found == batch[::-1]
    assert await Gossip.find_all().count() == 3
    batch[0].version = 9
    await batch[0].save()
    assert (await stored(game, batch[0]))["version"] == 9


async def test_saving_a_new_document_inserts_it(game: Game) -> None:
    gossip = await rumour().save()
    assert (await stored(game, gossip))["__v"] == 0


async def test_a_save_writes_what_changed_and_raises_the_version(game: Game) -> None:
    gossip = await rumour(origin_character_id=ID).insert()
    gossip.version = 2
    gossip.origin_character_id = None
    await gossip.save()
    raw = await stored(game, gossip)
    assert raw["version"] == 2
    assert raw["originCharacterId"] is None
    assert raw["__v"] == 1
    gossip.version = 3
    await gossip.save()
    assert (await stored(game, gossip))["__v"] == 2


async def test_a_save_without_changes_writes_nothing(game: Game) -> None:
    gossip = await rumour().insert()
    await gossip.save()
    assert (await stored(game, gossip))["__v"] == 0


async def test_of_two_who_saved_the_same_version_the_second_is_told(game: Game) -> None:
    gossip = await rumour().insert()
    mine, yours = await Gossip.get(gossip.id), await Gossip.get(gossip.id)
    assert mine is not None
    assert yours is not None
    mine.content, yours.content = "mine", "yours"
    await mine.save()
    with pytest.raises(StaleDocument) as refused:
        await yours.save()
    assert refused.value.status == 409
    assert refused.value.facts == {"document": "Gossip", "id": str(gossip.id)}
    assert (await stored(game, gossip))["content"] == "mine"
    again = await Gossip.get(gossip.id)
    assert again is not None
    again.content = "yours"
    await again.save()
    assert (await stored(game, gossip))["__v"] == 2


async def test_saving_a_deleted_document_is_refused_and_does_not_bring_it_back(game: Game) -> None:
    gossip = await rumour().insert()
    await game.database["gossips"].delete_one({"_id": gossip.id})
    gossip.content = "late"
    with pytest.raises(StaleDocument):
        await gossip.save()
    assert await Gossip.get(gossip.id) is None


async def test_a_document_that_has_no_version_is_saved_and_gets_one(game: Game) -> None:
    await game.database["gossips"].insert_one({"_id": ID, "content": "old"})
    first, second = await Gossip.get(ID), await Gossip.get(ID)
    assert first is not None
    assert second is not None
    first.content = second.content = "new"
    await first.save()
    assert await game.database["gossips"].find_one() == {"_id": ID, "content": "new", "__v": 1}
    with pytest.raises(StaleDocument):
        await second.save()


async def test_a_save_leaves_alone_what_a_command_changed_meanwhile(game: Game) -> None:
    character = await jane().insert()
    await game.database["characters"].update_one({"_id": character.id}, {"$inc": {"dollars": 50}})
    character.name = "Jane Doe"
    await character.save()
    raw = await stored(game, character)
    assert (raw["name"], raw["dollars"]) == ("Jane Doe", 50)


async def test_changes_inside_lists_maps_and_unknown_fields_are_saved(game: Game) -> None:
    raw = {
        "_id": ID, "bids": [{"bidderId": ID, "amount": 5.0, "note": "first"}], "hat": {"a": [1]},
        "isAuction": True,
    }  # fmt: skip
    await game.database["marketlistings"].insert_one(dict(raw))
    listing = await MarketListing.get(ID)
    assert listing is not None
    listing.bids[0].amount += 1
    listing.hat["a"].append(True)  # type: ignore[attr-defined]
    await listing.save()
    assert await game.database["marketlistings"].find_one() == {
        **raw,
        "bids": [{"bidderId": ID, "amount": 6, "note": "first"}],
        "hat": {"a": [1, True]},
        "__v": 1,
    }


async def test_one_and_true_are_different_values_to_save(game: Game) -> None:
    await game.database["gossips"].insert_one({"_id": ID, "flag": 1})
    gossip = await Gossip.get(ID)
    assert gossip is not None
    gossip.flag = True  # type: ignore[attr-defined]
    await gossip.save()
    found = await game.database["gossips"].find_one()
    assert found["flag"] is True


async def test_a_removed_unknown_field_is_removed_from_the_database(game: Game) -> None:
    await game.database["gossips"].insert_one({"_id": ID, "hat": 1, "boots": 2})
    gossip = await Gossip.get(ID)
    assert gossip is not None
    del gossip.hat  # type: ignore[attr-defined]
    await gossip.save()
    assert await game.database["gossips"].find_one() == {"_id": ID, "boots": 2, "__v": 1}


@pytest.mark.parametrize("name", ["on.top", "$top", ""])
async def test_a_name_that_an_update_takes_for_something_else_is_refused_before_it_is_sent(
    game: Game, name: str
) -> None:
    raw = {"_id": ID, "content": "x", name: {"in.side": 1, "$side": 2}}
    await game.database["gossips"].insert_one(dict(raw))
    gossip = await Gossip.get(ID)
    assert gossip is not None
    gossip.content = "y"
    await gossip.save()
    changed = {**raw, "content": "y", "__v": 1}
    assert await game.database["gossips"].find_one() == changed
    setattr(gossip, name, 3)
    with pytest.raises(InvalidInput, match="cannot change a field"):
        await gossip.save()
    delattr(gossip, name)
    with pytest.raises(InvalidInput, match="cannot change a field"):
        await gossip.save()
    assert await game.database["gossips"].find_one() == changed


async def test_names_inside_of_a_field_may_be_any(game: Game) -> None:
    gossip = await rumour(hat={"a.b": 1, "$c": 2}).insert()
    gossip.hat["$c"] = {"": 3}  # type: ignore[attr-defined]
    await gossip.save()
    assert (await stored(game, gossip))["hat"] == {"a.b": 1, "$c": {"": 3}}


async def test_a_client_that_makes_its_own_objects_of_values_changes_none(game: Game) -> None:
    await game.database["gossips"].insert_one({"_id": ID, "hat": [Binary(b"x" * 16, 4)]})
    before = await game.database["gossips"].find_one()
    client = driver.make_client(embedded(game).url, uuidRepresentation="standard")
    async with desperados.connect(client=client) as other:
        with other.active():
            gossip = await Gossip.get(ID)
            assert gossip is not None
            assert gossip.hat == [uuid.UUID(bytes=b"x" * 16)]  # type: ignore[attr-defined]
            gossip.hat.append(1)  # type: ignore[attr-defined]
            await gossip.save()
    await driver.close_client(client)
    assert await game.database["gossips"].find_one() == {
        "_id": ID, "hat": [*before["hat"], 1], "__v": 1
    }  # fmt: skip


async def test_update_operators_apply_and_are_taken_over(game: Game) -> None:
    gossip = await rumour().insert()
    await gossip.update(Inc({Gossip.spread_count: 2}), Set({Gossip.content: "new"}))
    await gossip.set({Gossip.about_character_id: ID})
    await gossip.inc({Gossip.version: 1})
    assert (gossip.spread_count, gossip.content, gossip.about_character_id) == (2, "new", ID)
    assert gossip == await Gossip.get(gossip.id)
    assert (await stored(game, gossip))["version"] == 2
    assert "originCharacterId" not in gossip.to_mongo()


async def test_replace_stores_the_whole_document(game: Game) -> None:
    gossip = await rumour().insert()
    gossip.content = "whole"
    await gossip.replace()
    assert (await stored(game, gossip))["content"] == "whole"
    await gossip.delete()
    with pytest.raises(NotFound):
        await gossip.replace()


async def test_sync_drops_what_was_not_saved(game: Game) -> None:
    gossip = await rumour().insert()
    await game.database["gossips"].update_one({"_id": gossip.id}, {"$set": {"spreadCount": 8}})
    gossip.content = "unsaved"
    await gossip.sync()
    assert (gossip.content, gossip.spread_count) == ("Gold in the hills", 8)
    await gossip.delete()
    with pytest.raises(NotFound):
        await gossip.sync()


async def test_beanies_updates_deletes_and_bulk_writers_work(game: Game) -> None:
    async with Gossip.bulk_writer() as bulk:
        await Gossip.insert_one(rumour(version=1), bulk_writer=bulk)
        await Gossip.insert_one(rumour(version=2), bulk_writer=bulk)
    await Gossip.find(Gossip.version == 2).update(Set({Gossip.content: "two"}))
    assert sorted([g.content for g in await Gossip.find_all().to_list()]) == [
        "Gold in the hills",
        "two",
    ]
    assert await Gossip.find(Gossip.version == 1).sum(Gossip.version) == 1
    await Gossip.find(Gossip.version == 2).delete()
    assert await Gossip.count() == 1
    for raw in await game.database["gossips"].find().to_list(5):
        assert raw["__v"] == 0
        assert "originCharacterId" not in raw


async def test_every_write_of_a_document_belongs_to_the_open_transaction(game: Game) -> None:
    gossip = await rumour().insert()
    before = await stored(game, gossip)
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await jane().insert()
            await Gossip.insert_many([rumour(), rumour()])
            await gossip.set({Gossip.content: "rumour of a rumour"})
            gossip.version = 7
            await gossip.save()
            await Gossip.find(Gossip.version == 7).update(Set({Gossip.category: "none"}))
            found = await Gossip.find_one(Gossip.version == 7)
            assert found is not None
            assert found.category == "none"
            assert await Gossip.find_all().count() == 3
            raise ZeroDivisionError
    assert await stored(game, gossip) == before
    assert await Gossip.count() == 1
    assert await Character.count() == 0


async def test_two_games_in_one_process_keep_their_documents_apart(game: Game) -> None:
    await rumour(content="first").insert()
    async with open_game() as other:
        await rumour(content="second").insert()
        assert [g.content for g in await Gossip.load_many({}, limit=5)] == ["second"]
        with game.active():
            assert [g.content for g in await Gossip.find_all().to_list()] == ["first"]
        assert await other.database["gossips"].count_documents({}) == 1
    assert [g.content for g in await Gossip.load_many({}, limit=5)] == ["first"]


async def test_a_class_that_is_made_while_a_game_is_open_has_all_its_fields(game: Game) -> None:
    class Latecomer(Document):
        name: str

        class Settings:
            name = "latecomers"

    late = await Latecomer(name="Late").insert()
    assert await Latecomer.get(late.id) == late
