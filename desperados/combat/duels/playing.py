"""Playing a duel: a table of two, kept and clocked as all games are."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.condition import Activity
from desperados.characters.participant import Participant
from desperados.combat.duels.documents import Duel, DuelPhase, DuelSession, DuelStatus
from desperados.combat.duels.events import DuelMoved
from desperados.combat.duels.game.table import HAND
from desperados.combat.duels.rules import CHALLENGER, DEFENDER, RULES
from desperados.deck.cards import RANKS
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.play.shapes import games
from desperados.play.shapes.games import GameKind
from desperados.play.shapes.tables import GameView, game_view

PURPOSE = "duel"

MoveName = Annotated[str, Field(min_length=1, max_length=30, examples=["draw"])]
Version = Annotated[int, Field(ge=0, examples=[1])]
Places = Annotated[list[int], Field(max_length=HAND, examples=[[0, 1]])]
Points = Annotated[int, Field(examples=[10])]
Rank = Annotated[int, Field(ge=min(RANKS), le=max(RANKS), examples=[14])]


def _tell(game: DuelSession) -> None:
    """Tell both that the duel has gone on; not with what."""
    players = [seat.character_id for seat in game.seats]
    over = game.settled_at is not None
    event = DuelMoved(
        duel_id=game.id,
        version=game.version,
        phase=game.state["phase"],
        round=game.state["round"],
        in_turn=[] if over else [players[seat] for seat in RULES.turn(game.state)],
        deadline=game.deadline,
    )
    for player in players:
        push(event, to=player)


DUELS = GameKind(
    name="duel",
    document=DuelSession,
    rules=RULES,
    lasts=timedelta(hours=2),
    activity=Activity.FIGHT,
    moved=_tell,
)


async def begin(duel_id: ObjectId, challenger: Participant, defender: Participant) -> GameView:
    """Let two who have agreed sit down, inside the open transaction; returns what the defender
    sees.

    Raises:
        CharacterBusy: one of the two is busy with something else.
    """
    now = clock.now()
    game = await games.open_game(
        DUELS,
        [challenger.id, defender.id],
        purpose=PURPOSE,
        ref_id=duel_id,
        terms={"skills": [_skills(challenger), _skills(defender)], "at": int(now.timestamp())},
        id=duel_id,
        duel_id=duel_id,
        last_heartbeat=now,
    )
    return game_view(DUELS, game, DEFENDER)


@command
async def play_duel(
    actor: ObjectId,
    duel_id: ObjectId,
    move: MoveName,
    *,
    version: Version,
    cards: Places | None = None,
    amount: Points | None = None,
    rank: Rank | None = None,
    key: str | None = None,
) -> GameView:
    """Make a move in a duel: one of those that ``legal`` names.

    The challenger is first ``ready``. In the selection ``draw`` keeps the places of ``cards`` and
    exchanges the others; ``hold`` says what the clock shall keep, if it comes to that. In betting
    there are ``check``, ``bet`` and ``raise`` (by ``amount`` points), ``call``, ``fold`` and
    ``all_in``, and ``accuse`` of whom one takes for a cheat. Abilities are ``read_opponent``,
    ``stone_face``, ``false_tell``, ``reroll`` (of the one place in ``cards``) and ``palm_card``
    (for a card of ``rank``). ``forfeit`` gives up.

    Raises:
        GameNotFound: there is no such duel, it has not begun, or the character has no part in it.
        CharacterUnavailable: the character cannot play in its condition; the clock moves for it.
        GameOver: the duel has ended.
        GameMoved: it has gone on since ``version``, perhaps by the clock.
        NotYourTurn: it is the other side's turn.
        IllegalMove: the rules do not allow the move.
        KeyReused: the key was used with another request.
    """
    about: dict[str, Any] = {"cards": cards, "amount": amount, "rank": rank}
    sent = {name: value for name, value in about.items() if value is not None}
    game = await games.move(DUELS, actor, duel_id, move, version=version, about=sent)
    _show_life(duel_id)
    if move == "ready" and game.settled_at is None:
        _activate(duel_id)
    seat = CHALLENGER if actor == game.seats[CHALLENGER].character_id else DEFENDER
    return game_view(DUELS, game, seat)


def _show_life(duel_id: ObjectId) -> None:
    """Outcomes: changed; the session does not go before it is settled for a month."""
    stage(
        StagedUpdate(
            DuelSession.collection_name(),
            {"_id": duel_id},
            {"$set": {"lastHeartbeat": clock.now()}},
            otherwise=Contention(retry_after=1),
        )
    )


def _activate(duel_id: ObjectId) -> None:
    """Both are there. Outcomes: changed; not found or a write conflict, when the clock was quicker
    (the transaction runs again)."""
    stage(
        StagedUpdate(
            Duel.collection_name(),
            {"_id": duel_id, "status": DuelStatus.ACCEPTED.value},
            {
                "$set": {
                    "status": DuelStatus.ACTIVE.value,
                    "phase": DuelPhase.PLAYING.value,
                    "startedAt": clock.now(),
                }
            },
            otherwise=Contention(retry_after=1),
        )
    )


def _skills(person: Participant) -> dict[str, int]:
    return {
        "instinct": person.skill("duel_instinct"),
        "deception": person.skill("deception"),
        "sleight": person.skill("sleight_of_hand"),
    }
