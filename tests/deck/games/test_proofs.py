"""Whoever has the proof of a game of cards plays it again, without a database."""

from datetime import timedelta

import pytest
from bson import ObjectId

from desperados.deck.games import RULES
from desperados.engine.storage.fields import Mixed
from desperados.play.proofs import GameProof, ProofMove, problems_of
from desperados.play.seeds import draws_of, hash_of
from desperados.play.shapes.envelopes import SoloGame
from desperados.play.shapes.games import GameKind
from desperados.play.shapes.rules import Move, Play
from tests.deck.games.playing import AT, GAMES, SENSIBLE, Game, terms

SEED = "1876" * 16


class Cards(SoloGame):
    """Where games of cards would lie."""

    state_fields = ("deck", "hand", "state")

    deck: Mixed = None
    hand: Mixed = None
    state: Mixed = None


KIND = GameKind(name="cards", document=Cards, rules=RULES, lasts=timedelta(minutes=15))


def proof_of(game: str, leave_after: int) -> GameProof:
    """The proof of a game in which its player makes some moves, and the clock the others."""
    agreed = terms(game, skill=80, bail_out=True)
    closes = AT + KIND.lasts
    play = Play.begin(RULES, agreed, draws_of(SEED), at=AT, closes_at=closes, most_moves=400)
    at = AT
    while play.verdict is None:
        if play.version < leave_after:
            table = Game(draws_of(SEED), game)
            table.state = play.state
            name, about = SENSIBLE[game](table)
            at += timedelta(seconds=1)
            play.move(Move(0, name, about, at), play.version)
        else:
            at = play.deadline
            play.catch_up(at)
    return GameProof(
        id=ObjectId(),
        kind="cards",
        seed_hash=hash_of(SEED),
        started_at=AT,
        settled_at=at,
        seed=SEED,
        terms=agreed,
        moves=[ProofMove.model_validate(move.stored()) for move in play.made],
        closes_at=closes,
        drawn=play.draws.drawn,
        state=dict(play.state),
        status=play.verdict.status,
    )


@pytest.mark.parametrize("leave_after", [0, 1, 99])
@pytest.mark.parametrize("game", GAMES)
def test_a_finished_game_follows_from_its_seed(game: str, leave_after: int) -> None:
    proof = proof_of(game, leave_after)
    assert problems_of(KIND, GameProof.model_validate_json(proof.model_dump_json())) == []


@pytest.mark.parametrize("game", GAMES)
def test_who_claims_to_have_had_more_skill_is_found_out(game: str) -> None:
    proof = proof_of(game, 99)
    assert proof.terms is not None
    forged = proof.model_copy(update={"terms": {**proof.terms, "skill": 81}})
    assert problems_of(KIND, forged)
