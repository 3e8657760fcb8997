"""Deck games: opened for a deed by whoever has something to win, and played to their end.

    view = await begin(jane, await find_action("bar_brawl"), purpose="action")   # in a command

What a deed asks for is checked, and its energy, its cooldown and the stake are taken, before the
first card is seen: whoever gives up a bad hand has paid for it. A character plays one game at a
time. The game keeps the deed as it was, and what comes of the end is the purpose's
(``deck.settling.conclude``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.participant import Participant
from desperados.deck.actions import ActionType, PlayedAction, cooldown_of, needs_here
from desperados.deck.collection.decks import deck_of, find_specials, momentum_of
from desperados.deck.documents import ActionDeckSession, ActionResult, CardDeck, Suit
from desperados.deck.events import DeckMoved
from desperados.deck.games import RULES
from desperados.deck.games.terms import MOST_RELIEF
from desperados.deck.hands import skill_for
from desperados.deck.staking.stakes import Stake, take_stake
from desperados.deck.views import DeckGameView, game_view, result_view
from desperados.engine import dice
from desperados.engine.allowances import usage_of
from desperados.engine.ambient import current_transaction
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.reads import together
from desperados.play.outcome import Cost, Deed, Share
from desperados.play.requirements import require
from desperados.play.settle import settle
from desperados.play.shapes import games
from desperados.play.shapes.games import GameKind

ACTION: Final = "action"
PRACTICE: Final = "practice"
"""The purposes of deck games that are this domain's own."""

BEGINNING = Deed(name="deck_game")

DECK_GAME = GameKind(
    name="deck",
    document=ActionDeckSession,
    rules=RULES,
    lasts=timedelta(minutes=15),
)


async def begin(
    who: Participant,
    action: PlayedAction,
    *,
    purpose: str,
    stake: Stake | None = None,
    relief: int = 0,
) -> DeckGameView:
    """Begin the game that decides a deed, inside the open transaction.

    ``relief`` is what the character's own trade lowers the target by, in percent; like that of bad
    luck it is not for games with a stake.

    Raises:
        CharacterUnavailable: the character is dead, held, or at something else.
        NotDoneHere: the deed is done at other places.
        RequirementUnmet: the place is closed, or something that the deed asks for is missing.
        RateLimited: it was done a while ago only.
        InvalidStake: nobody stakes this much at this level, or on this deed.
        NotEnoughEnergy: the character has less than it costs.
        InsufficientFunds: it has less than the stake.
        UnknownPurpose: nobody has registered ``purpose``.
    """
    who.must_be_idle()
    needs = await needs_here(action, who)
    session, skill = dice.new_id(), skill_for(who, action.suit)
    held = take_stake(stake, action, who, skill, session) if stake is not None else None
    limits = cooldown_of(action, who.id)
    deck, usage = deck_of(who.id), usage_of(*limits)
    await together(itself(who), deck, usage)
    for limit, whose in limits:
        usage.result.use(limit, whose)
    await require(who, needs)
    luck = momentum_of(deck.result)
    terms = {
        **terms_of(action.game, action.suit, skill, action.grade),
        "target": action.target,
        "bail_out": action.type is not ActionType.CRIME,
    }
    if held is None:
        lower = min(MOST_RELIEF, luck.relief + relief)
        terms |= {"relief": lower, "specials": await specials_of(deck.result)}
    (given,) = await settle(
        BEGINNING,
        Share(who, cost=Cost(energy=action.energy)),
        reference=session,
        movements=held.movements if held is not None else (),
        opened=held.opened if held is not None else None,
    )
    game = await games.open_game(
        DECK_GAME,
        [who.id],
        purpose=purpose,
        terms=terms,
        id=session,
        action_id=action.code,
        deed=action.snapshot(),
        energy_spent=given.energy_spent,
        stake=held.terms if held is not None else None,
        hold_id=held.hold if held is not None else None,
    )
    usage.result.write()
    return await tell(game)


def terms_of(game: str, suit: Suit, skill: int, grade: int) -> dict[str, Any]:
    """The terms of a game in which nothing helps and nothing can be won."""
    return {
        "game": game,
        "suit": suit.value,
        "skill": skill,
        "grade": grade,
        "target": None,
        "relief": 0,
        "specials": {},
        "bail_out": False,
    }


async def specials_of(deck: CardDeck) -> dict[str, dict[str, int]]:
    """What the special cards do in the deck that somebody plays with, by the plain cards whose
    places they take."""
    found = await find_specials(deck.active) if deck.active else {}
    return {
        card.plain: {"score": card.score, "threshold": card.threshold} for card in found.values()
    }


async def tell(game: ActionDeckSession) -> DeckGameView:
    """Show a game that has changed, with what came of it if it is over, and tell its player
    everywhere else."""
    moved = DeckMoved(
        game_id=game.id, version=game.version, status=game.status, deadline=game.deadline
    )
    push(moved, to=game.character_id)
    return await show(game)


async def show(game: ActionDeckSession) -> DeckGameView:
    """Show a game, with what came of it if it is over."""
    shown = game_view(game)
    if game.settled_at is None:
        return shown
    row = _staged_result(game.id) or await ActionResult.collection().find_one({"_id": game.id})
    return shown if row is None else shown.model_copy(update={"result": result_view(row)})


def _staged_result(game_id: ObjectId) -> dict[str, Any] | None:
    """The result of a game that this transaction has ended, if it has not left yet."""
    transaction = current_transaction()
    for write in transaction.staged if transaction is not None else ():
        if (
            isinstance(write, StagedInsert)
            and write.collection == ActionResult.collection_name()
            and write.document["_id"] == game_id
        ):
            return write.document
    return None
