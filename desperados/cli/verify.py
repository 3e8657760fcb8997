"""``desperados verify``: whether a game followed from its seed."""

from __future__ import annotations

from pathlib import Path

from bson import ObjectId
from pydantic import ValidationError

import desperados
from desperados.assembly.registered import registered
from desperados.cli.console import errors, output
from desperados.cli.exits import DONE, NOT_IN_ORDER
from desperados.engine.errors import InvalidInput
from desperados.play.proofs import GameProof, find_proof, problems_of
from desperados.play.shapes.errors import GameNotFound


async def verify_game(url: str | None, game_id: str) -> int:
    """Verify a game of the world at ``url``."""
    if not ObjectId.is_valid(game_id):
        raise InvalidInput("This is neither the id of a game nor a file.", path="game")
    async with desperados.connect(url):
        proof = await find_proof(ObjectId(game_id))
    return _verify(proof)


def verify_file(path: Path) -> int:
    """Verify a proof that was kept as JSON; no database is needed."""
    try:
        proof = GameProof.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InvalidInput(f"{path} holds no proof of a game.", path="game") from error
    return _verify(proof)


def _verify(proof: GameProof) -> int:
    kind = registered().games.get(proof.kind)
    if kind is None:
        raise GameNotFound(f"Nobody here knows how {proof.kind!r} is played.")
    problems = problems_of(kind, proof)
    for problem in problems:
        errors.print(problem, style="red")
    if problems:
        return NOT_IN_ORDER
    output.print(
        f"The game {proof.id} follows from its seed: {len(proof.moves or ())} moves, "
        f"{proof.drawn} draws, {proof.status}.",
        style="green",
    )
    return DONE
