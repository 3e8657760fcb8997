"""Proofs: the hash before, the seed after, and the whole game again from there."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

import desperados
from desperados.cli import verify
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import InvalidInput
from desperados.engine.work import Jobs
from desperados.play import game_proof
from desperados.play.proofs import GameProof, find_proof, problems_of
from desperados.play.shapes.errors import GameNotFound, GameRunning
from desperados.testing import World
from tests.play import parlour as rooms
from tests.play.parlour import (
    GUESSES,
    JOBS,
    PIGS,
    Pig,
    choose,
    open_guess,
    open_pig,
    play_pig,
)

LUCKY = "04" * 32


async def played(world: World) -> GameProof:
    """The proof of a game with moves of its player, and one of the clock."""
    jane = await world.character()
    pig = await open_pig(jane)
    hashed = hashlib.sha256(bytes.fromhex(LUCKY)).hexdigest()
    known = {"$set": {"seed": LUCKY, "seedHash": hashed}}
    await Pig.collection().update_one({"_id": pig.id}, known)
    await play_pig(jane, pig.id, "roll", 0, 3)
    await play_pig(jane, pig.id, "roll", 1, 1)
    await play_pig(jane, pig.id, "stop", 2)
    return await game_proof("pig", pig.id)


async def test_the_hash_is_told_from_the_start_and_the_seed_after_the_end(parlour: World) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    before = await game_proof("pig", pig.id)
    told = {name for name, value in before if value is not None}
    assert told == {"id", "kind", "seed_hash", "started_at"}
    with pytest.raises(GameRunning):
        problems_of(PIGS, before)
    await play_pig(jane, pig.id, "stop", 0)
    after = await game_proof("pig", pig.id)
    assert after.seed is not None
    assert hashlib.sha256(bytes.fromhex(after.seed)).hexdigest() == before.seed_hash
    for kind, which in (("pig", ObjectId()), ("whist", pig.id), ("guess", pig.id)):
        with pytest.raises(GameNotFound):
            await game_proof(kind, which)


async def test_what_was_played_follows_from_the_seed(parlour: World) -> None:
    proof = await played(parlour)
    assert (proof.state, proof.status) == (
        {"total": 11, "rolls": [4, 2, 2, 3], "end": "won"},
        "won",
    )
    assert problems_of(PIGS, proof) == []
    assert problems_of(PIGS, GameProof.model_validate_json(proof.model_dump_json())) == []
    assert await find_proof(proof.id) == proof


async def test_what_the_clock_did_follows_too(parlour: World, time: FrozenClock) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    table = await open_guess(jane, bill)
    await choose(bill, table.id, 5, 0)
    time.advance(60)
    await Jobs(JOBS).run_until_idle()
    assert problems_of(GUESSES, await find_proof(table.id)) == []
    pig = await open_pig(jane)
    time.advance(200)
    await Jobs(JOBS).run_until_idle()
    assert problems_of(PIGS, await find_proof(pig.id)) == []


def _moved(proof: GameProof, number: int, **changed: Any) -> GameProof:
    assert proof.moves is not None
    moves = list(proof.moves)
    moves[number] = moves[number].model_copy(update=changed)
    return proof.model_copy(update={"moves": moves})


FORGERIES: dict[str, tuple[Callable[[GameProof], GameProof], str]] = {
    "another seed": (lambda p: p.model_copy(update={"seed": "05" * 32}), "SHA-256"),
    "no seed": (lambda p: p.model_copy(update={"seed": "luck"}), "hexadecimal"),
    "another status": (lambda p: p.model_copy(update={"status": "lost"}), "not to lost"),
    "another count": (lambda p: p.model_copy(update={"drawn": 3}), "not 3"),
    "another state": (
        lambda p: p.model_copy(update={"state": {**(p.state or {}), "total": 12}}),
        "another state",
    ),
    "another move": (lambda p: _moved(p, 0, about={"times": 2}), "another state"),
    "an illegal move": (lambda p: _moved(p, 0, name="fly"), "cannot be played again"),
    "a late move": (
        lambda p: _moved(p, 1, at=p.started_at + timedelta(seconds=30)),
        "after its time",
    ),
    "a false clock": (lambda p: _moved(p, 2, auto=True), "not what the clock does"),
    "a move after the end": (
        lambda p: p.model_copy(update={"moves": [*(p.moves or ()), (p.moves or [None])[0]]}),
        "over",
    ),
    "an end too early": (
        lambda p: p.model_copy(update={"moves": (p.moves or [])[:2]}),
        "no end",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_what_was_changed_afterwards_is_seen(parlour: World, name: str) -> None:
    forge, said = FORGERIES[name]
    problems = problems_of(PIGS, forge(await played(parlour)))
    assert any(said in problem for problem in problems), problems


async def test_the_command_verifies_a_file_and_says_what_is_off(
    parlour: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(verify, "registered", lambda: rooms.REGISTERED)
    proof = await played(parlour)
    file = tmp_path / "proof.json"
    file.write_text(proof.model_dump_json(by_alias=True))
    assert verify.verify_file(file) == 0
    assert "follows from its seed: 3 moves" in capsys.readouterr().out
    file.write_text(FORGERIES["another seed"][0](proof).model_dump_json(by_alias=True))
    assert verify.verify_file(file) == 1
    assert "SHA-256" in capsys.readouterr().err
    file.write_text("{}")
    with pytest.raises(InvalidInput):
        verify.verify_file(file)


async def test_the_command_verifies_a_game_of_a_world(
    parlour: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "registered", lambda: rooms.REGISTERED)
    monkeypatch.setattr("desperados.assembly.registered.registered", lambda: rooms.REGISTERED)
    proof = await played(parlour)
    row = await parlour.game.database["pigs"].find_one({"_id": proof.id})
    url = f"embedded://{tmp_path}/world.db"
    async with desperados.connect(url) as game:
        await game.database["pigs"].insert_one(row)
    assert await verify.verify_game(url, str(proof.id)) == 0
    async with desperados.connect(url) as game:
        await game.database["pigs"].update_one({"_id": proof.id}, {"$set": {"total": 12}})
    assert await verify.verify_game(url, str(proof.id)) == 1
    with pytest.raises(GameNotFound):
        await verify.verify_game(url, str(ObjectId()))
    with pytest.raises(InvalidInput):
        await verify.verify_game(url, "luck")
