"""What comes of a deck game that is over: once, in the transaction of the move that ended it.

Each purpose decides what its player gets (``Outcome``) and hands it to ``conclude``, which settles
it together with the stake, moves the luck of the character, and keeps the one ``ActionResult`` of
the game, with its seed. This domain's own purposes are deeds and practice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import Happened, note
from desperados.characters.participant import Participant, participant_of
from desperados.deck import rules
from desperados.deck.actions import ActionType, PlayedAction, snapshot_of
from desperados.deck.collection.decks import (
    Special,
    all_specials,
    change_deck,
    deck_of,
    drawn,
    momentum_of,
)
from desperados.deck.documents import ActionDeckSession, ActionResult, CardDeck
from desperados.deck.events import CardFound, DeckResult
from desperados.deck.hands import Strength
from desperados.deck.rules import Ending, Momentum
from desperados.deck.staking.stakes import settled_stake
from desperados.deck.views import GameResult, stored_result
from desperados.engine import clock, dice
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.reads import alone, together
from desperados.engine.transactions import stage
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account
from desperados.ledger.money.documents import HoldStatus
from desperados.ledger.money.movement import Movement
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.play import rewards
from desperados.play.outcome import NOTHING, Deed, Defeat, DefeatKind, Outcome, Share
from desperados.play.settle import settle
from desperados.play.shapes.rules import Verdict
from desperados.play.views import Given

PRACTICE = "practice"
DEED = Deed(name="deed", income=Source.ACTION_REWARD)
TAGS = {Strength.ROYAL_FLUSH: ("royal_flush",), Strength.FOUR: ("four_of_a_kind",)}


@dataclass(frozen=True, slots=True)
class Ended:
    """A game that is over: how, whose it was (None: who has left the world), and its deck."""

    game: ActionDeckSession
    ending: Ending
    who: Participant | None
    deck: CardDeck

    @property
    def action(self) -> PlayedAction:
        """The deed that it decided, as it was when the game began."""
        return snapshot_of(self.game)

    @property
    def momentum(self) -> Momentum:
        """How the luck ran before it."""
        return momentum_of(self.deck)

    @property
    def there(self) -> bool:
        """Whether its player is in the world, and alive."""
        return self.who is not None and not self.who.dead

    @property
    def counts(self) -> bool:
        """Whether it says anything about luck: practice and what is far too easy do not."""
        terms = self.game.terms
        return self.game.deed is not None and rules.counts_for_luck(terms["grade"], terms["skill"])


async def read_ended(game: ActionDeckSession, verdict: Verdict) -> Ended:
    """What a purpose must know of a game that is over, in one round trip."""
    person, deck = participant_of(game.character_id), deck_of(game.character_id)
    try:
        await together(person, deck)
        who = person.result
    except CharacterNotFound:
        who = None
        await alone(deck)
    return Ended(game, Ending.of(verdict.status, verdict.facts), who, deck.result)


async def conclude(over: Ended, deed: Deed, outcome: Outcome) -> Given:
    """Settle what a game brings its player, with its stake; move its luck, and keep the result.

    Nothing comes to the dead, and to whoever has left the world: their stake is lost.
    """
    game, given, stake = over.game, Given(), 0
    movements: list[Movement] = []
    closed: dict[Account, HoldStatus] = {}
    if game.hold_id is not None:
        won = over.there and over.ending.succeeded
        owner = game.character_id if won else None
        movements, closed = settled_stake(game.hold_id, game.stake, owner, game.id)
        stake = game.stake["win"] if won else -game.stake["held"]
    found = await _find_card(over)
    if over.who is not None:
        share = Share(over.who, outcome if over.there else NOTHING)
        (given,) = await settle(deed, share, reference=game.id, movements=movements, closed=closed)
    elif movements:
        await ledger.post(movements, OperationKind.PLAY, closed=closed)
    luck = over.momentum.after(over.ending.succeeded) if over.counts else over.momentum
    _keep(over, luck, found)
    result = _result_of(over, given, stake, found, luck)
    stage(StagedInsert(ActionResult.collection_name(), stored_result(game.character_id, result)))
    _tell(over, result, found)
    return given


async def settle_action(game: ActionDeckSession, verdict: Verdict) -> None:
    """What comes of a deed that no law forbids: its reward, or what a failure teaches and a lost
    fight costs."""
    over = await read_ended(game, verdict)
    action, ending = over.action, over.ending
    reward = rewards.draw(action.reward, dice.source())
    outcome = rules.outcome_of(ending, reward, over.momentum)
    fight = action.type is ActionType.COMBAT
    if fight and not ending.succeeded and ending.bailed is None:
        outcome = replace(outcome, health=-rules.damage_of(action.difficulty, ending.mitigation))
    if over.who is not None and over.who.health.value + outcome.health <= 0:
        fallen = Defeat(kind=DefeatKind.COMBAT, danger=action.difficulty, cause=action.name)
        outcome = replace(outcome, defeat=fallen)
    given = await conclude(over, DEED, outcome)
    if over.who is not None and not over.who.dead:
        _note(over.who, action, ending, given)


async def settle_practice(game: ActionDeckSession, verdict: Verdict) -> None:
    """Nothing comes of practice but its result."""
    await conclude(await read_ended(game, verdict), DEED, NOTHING)


def _note(who: Participant, action: PlayedAction, ending: Ending, given: Given) -> None:
    target = f"action:{action.code}"
    if action.type is not ActionType.COMBAT:
        if ending.succeeded:
            note(who, Happened.WORK_DONE, "deed", target=target, amount=given.dollars)
        return
    ended = "won" if ending.succeeded else "fled" if ending.bailed is not None else "lost"
    tags = TAGS.get(ending.strength, ()) if ending.succeeded and ending.strength else ()
    unhurt = ("flawless",) if ending.succeeded and given.health >= 0 else ()
    note(who, Happened.FIGHT_ENDED, ended, "npc", *unhurt, *tags, target=target)


async def _find_card(over: Ended) -> Special | None:
    """A special card, which a great win may bring."""
    may_come = over.there and over.counts and over.ending.great
    if not may_come or dice.roll(100) > rules.DROP_PERCENT:
        return None
    return drawn(await all_specials(), dice.source())


def _keep(over: Ended, luck: Momentum, found: Special | None) -> None:
    """Count the game, and keep what it found."""
    ending, game = over.ending, over.game
    kind = game.terms["game"] if game.deed is not None else PRACTICE
    more = {f"record.{kind}.played": 1}
    if ending.succeeded:
        more[f"record.{kind}.won"] = 1
    elif ending.bailed is not None:
        more[f"record.{kind}.bailed"] = 1
    elif ending.forfeited:
        more[f"record.{kind}.forfeited"] = 1
    if found is not None:
        more[f"owned.{found.code}"] = 1
    change_deck(game.character_id, to={"streak": luck.streak, "hotHand": luck.hot_hand}, more=more)


def _result_of(
    over: Ended, given: Given, stake: int, found: Special | None, luck: Momentum
) -> GameResult:
    game, ending = over.game, over.ending
    return GameResult(
        id=game.id,
        action=game.action_id or PRACTICE,
        purpose=game.purpose,
        game=game.terms["game"],
        status=game.status,
        succeeded=ending.succeeded,
        bailed=ending.bailed,
        score=ending.score,
        target=ending.target,
        cards=list(ending.cards),
        strength=ending.strength,
        dollars=given.dollars,
        xp=given.xp,
        items=[*given.items, *given.waiting],
        health=given.health,
        stake=stake,
        card=found.code if found is not None else None,
        streak=luck.streak,
        seed=game.seed,
        at=clock.now(),
    )


def _tell(over: Ended, result: GameResult, found: Special | None) -> None:
    who = over.game.character_id
    push(
        DeckResult(
            game_id=result.id,
            action=result.action,
            status=result.status,
            succeeded=result.succeeded,
            dollars=result.dollars,
            xp=result.xp,
        ),
        to=who,
    )
    if found is not None:
        push(CardFound(card=found.code, name=found.name, rarity=found.rarity.value), to=who)
