"""Indexes: how they are declared, when they are created, and how differences are found."""

import asyncio
from typing import Any

import pytest

from desperados.accounts.documents import User
from desperados.assembly.documents import documents
from desperados.engine.errors import ConfigurationError
from desperados.engine.game import Game
from desperados.engine.storage.documents import (
    ensure_indexes,
    index,
    index_differences,
    ttl,
    unique,
)
from desperados.engine.storage.index_texts import described
from desperados.engine.storage.indexes import METADATA, compared, fingerprint
from tests.documents.test_documents import jane


def test_declarations_have_mongodbs_own_names() -> None:
    assert index("a", "-b").document["name"] == "a_1_b_-1"
    assert dict(index("a", "-b").document["key"]) == {"a": 1, "b": -1}


def test_unique_partial_and_expiring_indexes_are_told() -> None:
    declared = unique("a", where={"a": {"$type": "string"}}).document
    assert declared["unique"] is True
    assert declared["partialFilterExpression"] == {"a": {"$type": "string"}}
    assert ttl("expiresAt").document["expireAfterSeconds"] == 0
    assert ttl("at", seconds=60).document["expireAfterSeconds"] == 60


def test_the_fingerprint_changes_with_any_option() -> None:
    variants: list[dict[str, Any]] = [
        {"a": [index("x")]},
        {"b": [index("x")]},
        {"a": [index("-x")]},
        {"a": [unique("x")]},
        {"a": [ttl("x")]},
        {"a": [ttl("x", 5)]},
        {"a": [unique("x", where={"x": {"$gt": 1}})]},
        {"a": []},
    ]
    assert len({fingerprint(variant) for variant in variants}) == len(variants)
    assert fingerprint({"a": [index("x")]}) == fingerprint({"a": [index("x")]})


async def test_what_is_as_declared_costs_no_round_trip_per_collection(game: Game) -> None:
    assert await ensure_indexes(game.database, documents().values()) == 0


async def test_a_dropped_index_is_found_and_created_again_when_compared(game: Game) -> None:
    await game.database["users"].drop_index("email_1")
    (difference,) = await index_differences(game.database, documents().values())
    assert difference.collection == "users"
    assert [d["name"] for d in difference.missing] == ["email_1"]
    assert not difference.extra
    assert not difference.changed
    assert await ensure_indexes(game.database, documents().values(), compare=True) > 0
    assert await index_differences(game.database, documents().values()) == []


async def test_an_index_that_nobody_declared_is_found_and_left_alone(game: Game) -> None:
    await game.database["users"].create_index("lastLogin")
    await ensure_indexes(game.database, documents().values(), compare=True)
    (difference,) = await index_differences(game.database, documents().values())
    assert [e["name"] for e in difference.extra] == ["lastLogin_1"]


async def test_an_index_with_other_options_is_found_and_not_replaced_silently(game: Game) -> None:
    await game.database["users"].drop_index("email_1")
    await game.database["users"].create_index("email")
    (difference,) = await index_differences(game.database, documents().values())
    ((declared, actual),) = difference.changed
    assert declared["unique"]
    assert not actual.get("unique")
    with pytest.raises(ConfigurationError) as refused:
        await ensure_indexes(game.database, [User], compare=True)
    assert refused.value.facts == {"collection": "users"}
    assert refused.value.message == (
        "The index email_1 of users is on email; this version declares it on email, unique. "
        "`desperados migrate up` makes it anew, and `desperados migrate status` shows what that "
        "would do."
    )


async def test_a_refused_index_leaves_nothing_under_way(game: Game) -> None:
    await game.database["users"].drop_index("email_1")
    await game.database["users"].create_index("email")
    with pytest.raises(ConfigurationError):
        await ensure_indexes(game.database, documents().values(), compare=True)
    assert not [task for task in asyncio.all_tasks() if "ensure_indexes" in repr(task)]


async def test_an_index_that_is_there_under_another_name_does_as_well(game: Game) -> None:
    users = game.database["users"]
    await users.drop_index("email_1")
    await users.drop_index("username_1")
    await users.create_index("email", unique=True, name="email_unique")
    assert await ensure_indexes(game.database, [User], compare=True) == 1
    assert {"email_unique", "username_1"} <= set(await users.index_information())
    assert await index_differences(game.database, [User]) == []


def test_an_index_is_told_in_words() -> None:
    told = {"key": [("a", 1), ("b", -1)], "sparse": True, "collation": {"locale": "en"}}
    assert described(told) == "on a, -b, sparse, with the collation en"
    assert described(unique("a", where={"n": {"$type": "number"}}).document) == (
        'on a, unique, only where {"n": {"$type": "number"}}'
    )
    assert described({"key": {"_fts": "text", "_ftsx": 1}}) == "on _fts, _ftsx"


def test_indexes_of_other_kinds_are_compared_as_they_are() -> None:
    found = compared("users", [], {"t": {"name": "t", "key": [("place", "2dsphere")]}})
    assert [index["name"] for index in found.extra] == ["t"]
    other = {"name": "a_1", "key": [("a", "hashed")]}
    assert len(compared("users", [index("a")], {"a_1": other}).changed) == 1


async def test_data_that_is_not_unique_stops_the_creation_with_its_collection(game: Game) -> None:
    await game.database["characters"].drop_index("name_1")
    await jane().insert()
    await jane().insert()
    with pytest.raises(
        ConfigurationError,
        match=r'name_1 of characters cannot be created: more than one document has {"name": "',
    ):
        await ensure_indexes(game.database, documents().values(), compare=True)


async def test_rows_without_a_folded_name_do_not_meet(game: Game) -> None:
    await game.database["characters"].insert_many([{"name": "A"}, {"name": "B"}])
    await game.database["characters"].insert_many(
        [{"name": "C", "nameFolded": None}, {"name": "D", "nameFolded": None}]
    )
    assert await game.database["characters"].count_documents({}) == 4


async def test_the_fingerprint_is_kept_in_one_small_collection(game: Game) -> None:
    assert await game.database[METADATA].count_documents({}) == 1
