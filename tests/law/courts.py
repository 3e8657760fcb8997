"""What play does with the law's verdicts, for tests of the law alone: read, decide, write."""

from typing import Any

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.storage.reads import together
from desperados.engine.transactions import transactional
from desperados.law.consequences import Charges, Verdict, follow
from desperados.law.jails import jail_near
from desperados.law.releasing import take
from desperados.law.rows import LawRows


@transactional
async def charge(character: ObjectId, purse: int = 0, **charges: Any) -> Verdict:
    """Bring a character before the law; the fine is only counted."""
    person = await load_participant(character)
    rows = LawRows([character])
    await together(itself(person), *rows.reads)
    jail = await jail_near(person.location_id)
    verdict = follow(
        person,
        rows.of(character),
        Charges(**charges),
        clock.now(),
        purse=purse,
        jail=jail.id if jail else None,
    )
    take(person, verdict.change, clock.now())
    return verdict


async def stored(game: Game, character: ObjectId) -> dict[str, Any]:
    """The character as stored."""
    found: dict[str, Any] = await game.database["characters"].find_one({"_id": character})
    return found


async def sentences(game: Game, character: ObjectId) -> list[dict[str, Any]]:
    """The sentences of a character, as stored."""
    rows: list[dict[str, Any]] = await (
        game.database["jailsentences"].find({"characterId": character}).to_list(None)
    )
    return rows


async def prices(game: Game, character: ObjectId, status: str = "active") -> list[dict[str, Any]]:
    """The prices on a head with this status, as stored."""
    rows: list[dict[str, Any]] = await (
        game.database["bounties"].find({"characterId": character, "status": status}).to_list(None)
    )
    return rows
