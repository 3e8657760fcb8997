"""Proofs: whether a game that is over followed from its seed, by its rules.

A proof is what anybody may know of a game: at first the hash of its seed, after the end everything
that is needed to play it again. It can be kept as JSON and verified anywhere, without a database.

Limits: what the rules hold back for ever (nothing, as a rule) is told at the end, for without the
state there is nothing to compare. Rules that have changed since come to another end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.errors import GameError
from desperados.engine.game import current_game
from desperados.engine.views import Id, View
from desperados.play.seeds import draws_of, hash_of
from desperados.play.shapes.errors import GameNotFound, GameRunning
from desperados.play.shapes.games import GameKind, state_of
from desperados.play.shapes.rules import Move, Play


class ProofMove(View):
    """A move that was made; ``auto`` says that the clock made it."""

    seat: int
    name: str
    about: dict[str, Any]
    at: datetime
    auto: bool


class GameProof(View):
    """What anybody may know of a game. Until it is over all but the first fields are null."""

    id: Id
    kind: str
    seed_hash: str
    started_at: datetime
    settled_at: datetime | None = None
    seed: str | None = None
    terms: dict[str, Any] | None = None
    moves: list[ProofMove] | None = None
    closes_at: datetime | None = None
    drawn: int | None = None
    state: dict[str, Any] | None = None
    status: str | None = None


async def game_proof(kind: str, game_id: ObjectId) -> GameProof:
    """What anybody may know of a game: the hash of its seed, and after the end the seed and all
    that was done.

    Raises:
        GameNotFound: there is no such game, or no kind of game of this name.
    """
    found = current_game().registered().games.get(kind)
    if found is None:
        raise GameNotFound()
    row = await found.document.collection().find_one({"_id": game_id})
    if row is None or row.get("seedHash") is None:
        raise GameNotFound()
    return _proof(kind, found, row)


async def find_proof(game_id: ObjectId) -> GameProof:
    """The same of a game of any kind: one look into each collection of games.

    Raises:
        GameNotFound: there is no such game.
    """
    for kind in current_game().registered().games:
        try:
            return await game_proof(kind, game_id)
        except GameNotFound:
            continue
    raise GameNotFound()


def problems_of(kind: GameKind[Any], proof: GameProof) -> list[str]:
    """What does not follow in a game that is over, in words; nothing where everything does.

    Raises:
        GameRunning: it is not over.
    """
    if proof.seed is None or proof.moves is None or proof.closes_at is None:
        raise GameRunning()
    try:
        hashed = hash_of(proof.seed)
    except ValueError:
        return ["The seed is no hexadecimal number."]
    if hashed != proof.seed_hash:
        return [f"The seed has the SHA-256 {hashed}, and not the one that was told."]
    try:
        play = _replayed(kind, proof)
    except (GameError, LookupError, TypeError, ValueError) as error:
        return [f"It cannot be played again: {error}"]
    found = []
    if play.verdict is None or play.verdict.status != proof.status:
        came_to = play.verdict.status if play.verdict is not None else "no end"
        found.append(f"Played again it comes to {came_to}, and not to {proof.status}.")
    if play.draws.drawn != proof.drawn:
        found.append(f"Played again it draws {play.draws.drawn} times, and not {proof.drawn}.")
    if _plain(play.state) != _plain(proof.state):
        found.append("Played again it ends in another state than the stored one.")
    return found


def _replayed(kind: GameKind[Any], proof: GameProof) -> Play:
    """The game, played again move by move. The clock's moves must be those of the rules."""
    assert proof.seed is not None
    assert proof.moves is not None
    assert proof.closes_at is not None
    play = Play.begin(
        kind.rules,
        proof.terms or {},
        draws_of(proof.seed),
        at=proof.started_at,
        closes_at=proof.closes_at,
        most_moves=kind.most_moves,
    )
    for number, made in enumerate(proof.moves, start=1):
        if made.auto and (made.name, made.about) != _automatic(kind, play, made.seat):
            raise ValueError(f"move {number} is not what the clock does")
        if not made.auto and made.at >= play.deadline:
            raise ValueError(f"move {number} was made after its time")
        play.move(Move(made.seat, made.name, made.about, made.at, made.auto), play.version)
    if proof.settled_at is not None:
        play.catch_up(proof.settled_at)  # where nothing but its time was left to end it
    return play


def _automatic(kind: GameKind[Any], play: Play, seat: int) -> tuple[str, dict[str, Any]]:
    name, about = kind.rules.auto(play.state, seat)
    return name, dict(about)


def _proof(name: str, kind: GameKind[Any], row: Mapping[str, Any]) -> GameProof:
    told = {"id": row["_id"], "kind": name, "started_at": row["startedAt"]}
    if row.get("settledAt") is None:
        return GameProof(**told, seed_hash=row["seedHash"])
    return GameProof(
        **told,
        seed_hash=row["seedHash"],
        settled_at=row["settledAt"],
        seed=row["seed"],
        terms=row["terms"],
        moves=[ProofMove.model_validate(move) for move in row["moves"]],
        closes_at=row["closesAt"],
        drawn=int(row["drawn"]),
        state=dict(state_of(kind.document, row)),
        status=row["status"],
    )


def _plain(state: Any) -> Any:
    """A state as JSON says it."""
    return json.loads(json.dumps(state, sort_keys=True))
