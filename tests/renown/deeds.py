"""What play does with standing and conduct, for tests of renown alone: read, decide, write."""

from typing import Any

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.documents import Character
from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.errors import Contention
from desperados.engine.game import Game
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage, transactional
from desperados.renown.conduct import ConductRows, Deeds
from desperados.renown.standing import Moved, StandingRows


@transactional
async def move(character: ObjectId, reason: str = "a test", **deltas: int) -> Moved:
    """Move the standing of a character with some factions."""
    person = await load_participant(character)
    rows = StandingRows(person, deltas)
    await together(itself(person), *rows.reads)
    moved = rows.moved(person, reason)
    if moved.moves:
        stage(
            StagedUpdate(
                Character.collection_name(),
                {"_id": character},
                {"$set": dict(moved.change.fields)},
                otherwise=Contention(),
            )
        )
    for write in moved.change.writes:
        stage(write)
    return moved


@transactional
async def do(character: ObjectId, *actions: str) -> Deeds:
    """Let a character do some deeds."""
    person = await load_participant(character)
    rows = ConductRows([character])
    await together(itself(person), *rows.reads)
    deeds = rows.weighed(person, actions, clock.now())
    for write in deeds.change.writes:
        stage(write)
    return deeds


async def rows_of(game: Game, collection: str, character: ObjectId) -> list[dict[str, Any]]:
    """What a collection has on a character, in the order in which it came."""
    found: dict[str, Any] = {"characterId": character}
    rows: list[dict[str, Any]] = (
        await game.database[collection].find(found).sort("_id", 1).to_list(None)
    )
    return rows
