"""Commands: exactly once for each key."""

import asyncio
from typing import Any

import pytest
from bson import ObjectId

from desperados.engine.commands import command, repeated
from desperados.engine.errors import Conflict, InvalidInput, KeyReused, NotFound
from desperados.engine.game import Game, current_game
from desperados.engine.idempotency import ClientKey
from desperados.engine.transactions import transaction
from desperados.engine.views import Id, View


class Note(View):
    id: Id
    note_text: str


@command
async def take_note(actor: ObjectId, text: str, *, key: str | None = None) -> Note:
    """Write a note."""
    if text == "refused":
        raise Conflict("not that")
    note = Note(id=ObjectId(), note_text=text)
    await current_game().collection("notes").insert_one({"_id": note.id, "text": text})
    return note


ACTOR = ObjectId()


async def notes(game: Game) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await game.database["notes"].find({}).to_list(None)
    return found


async def test_without_a_key_each_call_is_its_own(game: Game) -> None:
    assert await take_note(ACTOR, "a") != await take_note(ACTOR, "a")
    assert len(await notes(game)) == 2


async def test_the_same_key_gives_the_first_answer_and_one_effect(game: Game) -> None:
    first = await take_note(ACTOR, "a", key="k")
    assert await take_note(ACTOR, "a", key="k") == first
    assert len(await notes(game)) == 1


async def test_fifty_at_once_with_one_key_have_one_effect_and_one_answer(game: Game) -> None:
    answers = await asyncio.gather(*(take_note(ACTOR, "a", key="k") for _ in range(50)))
    assert len({answer.id for answer in answers}) == 1
    assert len(await notes(game)) == 1


async def test_the_same_key_with_another_request_is_refused(game: Game) -> None:
    await take_note(ACTOR, "a", key="k")
    with pytest.raises(KeyReused) as caught:
        await take_note(ACTOR, "b", key="k")
    assert caught.value.status == 409
    assert len(await notes(game)) == 1


async def test_a_key_belongs_to_who_acts(game: Game) -> None:
    await take_note(ACTOR, "a", key="k")
    await take_note(ObjectId(), "b", key="k")
    assert len(await notes(game)) == 2


async def test_a_refusal_leaves_the_key_free(game: Game) -> None:
    with pytest.raises(Conflict):
        await take_note(ACTOR, "refused", key="k")
    await take_note(ACTOR, "a", key="k")
    assert len(await notes(game)) == 1


async def test_the_record_of_a_key_is_stored_with_the_effect_or_not_at_all(game: Game) -> None:
    with pytest.raises(RuntimeError):
        async with transaction():
            await take_note(ACTOR, "a", key="k")
            raise RuntimeError
    assert await notes(game) == []
    assert await game.database["commandrecords"].count_documents({}) == 0


async def test_the_record_expires(game: Game) -> None:
    await take_note(ACTOR, "a", key="k")
    record = await game.database["commandrecords"].find_one({"_id": f"{ACTOR}:k"})
    assert (record["expiresAt"] - record["createdAt"]).days == game.settings.command_record_days


@pytest.mark.parametrize("key", ["", "x" * 201, "line\nbreak", "\x00"])
async def test_a_key_that_is_no_key_is_refused(game: Game, key: str) -> None:
    with pytest.raises(InvalidInput):
        await take_note(ACTOR, "a", key=key)
    assert await notes(game) == []


async def test_a_nested_key_gives_the_first_answer(game: Game) -> None:
    first = await take_note(ACTOR, "a", key="k")
    async with transaction():
        assert await take_note(ACTOR, "a", key="k") == first
        await take_note(ACTOR, "b", key="another")
    assert [note["text"] for note in await notes(game)] == ["a", "b"]


async def test_a_nested_key_is_one_note_within_one_transaction(game: Game) -> None:
    async with transaction():
        first = await take_note(ACTOR, "a", key="k")
        assert await take_note(ACTOR, "a", key="k") == first
    assert len(await notes(game)) == 1


async def test_a_nested_key_with_another_request_is_refused_and_spoils_nothing(game: Game) -> None:
    await take_note(ACTOR, "a", key="k")
    async with transaction():
        await take_note(ACTOR, "b", key="another")
        with pytest.raises(KeyReused):
            await take_note(ACTOR, "c", key="k")
    assert [note["text"] for note in await notes(game)] == ["a", "b"]


async def test_nested_keys_at_once_have_one_effect_and_one_answer(game: Game) -> None:
    @command
    async def outer(actor: ObjectId, turn: int) -> Note:
        """Do something of one's own, and what all do once."""
        await game.collection("turns").insert_one({"_id": turn})
        return await take_note(actor, "a", key="k")

    answers = await asyncio.gather(*(outer(ACTOR, turn) for turn in range(20)))
    assert len({answer.id for answer in answers}) == 1
    assert len(await notes(game)) == 1
    assert await game.database["turns"].count_documents({}) == 20


async def test_keys_of_clients_and_of_the_server_never_meet(game: Game) -> None:
    await take_note(ACTOR, "the server's", key="k")
    theirs = await take_note(ACTOR, "a client's", key=ClientKey("k"))
    assert await take_note(ACTOR, "a client's", key=ClientKey("k")) == theirs
    assert [note["text"] for note in await notes(game)] == ["the server's", "a client's"]


async def test_what_was_done_once_is_answered_even_where_it_would_be_refused_now(
    game: Game,
) -> None:
    @command
    async def tear_up(actor: ObjectId, note: ObjectId, *, key: str | None = None) -> None:
        """Destroy a note."""
        found = await game.collection("notes").find_one({"_id": note})
        if found is None:
            raise NotFound("no such note")
        await game.collection("notes").delete_one({"_id": note})

    note = (await take_note(ACTOR, "a")).id
    await tear_up(ACTOR, note, key="k")
    await tear_up(ACTOR, note, key="k")
    async with transaction():
        await tear_up(ACTOR, note, key="k")
    with pytest.raises(NotFound):
        await tear_up(ACTOR, note, key="another")
    given = {"actor": ACTOR, "note": note}
    await repeated(tear_up, {**given, "key": "k"}, otherwise=NotFound("never"))
    with pytest.raises(NotFound, match="never"):
        await repeated(tear_up, {**given, "key": "another"}, otherwise=NotFound("never"))
    with pytest.raises(KeyReused):
        await repeated(tear_up, {**given, "note": ACTOR, "key": "k"}, otherwise=NotFound())
