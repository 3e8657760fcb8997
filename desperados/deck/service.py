"""Deeds that cards decide, and practice: begun, played, given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from bson import ObjectId
from pydantic import Field

from desperados.characters.participant import load_participant
from desperados.deck.actions import ActionType, find_action
from desperados.deck.documents import Suit
from desperados.deck.errors import ActionNotFound
from desperados.deck.hands import skill_for
from desperados.deck.sessions import ACTION, DECK_GAME, PRACTICE, begin, tell, terms_of
from desperados.deck.staking.stakes import Stake
from desperados.deck.views import DeckGameView
from desperados.engine.allowances import Limit, read_usage
from desperados.engine.commands import command
from desperados.play.shapes import games

ActionCode = Annotated[str, Field(min_length=1, max_length=100, examples=["bar_brawl"])]
StakeAmount = Annotated[int, Field(ge=10, le=10_000, examples=[50])]
MoveName = Annotated[str, Field(min_length=1, max_length=40, examples=["draw"])]
CardNumber = Annotated[int, Field(ge=0, le=9)]
CardNumbers = Annotated[list[CardNumber], Field(max_length=10, examples=[[0, 2]])]
Version = Annotated[int, Field(ge=0, le=10_000, examples=[0])]
Grade = Annotated[int, Field(ge=1, le=5, examples=[1])]
GameName = Literal["poker", "press_your_luck", "blackjack", "deckbuilder"]

PRACTICE_LIMIT = Limit("practice", 10, timedelta(hours=1))
PRACTICE_SUIT = {
    "poker": Suit.CLUBS,
    "press_your_luck": Suit.SPADES,
    "blackjack": Suit.HEARTS,
    "deckbuilder": Suit.DIAMONDS,
}


@command
async def start_action(
    actor: ObjectId, action: ActionCode, stake: StakeAmount | None = None, *, key: str | None = None
) -> DeckGameView:
    """Begin a deed that cards decide: a fight, a talk, a piece of work. Crimes have ways of their
    own.

    What it costs is taken now, whatever comes of it. A stake, in dollars, comes back with what the
    game says it wins, or is lost.

    Raises:
        ActionNotFound: there is no such deed, or it is a crime or a job.
        NotDoneHere: it is done at other places.
        RequirementUnmet: the place is closed, or something that the deed asks for is missing.
        RateLimited: it was done a while ago only.
        InvalidStake: nobody stakes this much at this level.
        NotEnoughEnergy: the character has less than it costs.
        InsufficientFunds: it carries less than the stake.
        CharacterUnavailable: the character is dead, held, or at something else.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    found = await find_action(action)
    if found.type is ActionType.CRIME:
        raise ActionNotFound(path="action")
    who = await load_participant(actor)
    return await begin(
        who, found, purpose=ACTION, stake=Stake(stake) if stake is not None else None
    )


@command
async def practice_game(
    actor: ObjectId, game: GameName, grade: Grade = 1, *, key: str | None = None
) -> DeckGameView:
    """Play a game for its own sake, ten times an hour. It costs nothing and brings nothing.

    Raises:
        RateLimited: ten games were begun within the hour.
        CharacterUnavailable: the character is dead, held, or at something else.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    who = await load_participant(actor)
    who.must_be_idle()
    usage = await read_usage((PRACTICE_LIMIT, actor))
    usage.use(PRACTICE_LIMIT, actor)
    suit = PRACTICE_SUIT[game]
    terms = terms_of(game, suit, skill_for(who, suit), grade)
    opened = await games.open_game(DECK_GAME, [actor], purpose=PRACTICE, terms=terms)
    usage.write()
    return await tell(opened)


@command
async def play(
    actor: ObjectId,
    game_id: ObjectId,
    move: MoveName,
    version: Version,
    cards: CardNumbers | None = None,
    *,
    key: str | None = None,
) -> DeckGameView:
    """Make a move in a deck game, whatever it is played for. ``version`` is the one that was seen;
    ``cards`` are the places in the hand, from 0, of the cards that the move is about.

    Raises:
        GameNotFound: there is no such game, or it is somebody else's.
        GameOver: the game has ended.
        GameMoved: it has gone on since ``version``, perhaps by the clock.
        IllegalMove: the rules do not allow the move.
        CharacterUnavailable: the character cannot play in its condition; the clock moves for it.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    about = {} if cards is None else {"cards": list(cards)}
    game = await games.move(DECK_GAME, actor, game_id, move, version=version, about=about)
    return await tell(game)
